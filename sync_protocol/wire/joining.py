"""The joiner's half of enrolment: shows the invitation to its hub and takes in the records that admit this node."""

from __future__ import annotations

import msgspec

from shared_models.records import NotARecord
from shared_models.refusals import Refusal
from shared_models.signing import Damaged, KeyPair, bytes_of, unseal_own
from sync_protocol.core.joining import JOIN_PATH, Invitation, JoinAnswer, request_to_join
from sync_protocol.node import Node
from sync_protocol.store import receipts, state, streams, upward
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.database import Connection
from sync_protocol.store.log import ABOVE
from sync_protocol.wire.client import post_bytes
from sync_protocol.wire.stick import REWOUND


async def ask_to_join(
    keys: KeyPair, invitation: Invitation, *, moves: int = 0, proxy: str = ""
) -> tuple[JoinAnswer, bytes]:
    """(answer, resident key). `moves` as in a `JoinRequest`. `proxy` is an HTTP proxy on the way, "" for none. Raises
    Refusal, LineDown."""
    request = request_to_join(keys, invitation, moves)
    try:
        body = await post_bytes(invitation.address, JOIN_PATH, msgspec.json.encode(request), {}, proxy=proxy)
    except Refusal as refusal:
        if refusal.code != "sync.not_proven":
            raise
        # What we signed names the hub of the invitation: who answers at its address is another one.
        raise Refusal("sync.invitation_forged") from None
    try:
        answer = msgspec.json.decode(body, type=JoinAnswer)
        return answer, unseal_own(keys, bytes_of(answer.resident_key))
    except (msgspec.MsgspecError, ValueError, Damaged):
        raise Refusal("sync.bad_answer") from None


def change_parent(node: Node, attachments: Attachments, answer: JoinAnswer, hub: str) -> None:
    """Takes in that this node belongs to `hub` from now on. What the last parent signed for says nothing of this one:
    nothing counts as received, every stream begins at its start, every file is asked about again. Raises Refusal
    sync.bad_answer, sync.invitation_forged."""
    admit_self(node, answer)
    if node.member.parent != hub:
        raise Refusal("sync.invitation_forged")

    def leave(db: Connection) -> None:
        receipts.forget_standing(db)
        streams.forget_cursors(db)
        attachments.ask_again(db)
        state.put(db, REWOUND, None)
        upward.note(db, "", node.now())

    node.database.write(leave)


def admit_self(node: Node, answer: JoinAnswer) -> None:
    """Takes in the records of the answer. Raises Refusal where they do not lead from the root to this node."""
    try:
        records = [each.record() for each in answer.records]
    except (NotARecord, ValueError):
        raise Refusal("sync.bad_answer") from None
    node.take_in(records, ABOVE)
    while node.fold():
        pass
    if node.roster.member(node.name) is None:
        raise Refusal("sync.invitation_forged")
