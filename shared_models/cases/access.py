"""Who holds a case beside those that wrote it: a station pulls it by its number, and gives it back. Pure.

Both are records of the case, so that everybody who holds it sees who looked, where, when and why. They change no
status. Among their `parents` they name only each other: a release the pulls that it ends, a pull the releases of the
same node before it. So what they do to the streams follows from the headers alone, and a station that has given a case
back can fold what it wrote about it without the case.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from shared_models.cases.case_file import CaseFile, Fact, Pulled, subject_of
from shared_models.cases.commands import OTHER, PULL_REASONS, Pull, Release, Writer
from shared_models.cases.moves import PULLED, RELEASED
from shared_models.records import PERSONAL, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION

NOTE_MAX = 200
"""Characters of what a clerk adds to the reason of a pull or of a release."""

HUBS = (CITY, DISTRICT)


def pull(case: CaseFile | None, command: Pull, writer: Writer) -> list[Draft]:
    """The station `writer` asks for a case that it does not hold. `case` = what it knows of it, if anything."""
    if writer.tier != STATION:
        raise Refusal("pulls.not_a_station")
    if case is not None and case.application is not None:
        raise Refusal("pulls.here_already")
    if case is not None and case.pulls_of(writer.node):
        raise Refusal("pulls.asked_already", number=command.number)
    if command.reason not in PULL_REASONS:
        raise Refusal("pulls.reason_missing")
    note = _note(command.note)
    if command.reason == OTHER and not note:
        raise Refusal("pulls.note_missing")
    ended = {each.released for each in case.pulls if each.node == writer.node} if case is not None else set[str]()
    body = {"note": note, "reason": command.reason}
    return [Draft(PULLED, subject_of(command.number), body, PERSONAL, writer.area, tuple(sorted(ended)), writer.actor)]


def release(case: CaseFile | None, command: Release, writer: Writer) -> list[Draft]:
    """What a node pulled is given back: by itself, or by a hub whose area it lies in."""
    standing = case.pulls_of(command.node) if case is not None else ()
    if case is None or not standing:
        raise Refusal("pulls.nothing_to_release")
    area = standing[0].area
    if writer.node != command.node and not (writer.tier in HUBS and area.startswith(writer.area)):
        raise Refusal("pulls.not_yours")
    if case.has_written(command.node):
        raise Refusal("pulls.written")
    parents = tuple(sorted(each.id for each in standing))
    body = {"reason": _note(command.reason)}
    return [Draft(RELEASED, subject_of(case.number), body, PERSONAL, area, parents, writer.actor)]


def ends(release: Fact, area: str, pull: Pulled) -> bool:
    """Whether a release, written for `area`, ends this pull."""
    entitled = release.node == pull.node or (release.tier in HUBS and pull.area == area)
    return entitled and pull.id in release.parents and not pull.released


def apply_access(case: CaseFile, fact: Fact, area: str) -> CaseFile:
    """The case after a pull or an entitled release. Raises KeyError, TypeError for odd content."""
    if fact.kind == RELEASED:
        ended = tuple(replace(each, released=fact.id) if ends(fact, area, each) else each for each in case.pulls)
        return replace(case, pulls=ended)
    reason, note = _text(fact.body, "reason"), _text(fact.body, "note")
    fresh = Pulled(fact.id, fact.node, area, fact.actor, fact.hlc[0], reason, note)
    return replace(case, pulls=(*case.pulls, fresh))


def _text(body: dict[str, Any], name: str) -> str:
    text = body[name]
    if not isinstance(text, str):
        raise TypeError(f"{name} is no text")
    return text


def _note(text: str) -> str:
    if len(text) > NOTE_MAX:
        raise Refusal("pulls.note_too_long", most=NOTE_MAX)
    return text.strip()
