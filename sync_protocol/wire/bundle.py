"""The form of a bundle: sync in files that are carried by hand. Bytes and frames only; files belong to `host.sticks`.

    part     = preamble + envelope + chunk + chunk + …
    preamble = "TONGBAN" + version (1 byte) + suite (1 byte) + name of the receiver (16 characters)
    envelope = length (2 bytes) + signature (64) and head (a canonical object), sealed to the receiver's key
    chunk    = length (4 bytes) + XSalsa20-Poly1305 box over one frame; over nothing for the end of the bundle

A bundle is one part or several. Every bundle has a fresh key, which the signed head of each part brings along. The
nonce of a box is the number of its chunk, counted through all parts: so a chunk opens at its own place of its own
bundle only, whatever is cut off, mixed up, doubled or changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec

from shared_models import canonical
from shared_models.refusals import Refusal
from shared_models.signing import (
    KEY_SIZE,
    NONCE_SIZE,
    SEED_SIZE,
    SIGNATURE_SIZE,
    SUITE,
    Damaged,
    KeyPair,
    bytes_of,
    pae,
    seal,
    seal_to,
    text_of,
    unseal,
    unseal_own,
    verify,
)
from sync_protocol.core.frames import FRAME_BYTES_MAX
from sync_protocol.store.vault import Entropy

HEAD_TYPE = "application/vnd.tongban.bundle+json;version=1"
MAGIC = b"TONGBAN"
VERSION = 1
NAME_SIZE = 16
ID_SIZE = 16
ENVELOPE_BYTES_MAX = 4096
BOX_BYTES_MAX = 4 + FRAME_BYTES_MAX + 16
PARTS_MAX = 999
PLACE_MAX = 2**53 - 1

Read = Callable[[int], bytes]
"""Gives up to so many bytes of a file; fewer only at its end."""


class Head(msgspec.Struct, frozen=True):
    """What stands in every part, signed by the sender. `answers` = id of the bundle that this one answers, "" where it
    asks. `journal` and `receipt` speak of the asker when it asked, in both directions: the end of its journal, and the
    hash of the receipt that stood ("" for none). `first` = number of the part's first chunk; `part` counts from 1."""

    bundle: str
    key: str
    receiver: str
    sender: str
    time: int
    journal: int = 0
    receipt: str = ""
    answers: str = ""
    first: int = 0
    part: int = 1
    suite: int = SUITE
    version: int = VERSION


class Sealer:
    """Makes the bytes of a bundle. `head` says who writes to whom; its `first` and `part` are counted here."""

    def __init__(self, keys: KeyPair, to_key: bytes, head: Head, entropy: Entropy) -> None:
        self._keys = keys
        self._to_key = to_key
        self._entropy = entropy
        self._key = bytes_of(head.key)
        self._head = head
        self._parts = 0
        self._chunks = 0

    def part(self) -> bytes:
        """What the next part begins with. Raises Refusal bundle.too_many_parts."""
        if self._parts == PARTS_MAX:
            raise Refusal("bundle.too_many_parts", most=PARTS_MAX)
        self._parts += 1
        head = msgspec.structs.replace(self._head, part=self._parts, first=self._chunks)
        payload = canonical.encode(msgspec.to_builtins(head))
        signature = self._keys.sign(pae(HEAD_TYPE, payload))
        sealed = seal_to(self._to_key, self._entropy(SEED_SIZE), self._entropy(NONCE_SIZE), signature + payload)
        return _preamble(head.receiver) + len(sealed).to_bytes(2) + sealed

    def chunk(self, frame: bytes) -> bytes:
        """The next chunk; of an empty frame, the end."""
        box = seal(self._key, _nonce(self._chunks), frame)[NONCE_SIZE:]
        self._chunks += 1
        return len(box).to_bytes(4) + box


class Opened(NamedTuple):
    """A part whose head was opened by our key `own` and whose signature is good. `chunks` gives its frames one by one,
    an empty one for the end of the bundle, and raises Refusal bundle.cut or bundle.damaged behind the last good one."""

    name: str
    head: Head
    read: Read
    own: KeyPair

    def chunks(self) -> Iterator[bytes]:
        key, number = bytes_of(self.head.key), self.head.first
        while length := self.read(4):
            size = int.from_bytes(length)
            if len(length) == 4 and size > BOX_BYTES_MAX:
                raise Refusal("bundle.damaged", file=self.name, chunk=number + 1)
            box = self.read(size)
            if len(length) < 4 or len(box) < size:
                raise Refusal("bundle.cut", file=self.name)
            try:
                yield unseal(key, _nonce(number) + box)
            except Damaged:
                raise Refusal("bundle.damaged", file=self.name, chunk=number + 1) from None
            number += 1


def receiver_of(name: str, read: Read) -> str:
    """Reads the preamble: the name of the node that the part `name` is for. Raises Refusal bundle.not_a_bundle, newer,
    cut."""
    start = read(len(MAGIC))
    if start != MAGIC:
        raise Refusal("bundle.cut" if start and MAGIC.startswith(start) else "bundle.not_a_bundle", file=name)
    rest = read(2 + NAME_SIZE)
    if rest[:2] not in (bytes([VERSION, SUITE]), bytes([VERSION]), b""):
        raise Refusal("bundle.newer", file=name)
    if len(rest) < 2 + NAME_SIZE:
        raise Refusal("bundle.cut", file=name)
    return rest[2:].decode("ascii", "replace")


def open_part(
    name: str, read: Read, own: Sequence[KeyPair], me: str, keys_of: Callable[[str], Sequence[bytes]]
) -> Opened:
    """Opens a part that is for the node `me`, sealed to any of its `own` keys. `keys_of` gives the keys of a sender
    that may write to it, else none. Raises Refusal bundle.not_a_bundle, newer, cut, for_another, head_damaged,
    unknown_sender, forged."""
    if receiver_of(name, read) != me:
        raise Refusal("bundle.for_another", file=name)
    length = read(2)
    size = int.from_bytes(length)
    if len(length) == 2 and size > ENVELOPE_BYTES_MAX:
        raise Refusal("bundle.head_damaged", file=name)
    sealed = read(size)
    if len(length) < 2 or len(sealed) < size:
        raise Refusal("bundle.cut", file=name)
    try:
        pair, plain = _unsealed(own, sealed)
        signature, payload = plain[:SIGNATURE_SIZE], plain[SIGNATURE_SIZE:]
        head = msgspec.convert(canonical.decode(payload), Head)
        good = _is_sound(head)
    except ValueError:
        good = False
    if not good or head.receiver != me:
        raise Refusal("bundle.head_damaged", file=name)
    publics = keys_of(head.sender)
    if not publics:
        raise Refusal("bundle.unknown_sender", file=name, node=head.sender)
    if not any(verify(public, pae(HEAD_TYPE, payload), signature) for public in publics):
        raise Refusal("bundle.forged", file=name)
    return Opened(name, head, read, pair)


def _unsealed(own: Sequence[KeyPair], sealed: bytes) -> tuple[KeyPair, bytes]:
    """What is sealed to one of our keys, and to which. Raises Damaged."""
    for pair in reversed(own):
        with suppress(Damaged):
            return pair, unseal_own(pair, sealed)
    raise Damaged("sealed to no key of this node")


def _is_sound(head: Head) -> bool:
    """Whether the fields of a head have the form that they should. Raises ValueError where texts are no bytes."""
    texts = [head.receiver, head.sender]
    return (
        (head.version, head.suite) == (VERSION, SUITE)
        and len(bytes_of(head.key)) == KEY_SIZE
        and len(bytes_of(head.bundle)) == ID_SIZE
        and all(text.isascii() and text.isalnum() and len(text) == NAME_SIZE for text in texts)
        and 1 <= head.part <= PARTS_MAX
        and all(0 <= number <= PLACE_MAX for number in (head.first, head.journal, head.time))
    )


def new_head(sender: str, receiver: str, now_ms: int, entropy: Entropy) -> Head:
    """A head with a fresh id and a fresh key."""
    return Head(text_of(entropy(ID_SIZE)), text_of(entropy(KEY_SIZE)), receiver, sender, now_ms)


def _preamble(receiver: str) -> bytes:
    return MAGIC + bytes([VERSION, SUITE]) + receiver.encode("ascii")


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_SIZE)
