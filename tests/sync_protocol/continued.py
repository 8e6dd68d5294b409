"""A world with a second district and a station in it: where a case of the first district may be continued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared_models import cases
from shared_models.cases import Attachment, Deadline, Material
from shared_models.refusals import Refusal
from shared_models.roster import DISTRICT, STATION
from sync_protocol.commands import CaseCommand
from sync_protocol.store import case_files, dropping, streams
from sync_protocol.store.log import ABOVE
from sync_protocol.store.pulls import PULLS_A_DAY
from tests.sync_protocol.world import Place, World

OTHER_DISTRICT, OTHER_STATION = "511603", "511603001001"


class Continued(World):
    """`station` and `hall` below `district`; `other` below `second`; all below `city`."""

    def __init__(self, folder: Path, seed: int = 1, pulls_a_day: int = PULLS_A_DAY) -> None:
        self.pulls_a_day = pulls_a_day
        super().__init__(folder, seed)
        self.second = self.join("second", OTHER_DISTRICT, DISTRICT, self.city)
        self.other = self.join("other", OTHER_STATION, STATION, self.second)

    def settle(self) -> None:
        """Everybody syncs until everybody has everything."""
        for _ in range(4):
            for place in (self.station, self.hall, self.other, self.district, self.second):
                place.sync()


def does(place: Place, number: str, command: cases.Command) -> str:
    """The code of the refusal, "" where it was done."""
    try:
        place.node.write(CaseCommand(number, command, f"person-{place.name}"))
    except Refusal as refusal:
        return refusal.code
    return ""


def pull(place: Place, number: str, reason: str = "moved", note: str = "") -> str:
    return does(place, number, cases.Pull(number, reason, note))


def release(place: Place, number: str, of: Place | None = None) -> str:
    return does(place, number, cases.Release((of or place).node.name, "办完了"))


def supplement(place: Place, number: str, word: str) -> str:
    picture = Attachment(word.zfill(43), 10, "image/jpeg", f"{word}.jpg")
    material = Material("income", "收入证明", True, True, cases.RECEIVED, "B", attachments=(picture,))
    return does(place, number, cases.Supplement((material,), "2026-11-24", Deadline("2026-12-22")))


def holds(place: Place, number: str) -> bool:
    """Whether the place has the case, not merely asked for it."""
    case = place.case(number)
    return case is not None and case.application is not None


def reasons(hub: Place, number: str) -> dict[str, list[str]]:
    """Name of the child -> why it holds the case, as its hub has it."""
    names = {place.node.name: place.name for place in hub.world.places}
    found: dict[str, list[str]] = {}
    with hub.node.read() as db:
        for node, reason in streams.interests(db, cases.subject_of(number)):
            found.setdefault(names[node], []).append(reason)
    return found


def entries(hub: Place, child: Place) -> list[str]:
    """The reasons of the entries of a child's stream, in order."""
    with hub.node.read() as db:
        return [entry.reason for entry in streams.entries(db, f"node/{child.node.name}", 0, 10_000)]


def said(place: Place, number: str) -> list[str]:
    """What was said from above of the records of a case, one for each record of which something was said."""
    with place.node.read() as db:
        card = case_files.load(db, place.node.vault, number)
        places = sorted([*card.positions, *card.waiting]) if card else []
        return [word for word in (dropping.said_of(db, each) for each in places) if word]


def bodies_from_above(place: Place, number: str) -> int:
    """How many records of a case from above have their bodies here, those left out that say who held it."""
    with place.node.read() as db:
        card = case_files.load(db, place.node.vault, number)
        rows = place.node.log.at(db, [*card.positions, *card.waiting]) if card else []
    told = [row.record for row in rows if row.source == ABOVE and row.record.header.kind not in cases.ACCESS]
    return sum(record.body is not None for record in told)


def projected(place: Place) -> Any:
    """Everything folded at a place, as it can be compared."""
    with place.node.read() as db:
        numbers = [row[0] for row in db.execute("SELECT number FROM case_file ORDER BY number")]
        cards = [case_files.load(db, place.node.vault, number) for number in numbers]
        rows = [
            [tuple(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in ("stream_entry", "interest", "pull", "case_resident", "case_lead", "set_aside")
        ]
    return [
        (card.case, card.origin, card.journal, sorted(card.waiting), sorted(card.bare)) for card in cards if card
    ], rows


def rebuilds_alike(place: Place) -> bool:
    before = projected(place)
    place.node.rebuild()
    return bool(projected(place) == before)
