"""The audit: a child has its parent show that the receipts it holds stand in the log that the witness cosigned.

It asks after records and files, for a few receipts at a time, and only while some are open. What the parent shows is
checked against two signatures, its own and the witness's; what it shows wrongly, or not at all, is not believed, and
stays open with its age. Only statements that no honest hub ever signs both of accuse it (`core.contradictions`).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from shared_models.signing import text_of
from sync_protocol.core import contradictions as proofs
from sync_protocol.core import merkle
from sync_protocol.core.checkpoints import Cosigned, Tree, checkpoint_of, cosigned_by
from sync_protocol.core.contradictions import Proof
from sync_protocol.core.frames import Flow
from sync_protocol.core.messages import (
    AUDIT_LEAVES_MAX,
    Audit,
    CosignedStatement,
    Fault,
    Message,
    Proven,
    ShownLeaf,
)
from sync_protocol.node import Node
from sync_protocol.store import audited, receipt_log, state
from sync_protocol.store.audited import LOST, OWED, WITNESSED, Held
from sync_protocol.store.database import Connection
from sync_protocol.witness import OLDER_PARENT, Contradict, left_at, show, stands

AUDIT_SECONDS_MIN, AUDIT_SECONDS_MAX = 5.0, 600.0
"""How long a child waits before it asks again: longer each time that nothing more was shown."""
ROUNDS_MAX = 64
SEEN = "audit.seen"


# ---------------------------------------------------------------- the hub


def shown(node: Node, question: Audit) -> Proven:
    """What the tree of the last cosigned checkpoint shows of these leaves; nothing before the first one."""
    with node.read() as db:
        given = receipt_log.cosigned(db)
        if given is None:
            return Proven()
        size = checkpoint_of(given.checkpoint, node.name, node.keys_of(node.name)).tree.size
        leaves, unknown = [], []
        for epoch, number in question.leaves:
            span = receipt_log.span(db, node.name, epoch)
            if span is None or number < span.start:
                unknown.append((epoch, number))
            elif number < span.end and number < size:
                leaves.append(show(db, (epoch, number), number, size))
            elif number >= span.end and span.next is not None and span.end < size:
                leaves.append(show(db, (epoch, number), span.end, size, span.next))
    return Proven(CosignedStatement.of(given), leaves, unknown)


# ---------------------------------------------------------------- the child


Place = tuple[str, int]


class Seen(msgspec.Struct, frozen=True):
    """The newest cosigned tree that a parent showed; `time` = when the witness signed it, by its clock (ms)."""

    epoch: str
    size: int
    time: int


def seen(db: Connection) -> Seen | None:
    """The newest cosigned tree that this node was shown; None before the first."""
    kept = state.get(db, SEEN)
    return None if kept is None else msgspec.convert(kept, Seen)


class Auditor:
    """Asks one parent about the receipts it gave to this node. `clock` gives seconds that never go back."""

    def __init__(self, node: Node, parent: str, parent_key: bytes, clock: Callable[[], float]) -> None:
        self._node = node
        self._parent = parent
        self._key = parent_key
        self._clock = clock
        self._after: float | None = None
        self._pause = AUDIT_SECONDS_MIN
        self._mute = False

    @property
    def witness(self) -> str:
        """The name of the hub above the parent; "" where there is none, and nobody to witness."""
        parent = self._node.roster.member(self._parent)
        return "" if parent is None else parent.parent

    def audit(self) -> Flow:
        """Asks until nothing more is shown; asks nothing where no receipt is open."""
        if self._mute or (self._after is not None and self._clock() < self._after) or not self.witness:
            return
        progress = False
        for _ in range(ROUNDS_MAX):
            with self._node.read() as db:
                asked = audited.to_ask(db, self._parent, AUDIT_LEAVES_MAX)
            if not asked:
                break
            answers = yield Audit([each.place for each in asked])
            more = self._heard(asked, answers)
            progress = progress or more
            if not more or len(asked) < AUDIT_LEAVES_MAX:
                break
        self._pause = AUDIT_SECONDS_MIN if progress else min(self._pause * 2, AUDIT_SECONDS_MAX)
        self._after = self._clock() + self._pause

    def _heard(self, asked: list[Held], answers: list[Message]) -> bool:
        """Keeps what the answer shows; gives whether it shows more than was known."""
        match answers:
            case [Proven(CosignedStatement() as given) as proven, *_]:
                return self._proven(asked, given, proven)
            case [Fault(code), *_]:
                self._mute = code in OLDER_PARENT
        return False

    def _proven(self, asked: list[Held], given: CosignedStatement, proven: Proven) -> bool:
        roster = self._node.roster
        try:
            cosigned = given.cosigned
            tree = checkpoint_of(cosigned.checkpoint, self._parent, roster.keys_of(self._parent) or (self._key,)).tree
            time = cosigned_by(cosigned, self.witness, roster.keys_of(self.witness)).time
        except ValueError:
            return False  # changed on the way, or no true answer: what is open stays open, and ages
        by_place = {tuple(each.log): each for each in proven.leaves}
        unknown = {tuple(each) for each in proven.unknown}
        states = [(each.place, _state(each, tree, by_place.get(each.place), each.place in unknown)) for each in asked]

        def keep(db: Connection) -> None:
            audited.note(db, self._parent, states)
            state.put(db, SEEN, Seen(tree.epoch, tree.size, time))

        self._node.database.write(keep)
        for each in asked:
            proof = _proof(self._parent, each, tree, cosigned, by_place.get(each.place))
            if proof is not None:
                self._node.write(Contradict(proof))
        before = {each.place: each.state for each in asked}
        return any(now in (WITNESSED, LOST) and now != before[place] for place, now in states)


def _state(held: Held, tree: Tree, shown: ShownLeaf | None, unknown: bool) -> str:
    """Where a receipt stands after this answer."""
    epoch, number = held.place
    if shown is not None and bytes(shown.opening) == b"null":
        if shown.leaf == _leaf_of(held) and stands(shown, number, tree):
            return WITNESSED
    elif shown is not None and (start := left_at(shown, epoch, tree)) is not None and start <= number:
        return LOST
    if epoch == tree.epoch and number < tree.size:
        return OWED  # it stands there, or the parent signed what is not true
    return LOST if unknown else held.state


def _leaf_of(held: Held) -> str:
    return text_of(merkle.leaf_hash(held.receipt.payload))


def _proof(hub: str, held: Held, tree: Tree, cosigned: Cosigned, shown: ShownLeaf | None) -> Proof | None:
    """The proof that the hub holds another leaf where it signed this receipt."""
    epoch, number = held.place
    if shown is None or epoch != tree.epoch or shown.leaf == _leaf_of(held) or not stands(shown, number, tree):
        return None
    return proofs.other_leaf(hub, held.receipt, cosigned.checkpoint, shown.leaf, tuple(shown.path))
