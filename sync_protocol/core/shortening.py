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


def shorten(header: bytes, body: bytes | None, before: str) -> tuple[bytes, int]:
    """The header as short as `restore` can undo it, and what it leaves out."""
    if body is None:
        return header, WHOLE
    short = header.replace(_HASH % fingerprint(body).encode(), _HASH % b"", 1)
    what = WITHOUT_HASH if short != header else WHOLE
    if what and before:
        shorter = short.replace(_PREV % before.encode(), _PREV % b"", 1)
        if shorter != short:
            short, what = shorter, WITHOUT_HASH_AND_PREV
    # A later version may have fields of the same name elsewhere, and what is damaged does not fit its hash.
    return (short, what) if restore(short, what, body, before) == header else (header, WHOLE)


def restore(header: bytes, what: int, body: bytes | None, before: str) -> bytes:
    """The whole header. `before` = id of the record before it in the message, "" for the first.
    Raises NotARecord where what was left out is not there."""
    if what == WHOLE:
        return header
    if body is None or what not in (WITHOUT_HASH, WITHOUT_HASH_AND_PREV):
        raise NotARecord("a shortened header without that which it leaves out")
    header = header.replace(_HASH % b"", _HASH % fingerprint(body).encode(), 1)
    if what == WITHOUT_HASH:
        return header
    if not before:
        raise NotARecord("a shortened header without a record before it")
    return header.replace(_PREV % b"", _PREV % before.encode(), 1)
