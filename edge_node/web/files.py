"""Photos and papers: files chosen before a form is finished, and files of a case.

A browser forgets which files were chosen as soon as a page comes back. So a file is written to disk, sealed, as soon
as it is chosen, or, without a script, with the first press of any button; and the page carries a ticket for it: hash,
size, type and name, under a key of this node and for this person alone. Only the record that names a file makes it
part of a case; what no record names within a day goes away at the next start (`edge_node.upkeep`). How a picture is to
be turned stands beside its ticket: it is a fact of the case, and the file stays as it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import msgspec
from msgspec import UNSET
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.drafts import Values
from edge_node.station import Station
from edge_node.web.context import CLERK, FILES, Worded, actor_of, note_access, station_of
from shared_models import signing
from shared_models.cases import Attachment
from shared_models.refusals import Refusal
from sync_protocol.host.forms import JPEG, PDF, PNG, WEBP, Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import render, send_file
from sync_protocol.store.attachments import AttachmentRow

TICKET_CHARACTERS_MAX = 2000
TURNS = ("90", "180", "270")
TYPES = (JPEG, PNG, WEBP, PDF)


@dataclass(frozen=True)
class KeptFilesPage(Worded):
    """A piece of a page: the files of one material that were just written to disk, what is wrong with the others."""

    template: ClassVar[str] = "kept_files.html"
    form: Form
    errors: FormErrors
    code: str
    files: tuple[KeptFile, ...]


class KeptFile(NamedTuple):
    """A file on disk that no record names yet, the ticket that the form carries for it, and where it can be looked
    at: an address that holds no name, and opens for this account alone."""

    attachment: Attachment
    ticket: str
    path: str = ""


def keep_files(
    station: Station, actor: str, form: Form, errors: FormErrors, codes: Iterable[str]
) -> dict[str, tuple[KeptFile, ...]]:
    """The files of a form by code of their material: those chosen now (`file.<code>`), written to disk, and those
    whose tickets came along (`kept.<code>`). What cannot be taken goes into `errors`, and the rest is taken."""
    found: dict[str, tuple[KeptFile, ...]] = {}
    for code in codes:
        files = [*_brought(station, actor, form, errors, code), *_chosen(station, actor, form, errors, code)]
        unique = {each.attachment.hash: _turned(form, each) for each in files}
        if unique:
            found[code] = tuple(unique.values())
    return found


def files_brought(station: Station, actor: str, form: Form, codes: Iterable[str]) -> dict[str, tuple[KeptFile, ...]]:
    """The files whose tickets a form brings, by code of their material, without looking at them."""
    found = {code: [(_redeem(station, actor, each), each) for each in form.texts(f"kept.{code}")] for code in codes}
    return {
        code: tuple(_turned(form, KeptFile(given, ticket)) for given, ticket in pairs if given is not None)
        for code, pairs in found.items()
        if pairs
    }


def _turned(form: Form, kept: KeptFile) -> KeptFile:
    """As it is to be shown: `turn.<hash>` says by how many degrees. The ticket stands for the file alone."""
    said = form.text(f"turn.{kept.attachment.hash}")
    return kept._replace(attachment=replace(kept.attachment, turned=int(said) if said in TURNS else UNSET))


def _chosen(station: Station, actor: str, form: Form, errors: FormErrors, code: str) -> list[KeptFile]:
    kept: list[KeptFile] = []
    for key, upload in form.files:
        if key != f"file.{code}":
            continue
        with errors.at(key):
            if isinstance(upload, Refusal):
                raise upload
            attachment = station.desk.keep_file(upload.data, upload.type.media_type, upload.name)
            kept.append(_kept(station, actor, attachment))
    return kept


def _brought(station: Station, actor: str, form: Form, errors: FormErrors, code: str) -> list[KeptFile]:
    kept: list[KeptFile] = []
    for ticket in form.texts(f"kept.{code}"):
        attachment = _redeem(station, actor, ticket)
        if attachment is None or not station.desk.file_is_whole(attachment):
            errors.add(f"file.{code}", Refusal("desk.file_gone"))
        elif attachment.hash not in form.texts(f"drop.{code}"):
            kept.append(_kept(station, actor, attachment))
    return kept


def _kept(station: Station, actor: str, attachment: Attachment) -> KeptFile:
    mark = signing.text_of(_mark(station, actor, _looked_at(attachment.hash, attachment.size)))
    path = f"/kept/{attachment.hash}/{attachment.size}/{mark}"
    return KeptFile(attachment, _ticket(station, actor, attachment), path)


def _looked_at(name: str, size: int) -> bytes:
    return b"look\0" + msgspec.json.encode((name, size))


def _ticket(station: Station, actor: str, attachment: Attachment) -> str:
    content = msgspec.json.encode(attachment)
    return f"{signing.text_of(content)}.{signing.text_of(_mark(station, actor, content))}"


def reissue(station: Station, values: Values, old: str, new: str) -> Values:
    """The values of a form with the tickets of one account made good for another; bad tickets stay as they are."""

    def fresh(key: str, value: str) -> str:
        attachment = _redeem(station, old, value) if key.startswith("kept.") else None
        return value if attachment is None else _ticket(station, new, attachment)

    return tuple((key, fresh(key, value)) for key, value in values)


def _redeem(station: Station, actor: str, ticket: str) -> Attachment | None:
    """The file that a ticket stands for; None for a ticket that this node did not give to this person."""
    text, _, mark = ticket[:TICKET_CHARACTERS_MAX].partition(".")
    try:
        content, given = signing.bytes_of(text), signing.bytes_of(mark)
    except ValueError:
        return None
    if not signing.equal(given, _mark(station, actor, content)):
        return None
    return msgspec.json.decode(content, type=Attachment)


def _mark(station: Station, actor: str, content: bytes) -> bytes:
    key = signing.derive(station.runtime.storage_key, "kept files")
    return signing.keyed_hash(key, actor.encode() + b"\0" + content)


@require(CLERK)
def attachment(request: Request) -> Response:
    """A file of a case, to look at."""
    station, number, wanted = station_of(request), request.path_params["number"], request.path_params["hash"]
    application = station.desk.case(number).case.application
    named = [each for m in (application.materials if application else ()) for each in m.attachments]
    found = next((each for each in named if each.hash == wanted), None)
    if found is None:
        raise Refusal("desk.file_not_here")
    with station.node.read() as db:
        row = station.runtime.attachments.row(db, wanted)
    if row is None or not row.whole:
        raise Refusal("desk.file_not_here")
    try:
        content = b"".join(station.runtime.attachments.read(row))
    except (OSError, signing.Damaged):
        raise Refusal("desk.file_damaged") from None
    note_access(request, "case.attachment", f"case/{number}")
    return send_file(content, found.media_type, found.name, inline=True)


@require(CLERK)
def kept(request: Request) -> Response:
    """A file that is on disk and in no case yet, to look at: for the account that it was kept for."""
    station, asked = station_of(request), request.path_params
    try:
        given = signing.bytes_of(asked["mark"])
    except ValueError:
        raise Refusal("desk.file_not_here") from None
    if not signing.equal(given, _mark(station, actor_of(request), _looked_at(asked["hash"], asked["size"]))):
        raise Refusal("desk.file_not_here")
    row = AttachmentRow(asked["hash"], asked["size"], "", asked["size"], 0)
    try:
        content = b"".join(station.runtime.attachments.read(row))
    except FileNotFoundError:
        raise Refusal("desk.file_not_here") from None
    except (OSError, signing.Damaged):
        raise Refusal("desk.file_damaged") from None
    note_access(request, "draft.attachment", f"attachment/{row.hash}")
    found = next((each for each in TYPES if each.fits(content)), None)
    if found is None:
        raise Refusal("desk.file_not_here")
    return send_file(content, found.media_type, f"file{found.suffix}", inline=True)


@require(CLERK, limits=FILES)
def upload(request: Request) -> Response:
    """POST `file.<code>` of one material, as soon as files are chosen: they are written to disk, and the answer is what
    the form carries for them. What is wrong with one is said beside the others."""
    station, form, errors = station_of(request), form_of(request), FormErrors()
    code = next((key.removeprefix("file.") for key, _ in form.files if key.startswith("file.")), "")
    found = keep_files(station, actor_of(request), form, errors, [code]).get(code, ())
    return render(request, KeptFilesPage(form, errors, code, found))


ROUTES = [
    Route("/cases/{number}/attachments/{hash}", attachment),
    Route("/kept/{hash}/{size:int}/{mark}", kept),
    Route("/kept", upload, methods=["POST"]),
]
