"""What is signed about the log of receipts of a hub: a checkpoint by the hub, a cosignature by its parent, the witness.

The log is a Merkle tree (`merkle`) whose leaves are the payloads of all receipts that the hub signed, in the order in
which it signed them, and the openings of its epochs. An *epoch* is named by the process that appends: a fresh one for
every process, so that within an epoch nothing is ever taken back, whatever was restored or copied. A receipt names its
epoch and the number of its leaf; a checkpoint states the tree of an epoch, and proves itself against the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypeVar

import msgspec

from shared_models import canonical
from shared_models.signing import SUITE, KeyPair, bytes_of, fingerprint, pae, text_of, verify
from sync_protocol.core import merkle

RECEIPT_TYPE = "application/vnd.tongban.receipt+json;version=1"
CHECKPOINT_TYPE = "application/vnd.tongban.checkpoint+json;version=1"
COSIGNATURE_TYPE = "application/vnd.tongban.cosignature+json;version=1"
VERSION = 1
PAYLOAD_BYTES_MAX = 8 * 1024

Size = Annotated[int, msgspec.Meta(ge=0, le=canonical.INTEGER_MAX)]
Name = Annotated[str, msgspec.Meta(max_length=128)]
HashText = Annotated[str, msgspec.Meta(min_length=43, max_length=43)]
Path = Annotated[tuple[HashText, ...], msgspec.Meta(max_length=128)]
Leaf = tuple[Name, Size]
"""(epoch, number of a leaf, or of leaves): a place in a log of receipts; ("", 0) = none."""
NOWHERE: Leaf = ("", 0)


class Tree(msgspec.Struct, frozen=True):
    """The first `size` leaves of the log in an epoch, and their root."""

    epoch: Name
    root: HashText
    size: Size


NO_TREE = Tree("", text_of(merkle.EMPTY_ROOT), 0)


class Opening(msgspec.Struct, frozen=True):
    """A leaf: from here on, which is number `continues[1]`, the log of `hub` goes on in `epoch`; before it stand the
    leaves that it had in the epoch `continues[0]` ("" for none)."""

    continues: Leaf
    epoch: Name
    hub: Name
    suite: int = SUITE
    version: int = VERSION

    @property
    def payload(self) -> bytes:
        return canonical.encode(msgspec.to_builtins(self))


class Checkpoint(msgspec.Struct, frozen=True):
    """What a hub signs of its log. `proof` shows that the tree begins with `previous`, the last one that the witness
    cosigned as far as the hub knows. `lost` = the witness showed a cosigned tree that is not in this log: the hub came
    back from a copy, and says so. `time` is the hub's clock in milliseconds."""

    hub: Name
    lost: Leaf
    previous: Tree
    proof: Path
    suite: int
    time: Size
    tree: Tree
    version: int


class Cosignature(msgspec.Struct, frozen=True):
    """What the witness signs: the checkpoint with this SHA-256 is that of `hub`, and goes on from the one before."""

    checkpoint: HashText
    hub: Name
    suite: int
    time: Size
    version: int
    witness: Name


class Signed(NamedTuple):
    """Bytes and their Ed25519 signature under the type that belongs to them."""

    payload: bytes
    signature: bytes

    def good(self, keys: Sequence[bytes], kind: str) -> bool:
        return any(verify(key, pae(kind, self.payload), self.signature) for key in keys)


class Cosigned(NamedTuple):
    """A checkpoint with the cosignature of the witness."""

    checkpoint: Signed
    cosignature: Signed


class NotAStatement(ValueError):
    """Bytes that are no checkpoint or cosignature, or signed by nobody who may."""


def sign(pair: KeyPair, kind: str, content: msgspec.Struct) -> Signed:
    payload = canonical.encode(msgspec.to_builtins(content))
    return Signed(payload, pair.sign(pae(kind, payload)))


def new_checkpoint(hub: str, tree: Tree, previous: Tree, proof: list[bytes], lost: Leaf, now_ms: int) -> Checkpoint:
    return Checkpoint(hub, lost, previous, tuple(map(text_of, proof)), SUITE, now_ms, tree, VERSION)


def new_cosignature(witness: str, checkpoint: Signed, hub: str, now_ms: int) -> Cosignature:
    return Cosignature(fingerprint(checkpoint.payload), hub, SUITE, now_ms, VERSION, witness)


def checkpoint_of(signed: Signed, hub: str, keys: Sequence[bytes]) -> Checkpoint:
    """The checkpoint that this hub signed. Raises NotAStatement."""
    content = _read(signed, CHECKPOINT_TYPE, keys, Checkpoint)
    if content.hub != hub:
        raise NotAStatement("a checkpoint of another hub")
    return content


def cosigned_by(cosigned: Cosigned, witness: str, keys: Sequence[bytes]) -> Cosignature:
    """The witness's word for this very checkpoint. Raises NotAStatement."""
    content = _read(cosigned.cosignature, COSIGNATURE_TYPE, keys, Cosignature)
    if (content.witness, content.checkpoint) != (witness, fingerprint(cosigned.checkpoint.payload)):
        raise NotAStatement("a cosignature of something else")
    return content


_Statement = TypeVar("_Statement", Checkpoint, Cosignature)


def _read(signed: Signed, kind: str, keys: Sequence[bytes], form: type[_Statement]) -> _Statement:
    if len(signed.payload) > PAYLOAD_BYTES_MAX or not signed.good(keys, kind):
        raise NotAStatement("not signed by whom it should be")
    try:
        canonical.decode(signed.payload)
        content = msgspec.json.decode(signed.payload, type=form)
    except (ValueError, RecursionError) as error:
        raise NotAStatement(str(error)) from None
    if (content.suite, content.version) != (SUITE, VERSION):
        raise NotAStatement("of a version that is not known here")
    return content


def follows(checkpoint: Checkpoint) -> bool:
    """Whether its own proof shows that its tree begins with the one that it names as the one before."""
    one, other = checkpoint.previous, checkpoint.tree
    try:
        path = [bytes_of(each) for each in checkpoint.proof]
        return merkle.extends(one.size, bytes_of(one.root), other.size, bytes_of(other.root), path)
    except ValueError:
        return False
