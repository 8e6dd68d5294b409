"""The operator's verbs: what `tongban-hub` can be told to do, each as one function from a request to an answer.

The same function runs in the command's own process, where the hub does not run, and in the running hub, where it does
(see `sync_protocol.host.operator`). Requests and answers are JSON; bytes in them are base64.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from central import (
    auditing,
    clerks,
    enrolment,
    erasure_report,
    exports,
    founding,
    halting,
    held_verbs,
    importing,
    issuing,
    node_life,
    publishing,
    reviewing,
    sampling,
)
from central.catalogue_files import read_files
from central.hub import Hub
from central.import_report import EVERY, KeptReport
from central.node_life import OPERATOR, Life
from shared_models import identifiers
from shared_models.catalogue import ERROR
from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol.commands import NOTHING_OWN
from sync_protocol.core.joining import Invitation
from sync_protocol.host import key_life, people, stick_verbs, verbs
from sync_protocol.host.people import NewAccount, People, Person
from sync_protocol.host.verbs import Verb
from sync_protocol.store import knowledge, listening, receipts, state
from sync_protocol.store.database import Connection
from sync_protocol.wire.turns import Load

ROLES = ("officer", "supervisor", "admin", "issuer")
"""What an account may be: 审批人员, 监督员, 管理员, 核验信息出具人员."""
NAME_MAX = 60
ADDRESS_MAX = 200


# ---------------------------------------------------------------- nodes


class Invite(msgspec.Struct, frozen=True):
    """`address` is what the new node connects to, "" for the one that this hub listens on."""

    area: str
    name: str
    address: str = ""


class Invited(msgspec.Struct, frozen=True):
    text: str
    area: str
    tier: str
    name: str
    address: str


def invite(hub: Hub, asked: Invite) -> Invited:
    """A one-time invitation. Raises Refusal identifiers.division, central.node_name_missing, address_malformed,
    sync.invitation_outside."""
    area = identifiers.division(asked.area)
    name = asked.name.strip()
    if not name or len(name) > NAME_MAX:
        raise Refusal("central.node_name_missing", most=NAME_MAX)
    address = (asked.address.strip() or hub.runtime.settings.address).rstrip("/")
    if not address.startswith(("http://", "https://")) or len(address) > ADDRESS_MAX or not address.isprintable():
        raise Refusal("central.address_malformed")
    root, tier = hub.runtime.settings.root, enrolment.tier_of_area(area)
    invitation: Invitation = enrolment.invite(hub.node, area, tier, name, address, root, hub.entropy)
    return Invited(invitation.text(), area, tier, name, address)


class Revoke(msgspec.Struct, frozen=True):
    """`node` is a node's name (16 characters)."""

    node: str


class Revoked(msgspec.Struct, frozen=True):
    """Everything up to `seq` of `incarnation` is trusted; "" and 0 where the node never delivered anything."""

    node: str
    name: str
    incarnation: str
    seq: int


def revoke(hub: Hub, asked: Revoke, actor: str = OPERATOR) -> Revoked:
    """Revokes a node below this hub: what is held of it stays good, what comes later has no effect.

    Raises Refusal roster.unknown_node, roster.outside_grant, central.node_revoked_already."""
    member = hub.node.roster.member(asked.node)
    if member is None:
        raise Refusal("roster.unknown_node", node=asked.node[:40])
    if member.revoked:
        raise Refusal("central.node_revoked_already", name=member.name)
    with hub.node.read() as db:
        known = hub.node.log.incarnations(db, member.node)
    incarnation, seq = (known[-1].name, known[-1].head.seq) if known else ("", 0)
    hub.node.write(enrolment.Revoke(member.node, incarnation, seq, actor))
    return Revoked(member.node, member.name, incarnation, seq)


# ---------------------------------------------------------------- catalogue and calendar


class File(msgspec.Struct, frozen=True):
    name: str
    content: bytes


class Import(msgspec.Struct, frozen=True):
    """`decision` is what is done with the files once they are read (see `import_report`), `told` how many changes of an
    import that then waits are told."""

    files: tuple[File, ...]
    decision: str = EVERY
    told: int = 0


def import_catalogue(hub: Hub, asked: Import) -> KeptReport:
    """Raises Refusal as `importing.import_files`."""
    files = [(file.name, file.content) for file in asked.files]
    report = importing.import_files(hub.node, files, asked.decision)
    with hub.node.read() as db:
        return replace(report, changes=importing.changes_ahead(db, report, asked.told))


class DecideImport(msgspec.Struct, frozen=True):
    """What to do with the import that waits; `number` is that which was looked at, 0 = whichever waits."""

    decision: str
    number: int = 0


def decide_import(hub: Hub, asked: DecideImport) -> KeptReport:
    """Raises Refusal as `importing.decide`."""
    return importing.decide(hub.node, asked.decision, asked.number)


class Publish(msgspec.Struct, frozen=True):
    """`withdrawn`: codes of items that leave the catalogue; `effective`: the day from whose beginning the version is in
    force (2026-12-01), "" = at once."""

    withdrawn: tuple[str, ...] = ()
    effective: str = ""


class Published(msgspec.Struct, frozen=True):
    """A version as published, and since or from when it is in force."""

    number: int
    items: int
    effective_ms: int


def publish(hub: Hub, asked: Publish, actor: str = OPERATOR) -> Published:
    """Raises Refusal as `publishing.publish`, and central.effective_malformed."""
    try:
        effective = date.fromisoformat(asked.effective) if asked.effective else None
    except ValueError:
        raise Refusal("central.effective_malformed", value=asked.effective[:20]) from None
    number = publishing.publish(hub.node, actor, asked.withdrawn, effective)
    with hub.node.read() as db:
        version = knowledge.version(db, number)
    return Published(number, len(version.items), version.effective_ms) if version else Published(number, 0, 0)


class PublishBase(msgspec.Struct, frozen=True):
    """`withdrawn`: basic codes that leave the base list."""

    files: tuple[File, ...]
    withdrawn: tuple[str, ...] = ()


class BaseReport(msgspec.Struct, frozen=True):
    """The base list as published: its number and entries, how many are new or other, how many left."""

    number: int
    entries: int
    set: int
    removed: int


def publish_base(hub: Hub, asked: PublishBase, actor: str = OPERATOR) -> BaseReport:
    """Raises Refusal as `catalogue_files.read_files` and `publishing.publish_base`; central.base_faulty."""
    report = read_files([(file.name, file.content) for file in asked.files]) if asked.files else None
    wrong = [fault for fault in report.faults if fault.severity == ERROR and not fault.item] if report else []
    if wrong:
        raise Refusal("central.base_faulty", sheet=wrong[0].sheet, row=wrong[0].row, reason=wrong[0].sentence(),
                      number=len(wrong))  # fmt: skip
    entries = report.base if report else ()
    return BaseReport(*publishing.publish_base(hub.node, entries, actor, asked.withdrawn))


class PublishCalendar(msgspec.Struct, frozen=True):
    value: dict[str, Any]


class Done(msgspec.Struct, frozen=True):
    """There is nothing to add."""


def publish_calendar(hub: Hub, asked: PublishCalendar) -> Done:
    """Raises Refusal as `publishing.publish_calendar`."""
    publishing.publish_calendar(hub.node, asked.value, OPERATOR)
    return Done()


# ---------------------------------------------------------------- people


AddAccount = NewAccount


def check_roles(roles: Sequence[str], department: str) -> tuple[str, ...]:
    """The roles of a hub's account, in order. Raises Refusal central.role_unknown, central.department_needed."""
    if not roles or set(roles) - set(ROLES):
        raise Refusal("central.role_unknown", known="、".join(ROLES))
    if "issuer" in roles and not department:
        raise Refusal("central.department_needed")
    return tuple(role for role in ROLES if role in roles)


def people_of(hub: Hub) -> People:
    """The accounts of a hub."""
    return People(hub.node.database, check_roles, hub.now_ms, hub.entropy, hub.runtime.end_keys)


def add_account(hub: Hub, asked: NewAccount) -> Person:
    """Raises Refusal as `people.People.add`."""
    return people_of(hub).add(asked)


class AddIssuer(msgspec.Struct, frozen=True):
    """`facts`: code -> name."""

    department: str
    name: str
    facts: dict[str, str]


class IssuerAdded(msgspec.Struct, frozen=True):
    did: str
    department: str
    name: str
    facts: tuple[str, ...]


def add_issuer(hub: Hub, asked: AddIssuer) -> IssuerAdded:
    """Raises Refusal as `issuing.admit_issuer`."""
    issuer = issuing.admit_issuer(hub, asked.department, asked.name, asked.facts, OPERATOR)
    return IssuerAdded(issuer.did, issuer.department, issuer.name, issuer.facts)


# ---------------------------------------------------------------- status


class ChildStatus(msgspec.Struct, frozen=True):
    """`journal` = how far this hub holds the child's journal; `contact_ms` = 0 where it was never heard; `life` = how
    its key stands; `version_since_ms` = since when it says that it runs its catalogue version, 0 = not known."""

    node: str
    area: str
    name: str
    tier: str
    catalogue_version: int
    contact_ms: int
    journal: int
    revoked: bool
    life: Life
    version_since_ms: int = 0


class Status(msgspec.Struct, frozen=True):
    """`incarnation` = the last one opened; `journal` = the end of this hub's own journal; `acknowledged` and `upstream`
    = how far its parent, and the parent's parent, hold it (all of it at the city, which has nobody above)."""

    node: str
    area: str
    tier: str
    name: str
    incarnation: str
    catalogue_version: int
    journal: int
    acknowledged: int
    upstream: int
    waiting_to_fold: int
    damage: list[dict[str, str | int]]
    load: Load
    children: list[ChildStatus]


class AskStatus(msgspec.Struct, frozen=True):
    """Nothing to say."""


def status(hub: Hub, asked: AskStatus) -> Status:
    """How the hub stands, without any personal data."""
    node, me = hub.node, hub.me
    with node.read() as db:
        end = node.log.journal_end(db).position
        standing = receipts.standing(db)
        latest = knowledge.latest_number(db)
        children = children_in(hub, db)
        opened: str = state.get(db, "last_own", NOTHING_OWN)["incarnation"]
    acknowledged, upstream = (end, end) if hub.is_city else (standing.journal, standing.upstream)
    damage: list[dict[str, str | int]] = [
        {"position": bad.position, "id": bad.id, "what": bad.what} for bad in hub.runtime.damage
    ]
    return Status(
        node.name, me.area, me.tier, me.name, opened, latest, end, acknowledged, upstream,
        node.waiting_to_fold(), damage, hub.runtime.sync_server.load(), children,
    )  # fmt: skip


def children_in(hub: Hub, db: Connection) -> list[ChildStatus]:
    """The nodes whose parent is this hub, revoked ones included, by area."""
    heard, counts = knowledge.contacts(db), listening.counts(db)
    members = [member for member in hub.node.roster.members.values() if member.parent == hub.node.name]
    return [
        _child(db, member, heard.get(member.node), node_life.life_of(member, counts))
        for member in sorted(members, key=lambda m: (m.area, m.node))
    ]


class Left(NamedTuple):
    """A node that delivered to this hub up to `journal` and belongs to another one by now."""

    member: Member
    parent: str
    journal: int


def left_from(hub: Hub, db: Connection) -> list[Left]:
    """The nodes that moved away from this hub, by area. What they delivered here stays."""
    roster = hub.node.roster
    found = []
    for name in receipts.children(db):
        member = roster.member(name)
        if member is not None and member.parent != hub.node.name:
            parent = roster.member(member.parent)
            found.append(Left(member, parent.name if parent else member.parent, receipts.last_point(db, name).position))
    return sorted(found, key=lambda each: (each.member.area, each.member.node))


def _child(db: Connection, member: Member, contact: knowledge.Contact | None, life: Life) -> ChildStatus:
    catalogue, at_ms, since_ms = (contact.catalogue, contact.at_ms, contact.since_ms) if contact else (0, 0, 0)
    journal = receipts.last_point(db, member.node).position
    return ChildStatus(
        member.node, member.area, member.name, member.tier, catalogue, at_ms, journal, member.revoked, life, since_ms
    )  # fmt: skip


# ---------------------------------------------------------------- both ways


VERBS = {
    **people.verbs_at(people_of),
    **founding.VERBS,
    **erasure_report.VERBS,
    **node_life.VERBS,
    **held_verbs.VERBS,
    **stick_verbs.verbs_at(lambda hub: hub.runtime),
    **key_life.verbs_at(lambda hub: hub.runtime),
    **clerks.VERBS,
    **sampling.VERBS,
    **auditing.VERBS,
    **exports.VERBS,
    **halting.VERBS,
    **reviewing.VERBS,
    "calendar-publish": Verb(PublishCalendar, Done, publish_calendar, signs=True),
    "catalogue-base": Verb(PublishBase, BaseReport, publish_base, signs=True),
    "catalogue-decide": Verb(DecideImport, KeptReport, decide_import),
    "catalogue-import": Verb(Import, KeptReport, import_catalogue),
    "catalogue-publish": Verb(Publish, Published, publish, signs=True),
    "invite": Verb(Invite, Invited, invite),
    "issuer-add": Verb(AddIssuer, IssuerAdded, add_issuer, signs=True),
    "revoke": Verb(Revoke, Revoked, revoke, signs=True),
    "status": Verb(AskStatus, Status, status),
}


def perform(hub: Hub, name: str, body: bytes) -> bytes:
    """Carries out a verb, as `verbs.perform`."""
    return verbs.perform(VERBS, hub, name, body)
