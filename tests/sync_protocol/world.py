"""Three tiers in one process, without a network: real nodes on real files, flows driven by lists."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from central import enrolment
from shared_models import cases
from shared_models.cases import Application, Deadline, ItemTerms, Material, Resident
from shared_models.identifiers import case_number
from shared_models.roster import CITY, DISTRICT, STATION
from shared_models.signing import KeyPair, derive
from shared_models.trust import key_mark
from sync_protocol.child_side import ChildSide
from sync_protocol.commands import CaseCommand
from sync_protocol.core.frames import Flow, Prepared, Run
from sync_protocol.core.joining import request_to_join
from sync_protocol.core.messages import Message
from sync_protocol.core.session import Session, State
from sync_protocol.node import MIGRATIONS, Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import case_files, drafts, invitations
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.database import Database
from sync_protocol.store.pulls import PULLS_A_DAY
from sync_protocol.store.vault import Vault
from sync_protocol.wire.joining import admit_self

START_MS = 1_795_000_000_000
CITY_AREA, DISTRICT_AREA, STATION_AREA, HALL_AREA = "5116", "511602", "511602001001", "511602101"


@dataclass
class Place:
    """A node with what belongs to it; `restart` closes it and opens it again as a new process would. `known` = the
    critical kinds that its program understands."""

    name: str
    area: str
    tier: str
    folder: Path
    world: World
    keys: KeyPair
    node: Node = field(init=False)
    attachments: Attachments = field(init=False)
    parent: Place | None = None
    counter: int = 0
    known: frozenset[str] = cases.CRITICAL_KNOWN
    later: tuple[KeyPair, ...] = ()
    """The keys after the first one, as they are kept beside the database."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()

    @property
    def path(self) -> Path:
        return self.folder / "tongban.db"

    def start(self) -> None:
        world = self.world
        database = Database(
            self.path, litestream=False, migrations=[*MIGRATIONS, drafts.migrations, invitations.migrations]
        )
        vault = Vault(derive(self.keys.seed, "storage"), world.entropy)
        root = world.root.public
        hub = self.tier != STATION
        self.node = Node(
            database, vault, self.keys, root, CITY_AREA, hub=hub, now=world.now, entropy=world.entropy,
            known=self.known, pulls_a_day=world.pulls_a_day, later=self.later,
        )  # fmt: skip
        self.attachments = Attachments(self.folder / "attachments", vault)

    def stop(self) -> None:
        self.node.database.close()

    def restart(self) -> None:
        self.stop()
        self.start()
        self.node.open()

    def rotate(self) -> None:
        """Takes another key, as `rotate-key` does."""
        self.node.rotate(KeyPair.from_seed(self.world.entropy(32)))
        self.later = self.node.pairs[1:]

    def child_side(self) -> ChildSide:
        assert self.parent is not None
        return ChildSide(self.node, self.parent.node.name, self.parent.keys.public, self.attachments)

    def parent_side(self) -> ParentSide:
        """The parent's half of sync with this place."""
        assert self.parent is not None
        member = self.parent.node.roster.member(self.node.name)
        assert member is not None
        hub = self.parent.node
        known = self.node.roster.members[hub.name]
        keys = hub.pair_known_as(key_mark(known.public, hub.name))
        return ParentSide(hub, member, self.parent.attachments, keys=keys)

    def sync(self) -> None:
        """Delivers, follows and sends attachments until nothing moves, through a Session at either end."""
        assert self.parent is not None
        parent = self.parent_side()
        side = self.child_side()
        for flow in (side.deliver(), side.follow(), side.follow(), side.exchange_files()):
            run(flow, parent.answer)
            self.settle()
            self.parent.settle()

    def settle(self) -> None:
        while self.node.fold():
            pass

    def accept(self, *, home: str = DISTRICT, missing: bool = False, name: str = "王小明", photo: bytes = b"") -> str:
        """Accepts (or gives notice of) one application here; gives its number."""
        self.counter += 1
        number = case_number(self.area, datetime.date(2026, 11, 23), self.node.incarnation, self.counter)
        application = sample_application(number, home=home, missing=missing, name=name, station=self.name)
        if photo:
            with_photo = self._photographed(application.materials[0], photo)
            application = msgspec.structs.replace(application, materials=(with_photo, *application.materials[1:]))
        command = cases.GiveNotice(application) if missing else cases.Accept(application)
        self.node.write(CaseCommand(number, command, "clerk-1"))
        return number

    def _photographed(self, material: Material, photo: bytes) -> Material:
        row = self.attachments.put(photo, "image/jpeg")
        self.node.database.write(lambda db: self.attachments.note(db, [row]))
        picture = cases.Attachment(row.hash, row.size, row.media_type, "照片.jpg")
        return msgspec.structs.replace(material, attachments=(picture,))

    def photo(self, name: str) -> bytes | None:
        """The file of that hash as this place holds it, None while it is not whole here."""
        with self.node.read() as db:
            row = self.attachments.row(db, name)
        return b"".join(self.attachments.read(row)) if row is not None and row.whole else None

    def case(self, number: str) -> cases.CaseFile | None:
        with self.node.read() as db:
            card = case_files.load(db, self.node.vault, number)
        return card.case if card else None


def run(flow: Flow, answer: Callable[[Message], list[Message]]) -> None:
    """Drives a flow against a parent through two sessions joined back to back, bytes in small cuts."""
    child, hub = Session(), Session()
    child.state = hub.state = State.OPEN
    request = next(flow, None)
    while request is not None:
        sent = list(islice(request.begin(), 3)) if isinstance(request, Run) else [request]
        answers = [answered for asked in carry(child, hub, sent) for answered in answer(asked)]
        received = carry(hub, child, answers)
        try:
            request = flow.send(received)
        except StopIteration:
            return


def carry(sender: Session, receiver: Session, messages: Sequence[Message | Prepared]) -> list[Message]:
    data = b"".join(sender.send(message) for message in messages)
    for place in range(0, len(data), 700):
        receiver.receive(data[place : place + 700])
    found: list[Message] = []
    while (message := receiver.next_message()) is not None:
        found.append(message)
    receiver.end()
    return found


class World:
    """A city, a district, a community station and a township hall, admitted by invitation."""

    pulls_a_day = PULLS_A_DAY

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.ms = START_MS
        self.folder = folder
        self.root = KeyPair.from_seed(self.entropy(32))
        self.resident_key = self.entropy(32)
        self.places: list[Place] = []
        self.city = self._place("city", CITY_AREA, CITY)
        enrolment.found_city(self.city.node, self.root, CITY_AREA, "广安市", self.entropy)
        self.city.node.open()
        self.district = self.join("district", DISTRICT_AREA, DISTRICT, self.city)
        self.station = self.join("station", STATION_AREA, STATION, self.district)
        self.hall = self.join("hall", HALL_AREA, STATION, self.district)

    def entropy(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def now(self) -> int:
        self.ms += 7
        return self.ms

    def _place(self, name: str, area: str, tier: str) -> Place:
        place = Place(name, area, tier, self.folder / name, self, KeyPair.from_seed(self.entropy(32)))
        self.places.append(place)
        return place

    def join(self, name: str, area: str, tier: str, parent: Place) -> Place:
        """One more place, admitted by its parent and open."""
        place = self._place(name, area, tier)
        invitation = enrolment.invite(
            parent.node, area, tier, name, "http://127.0.0.1:1", self.root.public, self.entropy
        )
        request = request_to_join(place.keys, invitation)
        admit_self(place.node, enrolment.accept(parent.node, request, self.resident_key, self.entropy))
        place.parent = parent
        place.node.open()
        return place

    def sync_all(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            for place in (self.station, self.hall, self.district):
                place.sync()

    def close(self) -> None:
        for place in self.places:
            place.stop()


def sample_application(
    number: str, *, home: str = DISTRICT, missing: bool = False, name: str = "王小明", station: str = "站"
) -> Application:
    item = ItemTerms("1" * 31, "最低生活保障金给付", 1, "h", home, "mz", "民政局", 20)
    resident = Resident(name, "511602199001011237", "1990-01-01", "male", "13800000000", "浓洄街道1号")
    state = cases.MISSING if missing else cases.RECEIVED
    materials = (
        Material("id", "居民身份证", True, True, cases.RECEIVED, "A"),
        Material("income", "收入证明", True, True, state, "B"),
    )
    return Application(
        number=number, query_code="ABCD-EFGH", item=item, situation="s1", situation_name="首次申请", resident=resident,
        fields={}, materials=materials, day="2026-11-23", deadline=Deadline("2026-12-21"), station_name=station,
    )  # fmt: skip
