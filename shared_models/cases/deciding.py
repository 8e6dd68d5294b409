"""`decide`: which facts follow from a command on a case, or why it is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from shared_models.cases import access
from shared_models.cases.application import Application, Declined, Material, Promise, merged
from shared_models.cases.case_file import ERASED, CaseFile, is_home, subject_of
from shared_models.cases.commands import (
    DECLINE_REASONS,
    DENIED,
    GRANTED,
    OTHER,
    STANDS,
    YIELDS,
    Accept,
    Command,
    Decide,
    Decline,
    Deliver,
    GiveNotice,
    Pull,
    Rate,
    Release,
    Settle,
    Supplement,
    Withdraw,
    Writer,
)  # fmt: skip
from shared_models.cases.moves import (
    ACCEPTED,
    DECIDED,
    DECLINED,
    DELIVERED,
    EXCLUSIVE,
    MOVES,
    NOTIFIED,
    RATED,
    SETTLED,
    SUPPLEMENTED,
    WITHDRAWN,
)  # fmt: skip
from shared_models.records import PERSONAL, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION

HOMES = (STATION, DISTRICT, CITY)
TEXT_MAX = 2000
"""Characters of a text that somebody writes into a case."""


def decide(case: CaseFile | None, command: Command, writer: Writer) -> list[Draft]:
    """The facts that follow from `command`, or a Refusal (room `cases`)."""
    if case is not None and case.status == ERASED:
        raise Refusal("cases.erased", number=case.number)
    match command:
        case Accept(application) | GiveNotice(application):
            return _take_in(case, command, application, writer)
        case Decline(application):
            return _decline(case, application, writer)
        case Pull():
            return access.pull(case, command, writer)
        case Release():
            return access.release(case, command, writer)
    if case is None or case.application is None:
        raise Refusal("cases.unknown")
    if case.newer:
        raise Refusal("cases.needs_newer", number=case.number, kinds="、".join(case.newer))
    match command:
        case Supplement():
            return _supplement(case, case.application, command, writer)
        case Withdraw(reason):
            return [_fact(case, WITHDRAWN, {"reason": _text(reason, "reason")}, writer)]
        case Decide():
            return _decide(case, command, writer)
        case Deliver(receiver):
            return [_fact(case, DELIVERED, {"receiver": _text(receiver, "receiver")}, writer)]
        case Rate(grade, comment):
            if grade not in range(1, 6):
                raise Refusal("cases.grade")
            return [_fact(case, RATED, {"grade": grade, "comment": comment[:TEXT_MAX]}, writer)]
        case Settle():
            return _settle(case, command, writer)


def _take_in(case: CaseFile | None, command: Command, application: Application, writer: Writer) -> list[Draft]:
    if case is not None:
        raise Refusal("cases.number_taken", number=application.number)
    if application.item.home not in HOMES:
        raise Refusal("cases.item_without_home", item=application.item.name)
    missing = application.missing()
    blank = CaseFile(application.number)
    if isinstance(command, Accept):
        if missing:
            raise Refusal("cases.material_missing", names=_names(missing))
        _promise(application)
        return [_fact(blank, ACCEPTED, msgspec.to_builtins(application), writer)]
    if application.promised():
        raise Refusal("cases.promise_in_notice")
    if not missing:
        raise Refusal("cases.nothing_missing")
    return [_fact(blank, NOTIFIED, msgspec.to_builtins(application), writer)]


def _decline(case: CaseFile | None, application: Application, writer: Writer) -> list[Draft]:
    """不属于本窗口: what nobody here handles is answered with reasons, and with whom to ask. Raises Refusal."""
    if case is not None:
        raise Refusal("cases.number_taken", number=application.number)
    said = application.declined
    if not isinstance(said, Declined) or not said.reasons or set(said.reasons) - DECLINE_REASONS.keys():
        raise Refusal("declining.reason_missing")
    if OTHER in said.reasons and not said.note.strip():
        raise Refusal("declining.note_missing")
    if not said.ask.strip():
        raise Refusal("declining.ask_missing")
    for text, field in ((said.ask, "ask"), (said.where, "where"), (said.note, "note")):
        _within(text, field)
    return [_fact(CaseFile(application.number), DECLINED, msgspec.to_builtins(application), writer)]


def _promise(application: Application) -> None:
    """容缺受理: what is main is there, and what is promised comes before the case is due. Raises Refusal."""
    promised = application.promised()
    if not promised:
        return
    if main := [material for material in promised if material.main or not material.required]:
        raise Refusal("cases.promise_of_main", names=_names(main))
    if not isinstance(application.promise, Promise):
        raise Refusal("cases.promise_missing")
    if application.promise.days < 1 or application.promise.day > application.deadline.day:
        raise Refusal("cases.promise_too_late", day=application.promise.day, deadline=application.deadline.day)


def _names(materials: Iterable[Material]) -> str:
    return "、".join(material.name for material in materials)


def _supplement(case: CaseFile, application: Application, command: Supplement, writer: Writer) -> list[Draft]:
    if not command.materials:
        raise Refusal("cases.nothing_supplemented")
    body = {"materials": msgspec.to_builtins(command.materials)}
    facts = [_fact(case, SUPPLEMENTED, body, writer)]
    whole = replace(application, materials=merged(application.materials, command.materials))
    if case.status == "notified" and not whole.missing():
        # The clock starts on the day on which the application became complete, not on the day of the notice.
        now = replace(whole, day=command.day, deadline=command.deadline, until=msgspec.UNSET)
        facts.append(_fact(case, ACCEPTED, msgspec.to_builtins(now), writer))
    return facts


def _decide(case: CaseFile, command: Decide, writer: Writer) -> list[Draft]:
    if not is_home(case, writer.tier, writer.area):
        raise Refusal("cases.not_your_level")
    if command.outcome not in (GRANTED, DENIED):
        raise Refusal("cases.outcome")
    if command.outcome == DENIED:
        _text(command.reasons, "reasons")
    elif case.application is not None and (promised := case.application.promised()):
        raise Refusal("cases.promise_open", names=_names(promised))
    _within(command.reasons, "reasons")
    _within(command.result, "result")
    return [_fact(case, DECIDED, msgspec.to_builtins(command), writer)]


def _settle(case: CaseFile, command: Settle, writer: Writer) -> list[Draft]:
    if not is_home(case, writer.tier, writer.area):
        raise Refusal("cases.not_your_level")
    if command.contradicting not in {conflict.contradicting for conflict in case.open_conflicts}:
        raise Refusal("cases.no_such_conflict")
    if command.ruling not in (STANDS, YIELDS):
        raise Refusal("cases.ruling")
    _text(command.reason, "reason")
    return [Draft(SETTLED, subject_of(case.number), msgspec.to_builtins(command), PERSONAL, _area(case, writer),
                  case.known_heads, writer.actor)]  # fmt: skip


def _fact(case: CaseFile, kind: str, body: dict[str, Any], writer: Writer) -> Draft:
    # An acceptance may follow the supplement that completes it in one command: it is judged by the same status.
    if (case.status, kind) not in MOVES:
        raise Refusal("cases.illegal_move", status=f"cases.status.{case.status}", kind=kind)
    if case.open_conflicts and kind in EXCLUSIVE:
        raise Refusal("cases.conflict_open", number=case.number)
    return Draft(kind, subject_of(case.number), body, PERSONAL, _area(case, writer), case.known_heads, writer.actor)


def _area(case: CaseFile, writer: Writer) -> str:
    return case.area if case.area.startswith(writer.area) else writer.area


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise Refusal("cases.empty_text", field=field)
    _within(text, field)
    return text.strip()


def _within(text: str, field: str) -> None:
    if len(text) > TEXT_MAX:
        raise Refusal("cases.text_too_long", field=field, most=TEXT_MAX)
