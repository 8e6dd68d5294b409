"""Orders of erasure in a test: given by two people, and looked for in what a place holds."""

from __future__ import annotations

from central.erasures import OrderErasure
from shared_models.records import Record
from sync_protocol.store import case_files, erasures
from tests.sync_protocol.world import Place

BASIS = "个人信息保护法第四十七条"


def order(place: Place, subject: str, *, proposed_by: str = "supervisor-1", actor: str = "supervisor-2") -> Record:
    """An order of this hub; gives its record."""
    return place.node.write(OrderErasure(subject, "request", BASIS, proposed_by, actor))[0]


def bodies(place: Place, subject: str) -> list[bytes | None]:
    """The bodies of all records of a subject, opened, orders left out; in the order of receipt."""
    with place.node.read() as db:
        rows = place.node.log.rows(db, 0, 100_000)
    return [
        row.record.body
        for row in rows
        if row.record.header.subject == subject and not row.record.header.kind.startswith("roster.")
    ]


def tombstone(place: Place, number: str) -> tuple[object, ...]:
    """All that a place shows of a case, without what is particular to the place."""
    with place.node.read() as db:
        card = case_files.load(db, place.node.vault, number)
        row = db.execute(
            "SELECT status, home, department, item, area, day, due, conflict FROM case_file WHERE number = ?", (number,)
        ).fetchone()
        residents = sum(
            db.execute(f"SELECT count(*) FROM {table} WHERE number = ?", (number,)).fetchone()[0]
            for table in ("case_resident", "case_lead")
        )
        aside = [each for each in case_files.aside(db) if each[1] == f"case/{number}"]
        known = [each.id for each in erasures.orders(db) if each.subject == f"case/{number}"]
    return card.case if card else None, tuple(row or ()), residents, aside, known


def folded(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Every table that follows from the log, cards opened."""
    tables = (
        "case_resident",
        "case_lead",
        "set_aside",
        "attestation",
        "stream_entry",
        "interest",
        "ruling",
        "erasure",
        "erasure_done",
    )
    with place.node.read() as db:
        found = {name: sorted(map(tuple, db.execute(f"SELECT * FROM {name}"))) for name in tables}
        numbers = [row[0] for row in db.execute("SELECT number FROM case_file")]
        cards = case_files.load_all(db, place.node.vault, numbers)
    found["cards"] = [
        (number, card.case, card.journal, card.origin, sorted(card.positions), sorted(card.waiting))
        for number, card in sorted(cards.items())
    ]
    return found
