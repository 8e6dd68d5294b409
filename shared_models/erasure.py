"""Erasure by order: what an order says, who may give one, and which records it is about.

An order is a record `roster.erasure_ordered` of a hub, about a case or an attestation. It is public, so that everybody
can check it, and holds no personal data. It takes the bodies of all records of its subject away, those that are here
and those that come later; headers, signatures and everything that is proven by them stay. Two people give it: one
proposes, another one signs. A node that has carried it out says so with `node.erased`.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec

from shared_models import identifiers
from shared_models.records import Header, Record
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, Member

ORDERED, DONE = "roster.erasure_ordered", "node.erased"

REASONS = ("request", "expired", "unlawful", "court")
"""Why: the resident asked for it, the time for keeping it is over, it was collected without right, a court or an
authority requires it."""
BASIS_MAX = 500
"""Characters of the legal basis."""
SCOPES = ("case", "attestation")

UNTOUCHED = ("roster", "node")
"""Families whose records no order takes the body of: they hold nothing about residents, and orders are among them."""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class _Content(msgspec.Struct, frozen=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    basis: Annotated[str, msgspec.Meta(min_length=1, max_length=BASIS_MAX)]
    proposed_by: Text


class Order(NamedTuple):
    """`id` = that of its record; `subject` = `case/<number>` or `attestation/<id>`; `area` = as far as it reaches;
    `node` and `actor` signed it at `ms`, after another person had proposed it."""

    id: str
    subject: str
    area: str
    node: str
    actor: str
    proposed_by: str
    ms: int
    reason: str
    basis: str


class Done(msgspec.Struct, frozen=True):
    """The body of `node.erased`: how many bodies and files went. `replica` is `none` (this node has none), `gone` (no
    replica of this node holds what was erased), or `kept`: one still does, and the node says so again once it is gone.
    `copies` = databases set aside beside the node's own that could not be cleaned."""

    order: Text
    bodies: Count
    files: Count
    replica: str
    copies: Count = 0


def content(reason: str, basis: str, proposed_by: str) -> dict[str, Any]:
    """The body of an order. Raises Refusal erasure.reason_missing, erasure.basis_missing."""
    if reason not in REASONS:
        raise Refusal("erasure.reason_missing")
    if not 0 < len(basis.strip()) <= BASIS_MAX:
        raise Refusal("erasure.basis_missing", most=BASIS_MAX)
    return {"reason": reason, "basis": basis.strip(), "proposed_by": proposed_by}


def order_of(record: Record, author: Member | None) -> Order:
    """The order in a record. Raises Refusal where it has no effect: roster.outside_grant, roster.malformed,
    erasure.two_people."""
    header = record.header
    if author is None or author.tier not in (CITY, DISTRICT):
        raise Refusal("roster.outside_grant", node=header.node, area=header.area)
    try:
        body = msgspec.convert(record.value(), _Content)
    except ValueError:
        raise Refusal("roster.malformed") from None
    if header.subject.partition("/")[0] not in SCOPES:
        raise Refusal("roster.malformed")
    if not header.actor or header.actor == body.proposed_by:
        raise Refusal("erasure.two_people")
    order = Order(
        record.id, header.subject, header.area, header.node, header.actor, body.proposed_by, header.hlc[0],
        body.reason, body.basis,
    )  # fmt: skip
    if not reaches(order.area, order.subject, order.area):
        raise Refusal("roster.outside_grant", node=header.node, area=header.area)
    return order


def reaches(area: str, subject: str, record_area: str) -> bool:
    """Whether an order for `area` is about a record of this subject: a case lies where its number says that it was
    taken in, whoever wrote on it later, and one whose number says nothing lies in the city; everything else lies where
    the record says."""
    if subject.startswith("case/"):
        return (_area_of_number(subject) or area[:4]).startswith(area)
    return record_area.startswith(area)


def covers(order: Order, header: Header) -> bool:
    """Whether an order takes the body of the record with this header away."""
    return (
        header.subject == order.subject
        and header.kind.partition(".")[0] not in UNTOUCHED
        and reaches(order.area, header.subject, header.area)
    )


def _area_of_number(subject: str) -> str:
    try:
        return identifiers.parse_case_number(subject.partition("/")[2]).area
    except Refusal:
        return ""


def done_of(record: Record) -> Done:
    """What a node says that it has carried out. Raises ValueError."""
    return msgspec.convert(record.value(), Done)
