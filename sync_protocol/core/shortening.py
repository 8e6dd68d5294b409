"""Shortened headers: what a reader can work out is not sent. Two hashes are half of what cannot be packed of a record.

- the hash of its body, which stands beside it
- the id of the record before it in its chain, where that is the record before it in the message

The reader puts both back at their places; the header is then byte for byte what was signed, or its signature is bad.
"""

from __future__ import annotations

from shared_models.records import NotARecord
from shared_models.signing import fingerprint

WHOLE, WITHOUT_HASH, WITHOUT_HASH_AND_PREV = 0, 1, 2
"""What a header leaves out."""

_HASH, _PREV = b'"hash":"%s"', b'"prev":"%s"'
_NO_HASH, _NO_PREV = _HASH % b"", _PREV % b""


def shorten(header: bytes, body: bytes | None, before: str) -> tuple[bytes, int]:
    """The header as short as `restore` can undo it, and what it leaves out."""
    if body is None:
        return header, WHOLE
    body_hash = fingerprint(body)
    short = header.replace(_HASH % body_hash.encode(), _NO_HASH, 1)
    what = WITHOUT_HASH if short != header else WHOLE
    if what and before:
        shorter = short.replace(_PREV % before.encode(), _NO_PREV, 1)
        if shorter != short:
            short, what = shorter, WITHOUT_HASH_AND_PREV
    # A later version may have fields of the same name elsewhere, and what is damaged does not fit its hash.
    return (short, what) if restore(short, what, body_hash, before) == header else (header, WHOLE)


def restore(header: bytes, what: int, body_hash: str, before: str) -> bytes:
    """The whole header. `body_hash` = that of the body beside it, "" where there is none; `before` = id of the record
    before it in the message, "" for the first. Raises NotARecord where what was left out is not there."""
    if what == WHOLE:
        return header
    if not body_hash or what not in (WITHOUT_HASH, WITHOUT_HASH_AND_PREV):
        raise NotARecord("a shortened header without that which it leaves out")
    header = header.replace(_NO_HASH, _HASH % body_hash.encode(), 1)
    if what == WITHOUT_HASH:
        return header
    if not before:
        raise NotARecord("a shortened header without a record before it")
    return header.replace(_NO_PREV, _PREV % before.encode(), 1)
