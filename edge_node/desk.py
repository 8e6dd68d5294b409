"""The desk: turns what a clerk entered into commands, without a web and without a line.

Everything is judged by what this node holds: the catalogue version in force, the attestations delivered so far, the
working calendar, the cases taken in before. `check` says everything about an entry and writes nothing; `accept` and
`give_notice` write it. A case number is allotted inside the transaction that keeps the case: it is the record's own
place in its incarnation, so that it can never be given twice, whatever was restored, copied or broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import date

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from edge_node import known as knowing
from edge_node.entry import Entry, Fault, Reading
from edge_node.evidence import Held, barred, held_of, waived
from edge_node.known import Known, Relative
from edge_node.shelf import Catalogue, Shelf
from shared_models import attestations, cases, catalogue, deadlines, identifiers, signing
from shared_models.catalogue import Item, Situation, questions
from shared_models.deadlines import Calendar
from shared_models.identifiers import QUERY_BYTES, ResidentId
from shared_models.records import Draft, Record
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand, View
from sync_protocol.host.files import refusal_of
from sync_protocol.node import Node
from sync_protocol.store import case_files, erasures, intakes, state
from sync_protocol.store.attachments import AttachmentRow, Attachments
from sync_protocol.store.case_files import CaseRow
from sync_protocol.store.database import Connection
from sync_protocol.store.vault import Entropy

UNKNOWN_CALENDAR = Calendar(deadlines.DAY_FIRST, frozenset(), frozenset())
"""Before a calendar has arrived every deadline is provisional."""
NOTICE_DAYS = 15
"""Working days within which a one-time notice asks for what is missing. What comes later is taken in as well."""
OPEN = frozenset({"notified", "accepted", "decided"})

EARLIER, TWICE = 20, 5
"""How many of a resident's latest cases are looked at for what may be offered, and for a form that was sent twice."""

NO_ANSWERS: Mapping[str, str] = {}
"""The situation was chosen from the list."""

Taking = Callable[[cases.Application], cases.Accept | cases.GiveNotice | cases.Decline]


@dataclass(frozen=True)
class Intake:
    """What one situation of an item asks for, and when it would be due if it were accepted today. `item` has only the
    materials and fields that may be asked for after `answers`; `said` = these in words, `answer_faults` what is wrong
    with them."""

    shelf: Shelf
    item: Item
    situation: Situation
    materials: tuple[catalogue.Material, ...]
    day: date
    due: deadlines.Deadline
    answers: Mapping[str, str] = field(default_factory=dict)
    said: tuple[questions.Said, ...] = ()
    answer_faults: tuple[Refusal, ...] = ()

    @property
    def terms(self) -> cases.ItemTerms:
        """What the case keeps of the item. Raises Refusal desk.item_incomplete."""
        item = self.item
        if item.promised_days is None or item.home not in cases.HOMES:
            raise Refusal("desk.item_incomplete", item=item.name)
        return cases.ItemTerms(
            item.code, item.name, self.shelf.number, self.shelf.hashes[item.code], item.home, item.department.code,
            item.department.name, item.promised_days, item.result.name,
        )  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """All that can be said of an entry. `application` has no number yet; None while there are faults.

    `missing` are the required materials that were not handed in; `waived` goes by the material's code; `twins` are
    open cases of the same resident and item at this node, a hint and no more; `known` is what may be taken over from
    earlier cases."""

    intake: Intake
    entry_id: str
    entry: Entry
    resident: ResidentId | None
    held: tuple[Held, ...]
    waived: Mapping[str, Held]
    materials: tuple[cases.Material, ...]
    faults: list[Fault]
    known: Known
    twins: tuple[CaseRow, ...]
    application: cases.Application | None

    @property
    def missing(self) -> tuple[cases.Material, ...]:
        return tuple(m for m in self.materials if m.required and m.state == cases.MISSING)


class Desk:
    """The desk of one station. `resident_key` is the city's key for pseudonyms; `contact` gives the time of the last
    contact of this process (ms, 0 = none yet); `now` and `entropy` are clock and randomness."""

    def __init__(
        self,
        node: Node,
        attachments: Attachments,
        resident_key: bytes,
        *,
        now: Callable[[], int],
        entropy: Entropy,
        contact: Callable[[], int] = lambda: 0,
    ) -> None:
        self._node = node
        self._attachments = attachments
        self._resident_key = resident_key
        self._now = now
        self._entropy = entropy
        self._contact = contact
        self._catalogue = Catalogue(node, now)
        self._entry_key = signing.derive(node.first.seed, "query codes")

    # ------------------------------------------------------------ finding

    @property
    def today(self) -> date:
        return deadlines.local_day(self._now())

    def shelf(self) -> Shelf:
        """The catalogue in force."""
        return self._catalogue.shelf()

    def catalogue_number(self) -> int:
        """The number of the catalogue version in force, 0 before the first."""
        return self._catalogue.number()

    def stopped(self, items: Iterable[Item]) -> dict[str, Refusal]:
        """Of these items, those that are not to be applied for now, and why."""
        shelf, now_ms = self.shelf(), self._now()
        found = {item.code: shelf.stopped(item.code, now_ms) for item in items}
        return {code: why for code, why in found.items() if why is not None}

    def find(self, text: str) -> list[Item]:
        """Items by name, pinyin initials, everyday word or code, best first."""
        return self.shelf().find(text)

    def intake(self, item_code: str, situation: str, answers: Mapping[str, str] = NO_ANSWERS) -> Intake:
        """What is needed, after the answers to the item's questions. Raises Refusal desk.no_catalogue,
        desk.item_unknown, catalogue.unknown_situation, and those of an item that is suspended or cancelled."""
        shelf = self.shelf()
        whole = shelf.item(item_code)
        if (stopped := shelf.stopped(item_code, self._now())) is not None:
            raise stopped
        item = questions.narrowed(whole, answers)
        materials = catalogue.needed(item, situation)
        chosen = next(each for each in item.situations if each.code == situation)
        due = deadlines.due(self.calendar(), self.today, item.promised_days or 0)
        said = questions.said(whole, answers)
        faults = tuple(questions.faults_of(whole, situation, answers))
        return Intake(shelf, item, chosen, materials, self.today, due, answers, said, faults)

    def calendar(self) -> Calendar:
        """The working calendar that the city published; before it has come, one that knows no year."""
        with self._node.read() as db:
            value = state.get(db, "calendar")
        try:
            return deadlines.calendar_of(value)
        except Refusal:  # none yet, or one that this program cannot read: the counter stays open
            return UNKNOWN_CALENDAR

    # ------------------------------------------------------------ the resident

    def check_resident(self, id_number: str) -> ResidentId:
        """The resident id in what was typed or scanned. Raises Refusal `identifiers.resident_id_…`."""
        return identifiers.resident_id(id_number, self.today)

    def pseudonym(self, resident: ResidentId) -> str:
        return attestations.resident_pseudonym(self._resident_key, resident.number)

    def held_attestations(self, pseudonym: str) -> tuple[Held, ...]:
        """What departments have attested about a resident, verified offline, as of today and the last contact."""
        return held_of(self._node, pseudonym, self.today, self._contact())

    def cases_of(self, resident: ResidentId, most: int = 50) -> list[CaseRow]:
        """The resident's latest cases at this node, newest first."""
        with self._node.read() as db:
            return case_files.rows_of_resident(db, self._node.vault, resident.number, most)

    def known_of(self, intake: Intake, resident: ResidentId, earlier: Sequence[CaseRow]) -> Known:
        """What the resident's `earlier` cases offer on this form."""
        with self._node.read() as db:
            return knowing.known_of(
                db, self._node, self._attachments, resident.number, earlier, intake.item, intake.materials, intake.day
            )

    def relatives_of(self, resident: ResidentId, earlier: Sequence[CaseRow]) -> tuple[Relative, ...]:
        """Who acted for the resident in `earlier` cases, and those of the family for whom the resident acted."""
        with self._node.read() as db:
            return knowing.relatives(db, self._node.vault, resident.number, earlier)

    # ------------------------------------------------------------ an entry

    def check(self, item_code: str, situation: str, entry: Entry, entry_id: str = "") -> Checked:
        """Everything about an entry, without writing anything. `entry_id` names one filling-in of the form: sent
        twice, it is one case. Raises Refusal as `intake`, and desk.item_incomplete."""
        intake = self.intake(item_code, situation, entry.answers)
        reading = Reading(intake.day)
        reading.faults += [("answers", refusal) for refusal in intake.answer_faults]
        resident = reading.resident_id(entry)
        pseudonym = self.pseudonym(resident) if resident else ""
        held = self.held_attestations(pseudonym) if resident else ()
        earlier = self.cases_of(resident, EARLIER) if resident else []
        known = self.known_of(intake, resident, earlier) if resident else knowing.NOTHING
        stand_in = waived(intake.materials, held)
        name, phone, address = reading.name(entry), reading.phone(entry), reading.address(entry)
        fields = reading.fields(entry, intake.item.fields)
        ids = {code: each.id for code, each in stand_in.items()}
        materials = reading.materials(entry, intake.materials, ids, known.papers, tolerant=intake.item.tolerant)
        agent = reading.agent(entry.agent, resident.number if resident else "")
        promise = self._promise(reading, intake, entry, materials, held)
        application = None
        if resident is not None and not reading.faults:
            who = cases.Resident(
                name, resident.number, resident.birth.isoformat(), resident.sex, phone, address, pseudonym
            )
            application = self._application(intake, who, fields, materials, promise, agent, entry_id)
        twins = tuple(row for row in earlier if row.item == intake.item.code and row.status in OPEN)
        return Checked(
            intake, entry_id, entry, resident, held, stand_in, materials, reading.faults, known, twins, application
        )  # fmt: skip

    def _application(
        self,
        intake: Intake,
        resident: cases.Resident,
        fields: dict[str, str],
        materials: tuple[cases.Material, ...],
        promise: cases.Promise | UnsetType,
        agent: cases.Agent | UnsetType,
        entry_id: str,
    ) -> cases.Application:
        draw = signing.keyed_hash(self._entry_key, entry_id.encode()) if entry_id else self._entropy(QUERY_BYTES)
        return cases.Application(
            number="",
            query_code=identifiers.query_code(draw[:QUERY_BYTES]),
            item=intake.terms,
            situation=intake.situation.code,
            situation_name=intake.situation.name,
            resident=resident,
            fields=fields,
            materials=materials,
            day=intake.day.isoformat(),
            deadline=cases.Deadline(intake.due.day.isoformat(), intake.due.provisional),
            station_name=self._node.member.name,
            promise=promise,
            answers=tuple(cases.Said(*each) for each in intake.said) or UNSET,
            agent=agent,
        )

    def _promise(
        self, reading: Reading, intake: Intake, entry: Entry, materials: Sequence[cases.Material], held: Iterable[Held]
    ) -> cases.Promise | UnsetType:
        """What is promised comes within the promised limit of the case; UNSET where nothing is promised."""
        promised = [material.code for material in materials if material.state == cases.PROMISED]
        if not promised:
            return UNSET
        bar = barred(held)
        if bar is not None and bar.attestation is not None:
            reading.fault(f"material.{promised[0]}", Refusal("desk.promise_barred", issuer=bar.attestation.issuer_name))
        days = reading.promise_days(entry, intake.item.promised_days or 0)
        due = deadlines.due(self.calendar(), intake.day, days)
        return cases.Promise(due.day.isoformat(), days, due.provisional)

    def accept(self, checked: Checked, actor: str) -> str:
        """Takes the application in; durable on return. Gives the case number. Raises Refusal, then nothing is kept."""
        return self._take_in(checked, cases.Accept, cases.ACCEPTED, actor)

    def give_notice(self, checked: Checked, actor: str) -> str:
        """Names everything that is missing, once; what was promised counts as missing. Gives the case number. Raises
        Refusal, then nothing is kept."""
        until = deadlines.due(self.calendar(), checked.intake.day, NOTICE_DAYS).day.isoformat()
        return self._take_in(_for_notice(checked, until), cases.GiveNotice, cases.NOTIFIED, actor)

    def _take_in(self, checked: Checked, command: Taking, kind: str, actor: str) -> str:
        if checked.application is None:
            raise next((refusal for _, refusal in checked.faults), Refusal("desk.id_number_missing"))
        taking = TakeIn(self._node, checked.application, command, kind, actor)
        self._write(taking, checked.entry.files.values(), checked.entry_id)
        return taking.number

    # ------------------------------------------------------------ a case that stands

    def supplement(self, number: str, received: Mapping[str, tuple[cases.Attachment, ...]], actor: str) -> list[Record]:
        """Adds what was handed in later: code of a material -> its files (none, where only paper came).

        Raises Refusal cases.…, desk.material_unknown, desk.too_many_files."""
        application = self._application_of(number)
        held = {material.code: material for material in application.materials}
        if unknown := set(received) - set(held):
            raise Refusal("desk.material_unknown", material=min(unknown)[:40])
        materials = tuple(
            replace(held[code], state=cases.RECEIVED, attestation="", attachments=files)
            for code, files in received.items()
        )
        due = deadlines.due(self.calendar(), self.today, application.item.promised_days)
        deadline = cases.Deadline(due.day.isoformat(), due.provisional)
        command = cases.Supplement(materials, self.today.isoformat(), deadline)
        return self._write(CaseCommand(number, command, actor), received.values())

    def withdraw(self, number: str, reason: str, actor: str) -> list[Record]:
        return self._write(CaseCommand(number, cases.Withdraw(reason), actor))

    def deliver(self, number: str, receiver: str, actor: str) -> list[Record]:
        return self._write(CaseCommand(number, cases.Deliver(receiver), actor))

    def rate(self, number: str, grade: int, comment: str, actor: str) -> list[Record]:
        return self._write(CaseCommand(number, cases.Rate(grade, comment), actor))

    def decide(self, number: str, outcome: str, reasons: str, result: str, actor: str) -> list[Record]:
        """Concludes a case of a station-level item. Raises Refusal cases.not_your_level for any other."""
        return self._write(CaseCommand(number, cases.Decide(outcome, reasons, result), actor))

    def case(self, number: str) -> CaseRow:
        """Raises Refusal cases.unknown, erasure.done."""
        with self._node.read() as db:
            row = case_files.row(db, self._node.vault, number)
            if row is None or row.status == cases.ERASED:
                raise erasures.why_not_here(db, number)
        return row

    def _application_of(self, number: str) -> cases.Application:
        application = self.case(number).case.application
        if application is None:
            raise Refusal("cases.unknown")
        return application

    # ------------------------------------------------------------ files

    def keep_file(self, content: bytes, media_type: str, name: str) -> cases.Attachment:
        """Writes a file to disk, sealed and durable, before any record names it. Raises Refusal sync.attachment_size,
        folder.full, folder.not_writable."""
        wanted = signing.text_of(signing.digest(content))
        with self._node.read() as db:
            row = self._attachments.row(db, wanted)
        if row is None or not row.whole:
            try:
                row = self._attachments.put(content, media_type)
            except OSError as error:
                raise refusal_of(error, self._node.database.path.parent) from error
        return cases.Attachment(row.hash, row.size, media_type, name)

    def file_is_whole(self, attachment: cases.Attachment) -> bool:
        """Whether a file written earlier still has the content that its name says."""
        row = AttachmentRow(attachment.hash, attachment.size, attachment.media_type, attachment.size, 0)
        try:
            content = b"".join(self._attachments.read(row))
        except (OSError, signing.Damaged):
            return False
        return signing.text_of(signing.digest(content)) == attachment.hash

    def _write(
        self, command: CaseCommand | TakeIn, files: Iterable[tuple[cases.Attachment, ...]] = (), entry_id: str = ""
    ) -> list[Record]:
        """The filling-in `entry_id` ends in the same transaction: what was sent is no unfinished application."""
        rows = [AttachmentRow(a.hash, a.size, a.media_type, a.size, 0) for each in files for a in each]

        def also(db: Connection) -> None:
            self._attachments.note(db, rows)
            intakes.end(db, entry_id, self._now())

        return self._node.write(command, also)


class TakeIn:
    """Takes in one application under a number allotted in the transaction. `number` is there once that has ended.

    The very same application sent twice (its query code is then the same too) gives the number of the first and
    writes nothing: a button pressed twice is one case."""

    def __init__(self, node: Node, application: cases.Application, command: Taking, kind: str, actor: str) -> None:
        self._node = node
        self._application = application
        self._command = command
        self._kind = kind
        self._actor = actor
        self.number = ""

    def decide(self, view: View) -> Sequence[Draft]:
        self.number = self._taken(view.db)
        if self.number:
            return []
        self.number = self._next_number(view)
        command = self._command(replace(self._application, number=self.number))
        return CaseCommand(self.number, command, self._actor).decide(view)

    def _taken(self, db: Connection) -> str:
        rows = case_files.rows_of_resident(db, self._node.vault, self._application.resident.id_number, TWICE)
        return next((row.number for row in rows if self._is_this(row.case)), "")

    def _is_this(self, case: cases.CaseFile) -> bool:
        same = case.application is not None and replace(case.application, number="") == self._application
        return same and any(event.kind == self._kind for event in case.events)

    def _next_number(self, view: View) -> str:
        node, day = self._node, date.fromisoformat(self._application.day)
        place = node.log.known(view.db).head_of((node.name, node.incarnation)).seq + 1
        return identifiers.case_number(view.me.area, day, node.incarnation, place)


def _for_notice(checked: Checked, until: str) -> Checked:
    application = checked.application
    if application is None:
        return checked
    materials = tuple(
        replace(each, state=cases.MISSING) if each.state == cases.PROMISED else each for each in application.materials
    )
    return changed(checked, application=replace(application, materials=materials, promise=UNSET, until=until))
