"""How children of a hub come in: the table of its sessions, and the two steps that open one.

A session is named when the child says hello, and open once it has proven its key over both nonces. Bounded: sessions in
all, sessions of a child, and how long one may rest. Everything here runs in the event loop, and nothing in it waits.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from shared_models.roster import Member
from shared_models.signing import KeyPair, text_of
from shared_models.trust import key_mark
from sync_protocol.core.messages import Challenge, Fault, Hello, Message, Proof, Welcome
from sync_protocol.core.opening import NOBODY, VERSIONS, Opening, Versions, highest, parents_nonce
from sync_protocol.core.session import NONCE_BYTES, Session, prove, proven
from sync_protocol.core.twins import Twins
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import clones, receipts
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.vault import Entropy
from sync_protocol.wire.alarm import RaiseAlarm

SESSIONS_MAX = 8192
SESSIONS_PER_CHILD_MAX = 8
SESSION_IDLE_MS = 15 * 60 * 1000
NAME_BYTES = 16


@dataclass
class Open:
    """One session and the child that it proved to be by `key`: in which incarnation, in answer to which challenge of
    this hub (counted). `side` answers it once it is open, with our `pair`."""

    session: Session
    used_ms: int
    opening: Opening = NOBODY
    challenge: int = 0
    incarnation: str = ""
    side: ParentSide | None = None
    requests: int = 0
    pair: KeyPair | None = None
    key: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def child(self) -> str:
        """The name of the child, "" before it said who it is."""
        return self.opening.child


class Sessions:
    """The sessions of a hub by name, the one that rested longest first. `now` in milliseconds."""

    def __init__(self, entropy: Entropy, now: Callable[[], int]) -> None:
        self._entropy = entropy
        self._now = now
        self._by_name: OrderedDict[str, Open] = OrderedDict()

    def get(self, name: str) -> Open | None:
        return self._by_name.get(name)

    def new(self) -> tuple[str, Open]:
        """A session that nobody has opened yet; those that rested too long, or are too many, are forgotten."""
        now = self._now()
        while self._by_name:
            name, oldest = next(iter(self._by_name.items()))
            if len(self._by_name) < SESSIONS_MAX and now - oldest.used_ms < SESSION_IDLE_MS:
                break
            del self._by_name[name]
        name = text_of(self._entropy(NAME_BYTES))
        opened = self._by_name[name] = Open(Session(), now)
        return name, opened

    def use(self, name: str, opened: Open) -> None:
        """A request came; its session may have been dropped while it waited for the one before."""
        if name in self._by_name:
            self._by_name.move_to_end(name)
        opened.used_ms = self._now()

    def drop(self, name: str) -> None:
        self._by_name.pop(name, None)

    def make_room(self, child: str) -> None:
        """Forgets as many open sessions of a child as it has too many for one more."""
        mine = self._of(child)
        for name in mine[: max(0, len(mine) + 1 - SESSIONS_PER_CHILD_MAX)]:
            del self._by_name[name]

    def end_others(self, child: str, incarnation: str, known: set[str]) -> None:
        """Forgets the sessions of a child's other incarnations, unless it is known that they live: whoever is alive
        comes again and answers a fresh challenge, and nobody else misses them."""
        for name in self._of(child):
            other = self._by_name[name].incarnation
            if other and other != incarnation and other not in known:
                del self._by_name[name]

    def _of(self, child: str) -> list[str]:
        return [name for name, each in self._by_name.items() if each.side and each.child == child]


class Greeting:
    """Lets the children of one hub in. `versions` of the protocol are those that this hub speaks."""

    def __init__(
        self,
        node: Node,
        attachments: Attachments | None,
        entropy: Entropy,
        sessions: Sessions,
        versions: Versions = VERSIONS,
    ) -> None:
        self._node = node
        self._attachments = attachments
        self._entropy = entropy
        self._sessions = sessions
        self._versions = versions
        self._twins = Twins()
        self.alarms: list[RaiseAlarm] = []
        """What was noticed and is to be written down, by whoever may wait for that."""

    def hello(self, opened: Open, message: Hello) -> Message:
        """The challenge, or the fault why there is none."""
        version = highest(self._versions, message.versions)
        if version is None:
            return Fault("sync.version", versions=self._versions)
        child = self._child(message.node)
        if child is None:
            return Fault("sync.moved" if self._left(message.node) else "sync.not_a_child")
        nonce = text_of(parents_nonce(self._entropy(NONCE_BYTES), self._versions, version))
        me, opened.challenge = self._node.name, self._twins.challenge()
        opened.opening = Opening(message.node, me, message.nonce, nonce, message.versions, version)
        opened.pair = self._node.pair_known_as(message.knows)
        signature = prove(opened.pair, opened.opening.said("parent"))
        return Challenge(me, nonce, signature, version, key_mark(child.public, child.node))

    def proof(self, name: str, opened: Open, message: Proof) -> Message:
        """The welcome, behind which the session is open, or the fault why it is not."""
        opening, incarnation, child = opened.opening, message.incarnation, self._child(opened.child)
        if child is None or not opening.names(incarnation):
            return Fault("sync.not_proven")
        if not proven(child.public, opening.said("child", incarnation), message.signature):
            return Fault("sync.not_proven")
        if incarnation:
            self._look_for_twins(child.node, incarnation, opened)
        self._sessions.make_room(child.node)
        opened.side = ParentSide(self._node, child, self._attachments, keys=opened.pair)
        opened.key = child.key
        return Welcome(name)

    def outdated(self, opened: Open) -> bool:
        """Whether the child has another key since it opened this session: it opens a new one, as itself."""
        child = self._child(opened.child)
        return child is None or child.key != opened.key

    def _look_for_twins(self, child: str, incarnation: str, opened: Open) -> None:
        """Notes whether another process of this child lives as well (`core.twins`)."""
        opened.incarnation = incarnation
        with self._node.read() as db:
            epoch, alarms = clones.closed(db, child), clones.open_alarms(db, child)
        twins = self._twins.proof(child, incarnation, opened.challenge, epoch)
        self.alarms += [RaiseAlarm(child, incarnation, twin) for twin in twins]
        known = {name for alarm in alarms for name in (alarm.one, alarm.other)}
        self._sessions.end_others(child, incarnation, known.union(twins))

    def _left(self, node: str) -> bool:
        """Whether a node that delivered here belongs to another hub by now."""
        with self._node.read() as db:
            return self._node.roster.member(node) is not None and receipts.last_point(db, node).position > 0

    def _child(self, node: str) -> Member | None:
        """The member of that name whose parent is this hub; a revoked one still delivers, so that nothing is lost."""
        member = self._node.roster.member(node)
        return member if member is not None and member.parent == self._node.name else None
