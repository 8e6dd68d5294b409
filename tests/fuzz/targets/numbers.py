"""What is typed or scanned into one field: case numbers, id numbers, codes, divisions, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from deploy import catalogue
from shared_models import identifiers
from shared_models.refusals import Refusal
from tests.fuzz.targets import Target, without_state

ITEM = catalogue.load()[0].code
TODAY = date(2026, 11, 23)
READERS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("resident", lambda text: identifiers.resident_id(text, TODAY)),
    ("credit", identifiers.credit_code),
    ("division", identifiers.division),
    ("tier", identifiers.tier_of),
    ("ancestors", identifiers.ancestors),
    ("case", identifiers.parse_case_number),
    ("query", identifiers.normal_query_code),
    ("qr", identifiers.parse_qr),
    ("item", identifiers.item_code),
)


def scanned(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    said = [str(identifiers.what_is(text))]
    for name, read in READERS:
        try:
            read(text)
        except Refusal:
            continue
        said.append(name)
    return ",".join(said)


def _seeds() -> list[bytes]:
    number = identifiers.case_number("511602001001", TODAY, "vkedlytbu6j6ezaf", 17)
    query = identifiers.query_code(bytes(range(identifiers.QUERY_BYTES)))
    texts = (number, query, identifiers.qr_payload(number, query), "511602196803152328", ITEM[:18], ITEM,
             "511602001001", "低保")  # fmt: skip
    return [text.encode() for text in texts]


TARGETS = (Target("scanned", without_state(scanned), _seeds),)
