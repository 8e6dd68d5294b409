"""Histories of one case for tests: replicas that write by what they know, and exchange what they wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from hypothesis import strategies as st

from shared_models import cases
from shared_models.cases import (
    Application,
    Attachment,
    CaseFile,
    Command,
    Deadline,
    Fact,
    ItemTerms,
    Material,
    Resident,
    Writer,
)
from shared_models.projections.case_file import fold
from shared_models.records import Draft
from shared_models.refusals import Refusal
from shared_models.roster import DISTRICT, STATION
from shared_models.signing import digest, text_of

NUMBER = "5116020010012611230001X"
AREA = "511602001001"
RESIDENT = Resident("王小明", "511602199001011237", "1990-01-01", "male", "13800000000", "浓洄街道1号")
MATERIALS = (
    Material("id", "居民身份证", True, True, cases.RECEIVED, "A"),
    Material("income", "收入证明", True, True, cases.RECEIVED, "B"),
    Material("photo", "照片", False, False, cases.MISSING),
)


def application(*, home: str = DISTRICT, missing: bool = False, number: str = NUMBER) -> Application:
    item = ItemTerms("1" * 31, "最低生活保障金给付", 1, "h", home, "mz", "民政局", 20)
    materials = tuple(
        msgspec.structs.replace(each, state=cases.MISSING) if missing and each.code == "income" else each
        for each in MATERIALS
    )
    return Application(
        number, "ABCD-EFGH", item, "s1", "首次申请", RESIDENT, {}, materials, "2026-11-23", Deadline("2026-12-21"), "站"
    )


def attachment(name: str) -> Attachment:
    return Attachment(text_of(digest(name.encode())), 100, "image/jpeg", name)


def supplement(code: str, *files: str) -> cases.Supplement:
    material = Material(code, code, True, True, cases.RECEIVED, attachments=tuple(map(attachment, files)))
    return cases.Supplement((material,), "2026-11-24", Deadline("2026-12-22"))


def fact_of(draft: Draft, tier: str, hlc: tuple[int, int], salt: object = "") -> Fact:
    """The draft as a fact, with an id that follows from all that it says."""
    name = repr((draft.kind, sorted(draft.parents), tier, hlc, salt, draft.body))
    identity = text_of(digest(name.encode()))
    return Fact(identity, draft.kind, f"node-{tier}", tier, draft.actor, hlc, tuple(sorted(draft.parents)), draft.body)


@dataclass
class Replica:
    """One place that holds the case: what it knows, and a clock that may be wrong."""

    tier: str
    ms: int = 1000
    facts: dict[str, Fact] = field(default_factory=dict)

    @property
    def case(self) -> CaseFile | None:
        return fold(NUMBER, self.facts.values(), AREA) if self.facts else None

    def does(self, command: Command) -> list[Fact]:
        """Decides by what is known here, and keeps the facts. Raises Refusal."""
        drafts = cases.decide(self.case, command, Writer(self.tier, AREA, f"person-{self.tier}"))
        made: list[Fact] = []
        for draft in drafts:
            self.ms += 1
            after = draft._replace(parents=(made[-1].id,)) if made else draft
            made.append(fact_of(after, self.tier, (self.ms, len(self.facts)), id(self)))
            self.facts[made[-1].id] = made[-1]
        return made

    def learns(self, other: Replica) -> None:
        self.facts |= other.facts


def _settle(case: CaseFile | None, ruling: str) -> Command:
    conflicts = case.open_conflicts if case else ()
    return cases.Settle(conflicts[0].contradicting if conflicts else "none", ruling, "理由")


ACTS: dict[str, Callable[[CaseFile | None, int], Command]] = {
    "supplement income": lambda _, n: supplement("income", f"income {n}"),
    "supplement photo": lambda _, n: supplement("photo", f"photo {n}"),
    "withdraw": lambda _, n: cases.Withdraw(f"不办了 {n}"),
    "grant": lambda _, n: cases.Decide("granted", "", f"证 {n}"),
    "refuse": lambda _, n: cases.Decide("refused", f"不符 {n}"),
    "deliver": lambda _, n: cases.Deliver(f"本人 {n}"),
    "rate": lambda _, n: cases.Rate(n % 5 + 1),
    "settle stands": lambda case, _: _settle(case, "stands"),
    "settle yields": lambda case, _: _settle(case, "yields"),
}

TIERS = (STATION, STATION, DISTRICT, DISTRICT)
NAMES = tuple(ACTS)


def does_something(place: Replica, wanted: int, step: int) -> None:
    """The wanted act, or the next one that is allowed here, so that histories grow long."""
    for name in (*NAMES[wanted:], *NAMES[:wanted]):
        try:
            place.does(ACTS[name](place.case, step))
        except Refusal:
            continue
        return


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """All facts of a case after places wrote and exchanged in any order, each with a clock of its own."""
    home = draw(st.sampled_from((STATION, DISTRICT)))
    missing = draw(st.booleans())
    places = [Replica(tier, draw(st.sampled_from((1, 1000, 1005, 10**12)))) for tier in TIERS]
    first = application(home=home, missing=missing)
    places[0].does(cases.GiveNotice(first) if missing else cases.Accept(first))
    for place in places[1:]:
        place.learns(places[0])
    steps = st.tuples(st.integers(0, 3), st.integers(0, len(NAMES) - 1) | st.just(-1), st.integers(0, 3))
    for step, (who, act, other) in enumerate(draw(st.lists(steps, max_size=14))):
        if act >= 0:
            does_something(places[who], act, step)
        places[who].learns(places[other])
    return list({each.id: each for place in places for each in place.facts.values()}.values())


def attachments_of(case: CaseFile) -> set[str]:
    materials = case.application.materials if case.application else ()
    return {each.name for material in materials for each in material.attachments}
