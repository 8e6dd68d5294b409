"""Dishonest districts, each a whole object: they hold the district's key, and say what an honest one never says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sync_protocol.core import merkle
from sync_protocol.core.checkpoints import CHECKPOINT_TYPE, Leaf, new_checkpoint, sign
from sync_protocol.core.messages import Audit, CosignedStatement, Message, Present, Proven, Statement
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipt_log, receipts
from sync_protocol.store.database import Connection
from sync_protocol.store.log import Entry
from sync_protocol.store.receipts import SignedReceipt
from sync_protocol.witness import Presenter
from tests.sync_protocol.world import Place
from tests.world.disk import copy_database

Answer = Callable[[Message], list[Message]]


class TwoStories(Place):
    """The district once more, on a copy of its data, in the very epoch in which the true one goes on."""

    def start(self) -> None:
        super().start()
        self.node.epoch = self.world.district.node.epoch


def second_story(district: Place, folder: Path) -> TwoStories:
    copy_database(district.path, folder / "tongban.db")
    twin = TwoStories("twin", district.area, district.tier, folder, district.world, district.keys)
    twin.parent = district.parent
    return twin


class Dropping(ParentSide):
    """Signs a receipt, and puts something else into the log."""

    def _sign(self, db: Connection, entry: Entry) -> SignedReceipt:
        node, given = self._node, list[SignedReceipt]()

        def sign(log: Leaf) -> SignedReceipt:
            given.append(receipts.sign_receipt(node.keys, node.name, self._child.node, entry, 0, node.now(), log))
            return receipts.sign_receipt(node.keys, node.name, "nobody", entry, 0, node.now(), log)

        receipt_log.add(db, node.name, node.epoch, sign)
        receipts.give(db, self._child.node, given[0])
        return given[0]


class Careless(Presenter):
    """Signs whatever tree its rows give now, as if it went on from the last one."""

    def _checkpoint(self, db: Connection, lost: Leaf) -> Present:
        node, base = self._node, self._base(db)
        log = receipt_log.open_epoch(db, node.name, node.epoch)
        proof = receipt_log.consistency(db, base.size, log.size)
        content = new_checkpoint(node.name, log.tree, base, proof, lost, node.now())
        given = receipt_log.cosigned(db)
        statement = Statement.of(sign(node.keys, CHECKPOINT_TYPE, content))
        return Present(statement, None if given is None else CosignedStatement.of(given))


def rewritten(db: Connection, index: int) -> None:
    """Another leaf in an old place, and the tree made anew over it."""
    log = receipt_log.now(db)
    leaf = merkle.leaf_hash(b"rewritten")
    db.execute("UPDATE receipt_leaf SET hash = ? WHERE number = ?", (leaf, index))
    frontier: tuple[bytes, ...] = ()
    for at in range(log.size):
        frontier = merkle.grow(frontier, at, receipt_log.leaf(db, at)).frontier
    db.execute("UPDATE receipt_log SET frontier = ?", (b"".join(frontier),))


def silent(answer: Answer) -> Answer:
    """Shows the checkpoint, and none of the leaves."""

    def answered(message: Message) -> list[Message]:
        said = answer(message)
        return [Proven(each.given) if isinstance(each, Proven) else each for each in said]

    return answered


def stale(answer: Answer, old: Proven) -> Answer:
    """Shows the same old checkpoint for ever."""
    return lambda message: [old] if isinstance(message, Audit) else answer(message)


def changed(answer: Answer, change: Callable[[Proven], Proven]) -> Answer:
    """Somebody between the two, who changes what is shown."""
    return lambda message: [change(each) if isinstance(each, Proven) else each for each in answer(message)]
