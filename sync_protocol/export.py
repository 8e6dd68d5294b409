"""What leaves Tongban for whoever wants to check it: records as DSSE envelopes, attestations as bare credentials.

A record becomes a DSSE v1 envelope over its header bytes, with three things beside it: the body, the certificates that
lead from the city's root key to its author, and, only where its own signature is not good, the later headers of its
chain that vouch for it. docs/protocol.md says how a stranger checks a line; tests/vectors/second_reader.py does so.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from shared_models.records import PAYLOAD_TYPE, Record, body_is_true, signature_is_good
from shared_models.roster import ADMITTED, Roster
from shared_models.signing import bytes_of
from shared_models.trust import REKEYED, REKEYED_BY_HUB
from sync_protocol.node import Node
from sync_protocol.store.log import DamagedRecord, Row

PAGE = 200

Line = dict[str, Any]
"""A JSON value: the envelope's `payload`, `payloadType` and `signatures`, and what stands beside it."""


def export_records(node: Node, subject: str = "", after: int = 0) -> Iterator[Line]:
    """A line for every record that `node` holds, in the order of receipt; of one subject where it is named, and only
    those behind the position `after` of the log. Raises log.DamagedRecord at a record that is not what was signed.

    Beside the envelope: `body` (base64, None where it was erased), `certificates` (envelopes with body, the root's
    first, admissions and the keys that came after; empty for a record of the root itself), `vouchers` (envelopes,
    nearly always empty), `held` (kept without effect, because its author's key was revoked before it)."""
    roster = node.roster
    trust = _Trust(roster)
    for row in _rows(node):
        record = row.record
        if row.position > after and subject in ("", record.header.subject):
            line = envelope(record)
            line["vouchers"], key = _vouchers(node, row, node.keys_of(record.header.node))
            line["certificates"] = trust.certificates(record.header.node, key)
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


class _Certificate(NamedTuple):
    """A record that `by` signed under `key`, and by which a node has the key `gives`."""

    by: str
    key: bytes
    gives: bytes
    line: Line


class _Trust:
    """Who was admitted by whom, and which keys came after, as far as the log was read: an author is always admitted
    before it writes. The admission of a node stands first."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._given: dict[str, list[_Certificate]] = {}

    def learn(self, row: Row) -> None:
        record, kind = row.record, row.record.header.kind
        if kind not in (ADMITTED, REKEYED, REKEYED_BY_HUB) or row.held:
            return
        body, author = record.value(), record.header.node
        node = author if kind == REKEYED else str(body.get("node"))
        keys = self._roster.keys_of(author)
        signed = next((key for key in keys if signature_is_good(record, key)), b"")
        certificate = _Certificate(author, signed, bytes_of(str(body["key"])), envelope(record))
        known = self._given.get(node, [])
        self._given[node] = [certificate, *known[1:]] if kind == ADMITTED else [*known, certificate]

    def certificates(self, author: str, key: bytes) -> list[Line]:
        """What leads from the root to this key of the author, each behind what it needs."""
        found: dict[str, Line] = {}
        self._lead_to(author, key, found)
        return list(found.values())

    def _lead_to(self, node: str, key: bytes, found: dict[str, Line]) -> None:
        for certificate in self._given.get(node, []):
            if certificate.line["payload"] not in found:
                if certificate.by != node:
                    self._lead_to(certificate.by, certificate.key, found)
                found[certificate.line["payload"]] = certificate.line
            if certificate.gives == key:
                return


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


def _vouchers(node: Node, row: Row, keys: Sequence[bytes]) -> tuple[list[Line], bytes]:
    """Nothing for a record that is good by itself; else the headers that follow in its chain, up to the first one that
    is signed well. Their bodies, which may be of other cases, are nobody's business here. Beside it the key, of those
    that the author has or had, under which that signature is good. Raises DamagedRecord."""
    header = row.record.header
    if not body_is_true(row.record):
        raise DamagedRecord(row.position, row.record.id, "body")
    if not keys:
        raise DamagedRecord(row.position, row.record.id, "header")
    found: list[Line] = []
    for seq, later in enumerate(_from(node, row), header.seq):
        if later.header.seq != seq:
            break
        if later is not row.record:
            found.append({**envelope(later), "body": None})
        for key in keys:
            if signature_is_good(later, key):
                return found, key
    raise DamagedRecord(row.position, row.record.id, "signature")


def _from(node: Node, row: Row) -> Iterator[Record]:
    """The record, and those behind it in its chain where they are asked for."""
    yield row.record
    header = row.record.header
    with node.read() as db:
        following = node.log.chain_rows(db, (header.node, header.incarnation), header.seq, PAGE)
    yield from (each.record for each in following)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
