"""The witness: a hub that has a hub below it cosigns that one's log of receipts, as long as it only grows.

- `Presenter`, the hub below: after records and files it shows its checkpoint to its parent, with the proof that it goes
  on from the last one that was cosigned, and keeps the cosignature.
- `Witness`, the parent: cosigns what goes on from the tree that it cosigned last. Anything else it answers with that
  tree. A hub that holds it goes on from there; one that does not came back from a copy: it opens a fresh epoch and
  says so.

Neither reads a clock to decide; how often a checkpoint is shown is all that follows from one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from shared_models.records import PUBLIC, Draft
from shared_models.roster import Member
from shared_models.signing import bytes_of, text_of
from sync_protocol.commands import View
from sync_protocol.core import contradictions as proofs
from sync_protocol.core import merkle
from sync_protocol.core.checkpoints import (
    CHECKPOINT_TYPE,
    COSIGNATURE_TYPE,
    NO_TREE,
    NOWHERE,
    Checkpoint,
    Cosigned,
    Leaf,
    Opening,
    Signed,
    Tree,
    checkpoint_of,
    cosigned_by,
    new_checkpoint,
    new_cosignature,
    sign,
)
from sync_protocol.core.contradictions import CONTRADICTION, Proof
from sync_protocol.core.frames import Flow
from sync_protocol.core.messages import (
    NULL,
    CosignedGiven,
    CosignedStatement,
    Fault,
    Inconsistent,
    Message,
    Present,
    ShownLeaf,
    Statement,
)
from sync_protocol.node import Node
from sync_protocol.store import contradictions, receipt_log, witnessing
from sync_protocol.store.database import Connection
from sync_protocol.store.witnessing import Witnessed

PRESENT_SECONDS = 3.0
"""How long a hub waits from one checkpoint to the next: receipts that come meanwhile share one."""
TURNS_MAX = 4
"""Questions about one checkpoint: the witness may hold a later one than we know, or one that we lost."""

OLDER_PARENT = frozenset({"sync.frame_message", "sync.out_of_order"})
"""What a parent answers that does not know these messages yet."""


class Contradict(NamedTuple):
    """A proof that a hub contradicted itself, as a record that goes wherever records go."""

    proof: Proof

    def decide(self, view: View) -> Sequence[Draft]:
        if contradictions.is_known(view.db, self.proof):
            return []
        body = msgspec.to_builtins(self.proof)
        return [Draft(CONTRADICTION, f"node/{self.proof.hub}", body, PUBLIC, view.me.area)]


# ---------------------------------------------------------------- leaves that are shown


def show(db: Connection, asked: Leaf, index: int, size: int, opening: Opening | None = None) -> ShownLeaf:
    """The leaf at `index` in the tree of the first `size`. Raises ValueError where rows are missing."""
    path = [text_of(each) for each in receipt_log.inclusion(db, index, size)]
    leaf = text_of(receipt_log.leaf(db, index))
    return ShownLeaf(asked, leaf, path, NULL if opening is None else msgspec.Raw(opening.payload))


def stands(shown: ShownLeaf, index: int, tree: Tree) -> bool:
    """Whether the shown leaf has that number in the tree."""
    try:
        path = [bytes_of(each) for each in shown.path]
        return merkle.root_by_inclusion(bytes_of(shown.leaf), index, tree.size, path) == bytes_of(tree.root)
    except ValueError:
        return False


def left_at(shown: ShownLeaf, epoch: str, tree: Tree) -> int | None:
    """Before which number the log with this tree left an epoch; None where that is not shown."""
    payload = bytes(shown.opening)
    try:
        continues = msgspec.json.decode(payload, type=Opening).continues
    except (ValueError, RecursionError):
        return None
    good = continues[0] == epoch and shown.leaf == text_of(merkle.leaf_hash(payload))
    return continues[1] if good and stands(shown, continues[1], tree) else None


# ---------------------------------------------------------------- the hub below


class Presenter:
    """Shows the log of one hub to its parent. `clock` gives seconds that never go back."""

    def __init__(self, node: Node, parent: str, parent_key: bytes, clock: Callable[[], float]) -> None:
        self._node = node
        self._parent = parent
        self._key = parent_key
        self._clock = clock
        self._after: float | None = None
        self._mute = False

    def present(self) -> Flow:
        """Shows what was signed since the last cosignature; asks nothing where that is nothing."""
        if self._mute or (self._after is not None and self._clock() < self._after):
            return
        lost = NOWHERE
        for _ in range(TURNS_MAX):
            asked = self._news(lost)
            if asked is None:
                return
            self._after = self._clock() + PRESENT_SECONDS
            missing = self._heard(asked, (yield asked))
            if missing is None:
                return
            lost = missing

    def _news(self, lost: Leaf) -> Present | None:
        with self._node.read() as db:
            if receipt_log.now(db).size <= self._base(db).size:
                return None
        if lost != NOWHERE:
            self._node.leave_epoch()
        try:
            return self._node.database.write(lambda db: self._checkpoint(db, lost))
        except _Damaged:
            self._note("witness.log_damaged")
            return None

    def _base(self, db: Connection) -> Tree:
        """The tree that the witness cosigned last, as far as is known here."""
        base = receipt_log.cosigned(db)
        return (
            NO_TREE
            if base is None
            else checkpoint_of(base.checkpoint, self._node.name, self._node.keys_of(self._node.name)).tree
        )

    def _checkpoint(self, db: Connection, lost: Leaf) -> Present:
        """Signs the tree as it is. Its root and its proof rest on different rows, so damage shows here first."""
        node, base = self._node, self._base(db)
        tree = receipt_log.open_epoch(db, node.name, node.epoch).tree
        try:
            proof = receipt_log.consistency(db, base.size, tree.size)
        except ValueError:
            raise _Damaged from None
        if not merkle.extends(base.size, bytes_of(base.root), tree.size, bytes_of(tree.root), proof):
            raise _Damaged
        content = new_checkpoint(node.name, tree, base, proof, lost, node.now())
        pair = node.settled_pair()  # of another key the witness may not have heard yet
        statement, given = Statement.of(sign(pair, CHECKPOINT_TYPE, content)), receipt_log.cosigned(db)
        span = receipt_log.span(db, node.name, lost[0])
        left = show(db, lost, span.end, tree.size, span.next) if span is not None and span.next is not None else None
        return Present(statement, None if given is None else CosignedStatement.of(given), left)

    def _heard(self, asked: Present, answers: list[Message]) -> Leaf | None:
        """None where that is all for now; else what the witness holds that we lost, NOWHERE for nothing."""
        match answers:
            case [CosignedGiven(given), *_]:
                return self._cosigned(asked, given)
            case [Inconsistent(code), *_]:
                self._note(code)
            case [Fault(code), *_]:
                self._mute = code in OLDER_PARENT
        return None

    def _cosigned(self, asked: Present, given: CosignedStatement) -> Leaf | None:
        node = self._node
        try:
            cosigned = given.cosigned
            tree = checkpoint_of(cosigned.checkpoint, node.name, node.keys_of(node.name)).tree
            cosigned_by(cosigned, self._parent, node.roster.keys_of(self._parent) or (self._key,))
        except ValueError:
            self._note("witness.bad_answer")
            return None
        asked_for = cosigned.checkpoint.payload == bytes(asked.checkpoint.payload)

        def keep(db: Connection) -> Leaf | None:
            if not asked_for and not _holds(db, tree):
                return tree.epoch, tree.size
            receipt_log.keep_cosigned(db, cosigned)
            receipt_log.note(db, "", 0)
            return None if asked_for else NOWHERE

        return node.database.write(keep)

    def _note(self, code: str) -> None:
        now = self._node.now()
        self._node.database.write(lambda db: receipt_log.note(db, code, now))


class _Damaged(Exception):
    """The rows of the log of receipts are not those of which its root was made: nothing is signed over them."""


def _holds(db: Connection, tree: Tree) -> bool:
    """Whether our log begins with this tree."""
    try:
        return tree.size <= receipt_log.now(db).size and text_of(receipt_log.root_at(db, tree.size)) == tree.root
    except ValueError:
        return False


# ---------------------------------------------------------------- the witness


def _may_have_lost(checkpoint: Checkpoint, left: ShownLeaf | None) -> bool:
    """Whether the log left the epoch, of which it says to have lost a cosigned tree, before that tree was whole. Of an
    epoch that began after its `previous` it need not know anything."""
    (epoch, size), previous = checkpoint.lost, checkpoint.previous
    if left is None:
        return not epoch or previous.epoch != epoch
    start = left_at(left, epoch, checkpoint.tree)
    return start is not None and start < size


class Witness:
    """Cosigns the log of one hub below this one."""

    def __init__(self, node: Node, child: Member) -> None:
        self._node = node
        self._child = child

    def answer(self, message: Present) -> list[Message]:
        try:
            signed = message.checkpoint.signed
            checkpoint = checkpoint_of(signed, self._child.node, self._child.publics)
            base = None if message.base is None else self._base(message.base.cosigned)
        except ValueError:
            return [self._refuse("witness.bad_checkpoint")]
        proof = self._contradiction(signed, checkpoint)
        if proof is not None:
            self._node.write(Contradict(proof))
            return [self._refuse("witness.contradiction")]
        if not _may_have_lost(checkpoint, message.left):
            return [self._refuse("witness.bad_checkpoint")]
        judged = self._node.database.write(lambda db: self._judge(db, signed, checkpoint, base))
        return [self._refuse(judged) if isinstance(judged, str) else CosignedGiven(CosignedStatement.of(judged))]

    def _base(self, cosigned: Cosigned) -> Witnessed:
        """What the hub goes on from, under our own cosignature. Raises NotAStatement."""
        node = self._node
        tree = checkpoint_of(cosigned.checkpoint, self._child.node, self._child.publics).tree
        said = cosigned_by(cosigned, node.name, node.keys_of(node.name))
        return Witnessed(tree, cosigned, said.time)

    def _contradiction(self, signed: Signed, checkpoint: Checkpoint) -> Proof | None:
        """Whether the hub refutes itself, or what we hold under its signature."""
        hub = self._child.node
        if proofs.refutes_itself(checkpoint):
            return proofs.own_words(hub, signed)
        with self._node.read() as db:
            known = [
                witnessing.in_epoch(db, hub, epoch) for epoch in (checkpoint.tree.epoch, checkpoint.previous.epoch)
            ]
        for each in known:
            if each is not None:
                held = each.given.checkpoint
                if proofs.contradict(checkpoint, checkpoint_of(held, hub, self._child.publics)):
                    return proofs.two_trees(hub, held, signed)
        return None

    def _judge(self, db: Connection, signed: Signed, checkpoint: Checkpoint, base: Witnessed | None) -> Cosigned | str:
        """The cosignature; or that of the tree to go on from; or why there is none, as a code."""
        if base is not None:
            self._remember(db, base)
        last, tree = witnessing.latest(db, self._child.node), checkpoint.tree
        known = NO_TREE if base is None else base.tree
        if last is None:
            return self._cosign(db, signed, checkpoint) if checkpoint.previous == known else "witness.bad_checkpoint"
        if tree == last.tree:
            return last.given
        came_back = checkpoint.lost == (last.tree.epoch, last.tree.size) and checkpoint.previous == known
        if not came_back and checkpoint.previous != last.tree:
            return last.given
        if tree.epoch != last.tree.epoch and witnessing.in_epoch(db, self._child.node, tree.epoch) is not None:
            return "witness.epoch_over"
        return self._cosign(db, signed, checkpoint)

    def _remember(self, db: Connection, base: Witnessed) -> None:
        """We may have come back from a copy ourselves: what we signed once we know again."""
        before = witnessing.in_epoch(db, self._child.node, base.tree.epoch)
        if before is None or before.tree.size < base.tree.size:
            witnessing.keep(db, self._child.node, base)

    def _cosign(self, db: Connection, signed: Signed, checkpoint: Checkpoint) -> Cosigned:
        node, hub, now = self._node, self._child.node, self._node.now()
        cosigned = Cosigned(signed, sign(node.keys, COSIGNATURE_TYPE, new_cosignature(node.name, signed, hub, now)))
        witnessed = Witnessed(checkpoint.tree, cosigned, now, checkpoint.lost, checkpoint.previous.size)
        witnessing.keep(db, hub, witnessed)
        return cosigned

    def _refuse(self, code: str) -> Inconsistent:
        now = self._node.now()
        self._node.database.write(lambda db: witnessing.refuse(db, self._child.node, code, now))
        return Inconsistent(code)
