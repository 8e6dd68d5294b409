"""The founding of a city: with its root key in the hub's own folder, or with one that never comes near it.

Either way the city hub may work once a record of the root admits it. Everything here may be broken off and done again.
"""

from __future__ import annotations

import msgspec

from central import enrolment, root_ceremony
from central.hub import Hub
from central.root_ceremony import ADMIT, REVOKE, VERSION, Answer, Request
from shared_models.records import Record
from shared_models.refusals import Refusal
from shared_models.roster import ADMITTED, CITY, Roster
from shared_models.signing import SEED_SIZE, SUITE, KeyPair, name_of_key, text_of
from sync_protocol.host import runtime
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import RESIDENT_KEY
from sync_protocol.host.settings import NodeSettings, keep_settings, settings_in
from sync_protocol.host.verbs import Verb
from sync_protocol.node import Node
from sync_protocol.store.log import OWN
from sync_protocol.store.vault import Entropy

ROOT = "root"
NAME_MAX = 60


def begin(folder: DataFolder, keyring: Keyring, settings: NodeSettings) -> None:
    """Sets the folder of a city hub up, unless it is already. Raises Refusal central.founded_already,
    central.city_area, central.node_name_missing."""
    if not (settings.area.isascii() and settings.area.isdigit() and len(settings.area) == 4):
        raise Refusal("central.city_area")
    if not settings.name.strip() or len(settings.name) > NAME_MAX:
        raise Refusal("central.node_name_missing", most=NAME_MAX)
    kept = settings_in(folder)
    if kept is not None and kept.joined:
        raise Refusal("central.founded_already", name=kept.name)
    if kept is None:
        runtime.initialise(folder, keyring, settings)


def found(folder: DataFolder, keyring: Keyring, settings: NodeSettings, entropy: Entropy) -> None:
    """Founds a city in one step: its root key is made here, and rests in the folder until somebody takes it away.
    Raises Refusal as `begin`."""
    begin(folder, keyring, settings)
    root = KeyPair.from_seed(_secret(keyring, ROOT, entropy))
    settings = msgspec.structs.replace(settings, root_key=text_of(root.public))
    resident_key = _secret(keyring, RESIDENT_KEY, entropy)
    opened = runtime.open_runtime(folder, keyring, settings, resident_key, litestream=False)
    try:
        if opened.node.roster.member(opened.node.name) is None:
            enrolment.found_city(opened.node, root, settings.area, settings.name, entropy)
    finally:
        opened.close()
    keep_settings(folder, settings)


def _secret(keyring: Keyring, name: str, entropy: Entropy) -> bytes:
    """32 bytes kept under `name`, made where there are none."""
    kept = keyring.get_secret(name)
    if kept is None:
        kept = entropy(SEED_SIZE)
        keyring.put_secret(name, kept)
    return kept


# ---------------------------------------------------------------- what the root is asked


def first_request(keyring: Keyring, settings: NodeSettings, now_ms: int) -> bytes:
    """The request of a city hub that no root has admitted yet."""
    pair = keyring.node_key()
    key = text_of(pair.public)
    node = name_of_key(pair.public)
    asked = Request(key, settings.area, ADMIT, "", key, settings.name, node, "", "", 0, SUITE, now_ms, VERSION)
    return root_ceremony.request_bytes(asked, pair)


class AskRoot(msgspec.Struct, frozen=True):
    """`node` is the name of the city hub that shall be revoked."""

    node: str


class RequestMade(msgspec.Struct, frozen=True):
    """The bytes of the request file, and the same in words, Chinese and English."""

    content: bytes
    words: tuple[str, str]


def revocation_request(hub: Hub, asked: AskRoot) -> RequestMade:
    """A request to revoke a city hub: what is held of it here stays good. Raises Refusal roster.unknown_node,
    root.only_the_city."""
    node = hub.node
    member = node.roster.member(asked.node)
    if member is None:
        raise Refusal("roster.unknown_node", node=asked.node[:40])
    if member.tier != CITY or not hub.is_city:
        raise Refusal("root.only_the_city")
    with node.read() as db:
        known = node.log.incarnations(db, member.node)
        said = node.log.incarnations(db, node.roster.root)
    incarnation, seq = (known[-1].name, known[-1].head.seq) if known else ("", 0)
    request = Request(
        text_of(node.keys.public), member.area, REVOKE, incarnation, member.key, member.name, member.node,
        said[-1].head.id if said else "", node.roster.root, seq, SUITE, hub.now_ms(), VERSION,
    )  # fmt: skip
    return RequestMade(root_ceremony.request_bytes(request, node.keys), root_ceremony.in_words(request))


# ---------------------------------------------------------------- what it answered


class AdmitAnswer(msgspec.Struct, frozen=True):
    content: bytes


class AnswerAdmitted(msgspec.Struct, frozen=True):
    """`root` = name of the root that signed; `kind` of its record; `node` that it is about, and its place's `name`."""

    root: str
    kind: str
    node: str
    name: str


def admit_first(folder: DataFolder, keyring: Keyring, content: bytes, entropy: Entropy) -> AnswerAdmitted:
    """Takes in the answer that admits this hub, with which it may start. May be repeated. Raises Refusal
    sync.not_initialised, root.answer_for_another and as `root_ceremony`."""
    settings = settings_in(folder)
    if settings is None:
        raise Refusal("sync.not_initialised")
    answer = root_ceremony.answer_in(content)
    record = root_ceremony.record_in(answer)
    settings = msgspec.structs.replace(settings, root_key=answer.root_key)
    resident_key = _secret(keyring, RESIDENT_KEY, entropy)
    me = name_of_key(keyring.node_key().public)
    _check_first(answer, record, settings, me)
    opened = runtime.open_runtime(folder, keyring, settings, resident_key, litestream=False)
    try:
        _take_in(opened.node, record)
    finally:
        opened.close()
    keep_settings(folder, settings)
    return AnswerAdmitted(record.header.node, record.header.kind, me, settings.name)


def _check_first(answer: Answer, record: Record, settings: NodeSettings, me: str) -> None:
    """Refuses an answer that does not admit the hub `me` as the hub of its city, before anything is kept."""
    rooted = Roster.rooted(settings.root, settings.area)
    member = rooted.apply(record).member(me) if record.header.kind == ADMITTED else None
    if member is None or (member.tier, member.area, member.name) != (CITY, settings.area, settings.name):
        raise Refusal("root.answer_for_another")


def admit_answer(hub: Hub, asked: AdmitAnswer) -> AnswerAdmitted:
    """Takes in a later record of the root. Raises Refusal root.other_root, those of `root_ceremony` and `roster`."""
    answer = root_ceremony.answer_in(asked.content)
    record = root_ceremony.record_in(answer)
    node = hub.node
    if record.header.node != node.roster.root:
        raise Refusal("root.other_root", asked=node.roster.root, root=record.header.node)
    _take_in(node, record)
    about = str(record.value().get("node", ""))
    member = node.roster.member(about)
    return AnswerAdmitted(record.header.node, record.header.kind, about, member.name if member else "")


def _take_in(node: Node, record: Record) -> None:
    intake = node.take_in([record], OWN)
    if intake.refused is not None:
        raise Refusal(intake.refused.code, node=record.header.node, area=record.header.area)
    while node.fold():
        pass


VERBS = {
    "root-admit": Verb(AdmitAnswer, AnswerAdmitted, admit_answer),
    "root-request": Verb(AskRoot, RequestMade, revocation_request),
}
