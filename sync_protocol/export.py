"""What leaves Tongban for whoever wants to check it: records as DSSE envelopes, attestations as bare credentials.

A record becomes a DSSE v1 envelope over its header bytes, with three things beside it: the body, the certificates that
lead from the city's root key to its author, and, only where its own signature is not good, the later headers of its
chain that vouch for it. docs/protocol.md says how a stranger checks a line; tests/vectors/second_reader.py does so.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

from shared_models.records import PAYLOAD_TYPE, Record, body_is_true, signature_is_good
from shared_models.roster import ADMITTED, Member
from sync_protocol.node import Node
from sync_protocol.store.log import DamagedRecord, Row

PAGE = 200

Line = dict[str, Any]
"""A JSON value: the envelope's `payload`, `payloadType` and `signatures`, and what stands beside it."""


def export_records(node: Node, subject: str = "", after: int = 0) -> Iterator[Line]:
    """A line for every record that `node` holds, in the order of receipt; of one subject where it is named, and only
    those behind the position `after` of the log. Raises log.DamagedRecord at a record that is not what was signed.

    Beside the envelope: `body` (base64, None where it was erased), `certificates` (envelopes with body, the root's
    first; empty for a record of the root itself), `vouchers` (envelopes, nearly always empty), `held` (kept without
    effect, because its author's key was revoked before it)."""
    trust, roster = _Trust(), node.roster
    for row in _rows(node):
        record = row.record
        if row.position > after and subject in ("", record.header.subject):
            line = envelope(record)
            line["certificates"] = trust.certificates(record.header.node)
            line["vouchers"] = _vouchers(node, row, roster.member(record.header.node))
            line["held"] = row.held
            yield line
        trust.learn(row)


def export_credentials(node: Node) -> Iterator[dict[str, Any]]:
    """The W3C credential of every attestation that `node` holds, as it was issued; revoked and expired ones too."""
    for row in _rows(node):
        record = row.record
        if record.header.kind == "attestation.issued" and record.body is not None and not row.held:
            credential = record.value().get("credential")
            if isinstance(credential, dict):
                yield credential


def envelope(record: Record) -> Line:
    """The record as a DSSE envelope, with its body beside it. `keyid` is the name of the author's node."""
    signature = {"keyid": record.header.node, "sig": _text(record.signature)}
    return {
        "payload": _text(record.header_bytes),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [signature],
        "body": None if record.body is None else _text(record.body),
    }


class _Admission(NamedTuple):
    by: str
    line: Line


class _Trust:
    """Who was admitted by whom, as far as the log was read: an author is always admitted before it writes."""

    def __init__(self) -> None:
        self._admissions: dict[str, _Admission] = {}

    def learn(self, row: Row) -> None:
        if row.record.header.kind == ADMITTED and not row.held:
            admitted = str(row.record.value().get("node"))
            self._admissions[admitted] = _Admission(row.record.header.node, envelope(row.record))

    def certificates(self, author: str) -> list[Line]:
        found: list[Line] = []
        admission = self._admissions.get(author)
        while admission is not None:
            found.insert(0, admission.line)
            admission = self._admissions.get(admission.by)
        return found


def _rows(node: Node) -> Iterator[Row]:
    """The whole log, in short reads."""
    after = 0
    while True:
        with node.read() as db:
            rows = node.log.rows(db, after, PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].position


def _vouchers(node: Node, row: Row, author: Member | None) -> list[Line]:
    """Nothing for a record that is good by itself; else the headers that follow in its chain, up to the first one that
    is signed well. Their bodies, which may be of other cases, are nobody's business here. Raises DamagedRecord."""
    header = row.record.header
    if not body_is_true(row.record):
        raise DamagedRecord(row.position, row.record.id, "body")
    if author is None:
        raise DamagedRecord(row.position, row.record.id, "header")
    if signature_is_good(row.record, author.public):
        return []
    with node.read() as db:
        following = node.log.chain_rows(db, (header.node, header.incarnation), header.seq, PAGE)
    found: list[Line] = []
    for seq, later in enumerate(following, header.seq + 1):
        if later.record.header.seq != seq:
            break
        found.append({**envelope(later.record), "body": None})
        if signature_is_good(later.record, author.public):
            return found
    raise DamagedRecord(row.position, row.record.id, "signature")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
