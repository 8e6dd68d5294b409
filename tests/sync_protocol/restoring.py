"""Places that are put back to copies of themselves, and the questions that tests of it ask."""

from __future__ import annotations

import itertools
from pathlib import Path

from sync_protocol.child_side import ChildSide
from sync_protocol.core.messages import Message
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipts
from tests.sync_protocol.world import Place, run
from tests.world.disk import copy_database

_numbers = itertools.count()


def copied(place: Place) -> Path:
    """A copy of the place's database as a killed process would leave it."""
    return copy_database(place.path, place.world.folder / f"{place.name}-copy-{next(_numbers)}" / "copy.db")


def restore(place: Place, copy: Path) -> None:
    """A new process starts on the copy."""
    place.stop()
    copy_database(copy, place.path)
    place.start()
    place.node.open()


class Line:
    """One child with a side of its own that lasts, as in a running process. `heard` = what the parent answered."""

    def __init__(self, child: Place) -> None:
        self.child = child
        self.side: ChildSide = child.child_side()
        self.asked: list[Message] = []
        self.heard: list[Message] = []

    def answer(self, message: Message) -> list[Message]:
        parent = self.child.parent
        assert parent is not None
        member = parent.node.roster.member(self.child.node.name)
        assert member is not None
        self.asked.append(message)
        answers = ParentSide(parent.node, member, parent.attachments).answer(message)
        self.heard += answers
        return answers

    def sync(self) -> None:
        for flow in (self.side.deliver(), self.side.follow()):
            run(flow, self.answer)
            self.child.settle()
            if self.child.parent is not None:
                self.child.parent.settle()

    def trips(self) -> int:
        """How many messages the child sends while nothing is new."""
        before = len(self.asked)
        self.sync()
        return len(self.asked) - before


def all_acknowledged(place: Place) -> bool:
    with place.node.read() as db:
        return receipts.standing(db).journal == place.node.log.journal_end(db).position
