"""Forms: what came in, within limits, and what is wrong with it, kept beside it.

    errors = FormErrors()
    with errors.at("resident_id"):
        resident = identifiers.resident_id(form.text("resident_id"))      # raises Refusal
    with errors.at("photo"):
        photo = form.upload("photo")                                      # so does a file of a wrong type
    if errors:
        return render(request, AcceptPage(form=form, errors=errors), 422)

A file is judged by its first bytes, never by the name or type that it claims. A file that may not be taken is no end
of the form: its refusal is raised when the field is read, so that a page can show it beside everything else that was
typed, and so that it can never be lost in silence. That holds for files that are too large, alone or together, as well:
they are let pass by as they come (`multipart`). Uploads stay in memory: a photo of an identity card must not rest on a
disk unsealed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field

from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException
from starlette.requests import Request

from shared_models.refusals import Refusal
from sync_protocol.host.multipart import FilePart, PartLimits, Parts

MIB = 1024 * 1024
NAME_LENGTH_MAX = 80
OVERHEAD_BYTES = 64 * 1024
"""For what stands between the parts of a body."""


@dataclass(frozen=True)
class FileType:
    """A type of file that may be taken, known by its bytes at the start and, where it has some, at offset 8.
    A type without a start is text: anything without a NUL byte near its beginning."""

    name: str
    media_type: str
    suffix: str
    start: bytes
    at_8: bytes = b""

    def fits(self, data: bytes) -> bool:
        """Whether the first bytes are those of this type."""
        if not self.start:
            return b"\x00" not in data[:4096]
        return data.startswith(self.start) and data[8:].startswith(self.at_8)


JPEG = FileType("JPEG", "image/jpeg", ".jpg", b"\xff\xd8\xff")
PNG = FileType("PNG", "image/png", ".png", b"\x89PNG\r\n\x1a\n")
WEBP = FileType("WEBP", "image/webp", ".webp", b"RIFF", b"WEBP")
PDF = FileType("PDF", "application/pdf", ".pdf", b"%PDF-")
XLSX = FileType("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", b"PK\x03\x04")
CSV = FileType("CSV", "text/csv", ".csv", b"")
JSON = FileType("JSON", "application/json", ".json", b"")


@dataclass(frozen=True)
class FormLimits:
    """What one form may bring. `fields_bytes_max` is for all its text together; `files_max` counts chosen files."""

    fields_max: int = 200
    fields_bytes_max: int = 512 * 1024
    files_max: int = 0
    file_bytes_max: int = 10 * MIB
    types: tuple[FileType, ...] = (JPEG, PNG, WEBP, PDF)

    @property
    def body_bytes_max(self) -> int:
        """What the body may weigh whose files are all taken; so much of it may be held in memory."""
        return self.files_max * self.file_bytes_max + self.fields_bytes_max + OVERHEAD_BYTES

    @property
    def read_bytes_max(self) -> int:
        """How much is read at all: twice as much, and one file more at least, so that what was typed comes through
        beside files that cannot be taken. What is larger was not sent by somebody who filled in this form."""
        return 2 * self.body_bytes_max + (self.file_bytes_max if self.files_max else 0)

    @property
    def files_bytes_max(self) -> int:
        """What all files together may weigh."""
        return max(0, self.body_bytes_max - self.fields_bytes_max - OVERHEAD_BYTES)


@dataclass(frozen=True)
class TextOnly(FormLimits):
    """For the text of a form whose files are let pass by: `read_bytes` of its body are read at most."""

    read_bytes: int = 0

    @property
    def read_bytes_max(self) -> int:
        return self.read_bytes


@dataclass(frozen=True)
class Upload:
    """A file that was taken: a safe name to show, its type as its bytes tell, and its bytes."""

    name: str
    type: FileType
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Form:
    """What was typed, ticked and chosen, in order. A form that was not sent is an empty form."""

    values: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    files: tuple[tuple[str, Upload | Refusal], ...] = field(default=(), repr=False)
    action: str = ""
    """The path that it was sent to, so that a page with several forms knows whose values these are."""
    focus: str = ""
    """The name of the field that has the focus when the page opens; "" = none."""

    def text(self, name: str, default: str = "") -> str:
        """The first value of a field, without blanks around it."""
        return next((value.strip() for key, value in self.values if key == name), default)

    def secret(self, name: str) -> str:
        """The first value of a field exactly as typed: for passwords."""
        return next((value for key, value in self.values if key == name), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a field: ticked boxes, repeated rows."""
        return tuple(value.strip() for key, value in self.values if key == name)

    def has(self, name: str, value: str) -> bool:
        """Whether this value of a field is among those sent: for boxes and choices."""
        return (name, value) in self.values

    def uploads(self, name: str) -> tuple[Upload, ...]:
        """All files of a field. Raises the Refusal of the first that may not be taken (host.file_…)."""
        found = [upload for key, upload in self.files if key == name]
        for upload in found:
            if isinstance(upload, Refusal):
                raise upload
        return tuple(upload for upload in found if isinstance(upload, Upload))

    def upload(self, name: str) -> Upload | None:
        """The file of a field, None if none was chosen. Raises its Refusal if it may not be taken."""
        return next(iter(self.uploads(name)), None)


class FormErrors:
    """What is wrong with a form: field name -> refusals, in the order of finding. Empty is false."""

    def __init__(self) -> None:
        self._found: dict[str, list[Refusal]] = {}

    def add(self, name: str, refusal: Refusal) -> None:
        """Notes a refusal for a field, once; "" is for the form as a whole."""
        found = self._found.setdefault(name, [])
        if refusal not in found:
            found.append(refusal)

    def at(self, name: str) -> _Noting:
        """`with errors.at("field"):` notes, for the field, the refusal that is raised inside, and goes on after it."""
        return _Noting(self, name)

    def of(self, name: str) -> list[Refusal]:
        """The refusals of a field."""
        return self._found.get(name, [])

    def __iter__(self) -> Iterator[tuple[str, Refusal]]:
        return ((name, refusal) for name, refusals in self._found.items() for refusal in refusals)

    def __len__(self) -> int:
        return sum(map(len, self._found.values()))


@dataclass(frozen=True)
class _Noting:
    """What `at` gives: a class, so that type checkers know that it may end an exception."""

    errors: FormErrors
    name: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, Refusal):
            self.errors.add(self.name, error)
            return True
        return False


# Reading


async def read_form(request: Request, limits: FormLimits) -> Form:
    """The form of a request. Raises Refusal host.body_too_large, host.form_too_long, host.form_malformed."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    stream = _limited(request, limits)
    if kind == b"multipart/form-data":
        return await _read_parts(stream, options.get(b"boundary", b""), limits, request.url.path)
    if kind not in (b"application/x-www-form-urlencoded", b""):
        raise HTTPException(415)
    try:
        data = await FormParser(
            request.headers, stream, max_fields=limits.fields_max, max_part_size=limits.fields_bytes_max
        ).parse()
    except MultiPartException as problem:
        too_many = problem.message.startswith("Too many") or "exceeded" in problem.message
        raise Refusal("host.form_too_long" if too_many else "host.form_malformed") from None
    values = [(key, value) for key, value in data.multi_items() if isinstance(value, str)]
    return Form(_cleaned(values, limits), action=request.url.path)


async def _read_parts(stream: AsyncGenerator[bytes, None], boundary: bytes, limits: FormLimits, action: str) -> Form:
    if not boundary:
        raise Refusal("host.form_malformed")
    of_parts = PartLimits(
        limits.fields_max, limits.fields_bytes_max, limits.files_max, limits.file_bytes_max, limits.files_bytes_max
    )
    parts = Parts(boundary, of_parts)
    async for piece in stream:
        parts.feed(piece)
    values, files = parts.end()
    found = tuple((clean(file.key), _upload(file, limits)) for file in files)
    return Form(_cleaned(values, limits), found, action)


async def _limited(request: Request, limits: FormLimits) -> AsyncGenerator[bytes, None]:
    """The body, up to a limit that is looked at before anything is read and again while reading. Once it is passed,
    nothing more is read."""
    refusal = Refusal("host.body_too_large", megabytes=-(-limits.body_bytes_max // MIB))
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:18]) > limits.read_bytes_max:
        raise refusal
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limits.read_bytes_max:
            raise refusal
        yield chunk


def _cleaned(values: Iterable[tuple[str, str]], limits: FormLimits) -> tuple[tuple[str, str], ...]:
    cleaned = tuple((clean(key), clean(value)) for key, value in values)
    if sum(len(key) + len(value) for key, value in cleaned) > limits.fields_bytes_max:
        raise Refusal("host.form_too_long")
    return cleaned


def _upload(file: FilePart, limits: FormLimits) -> Upload | Refusal:
    name = safe_name(file.name)
    if file.left_out:
        most = limits.files_bytes_max if file.left_out == "host.files_too_large" else limits.file_bytes_max
        return Refusal(file.left_out, name=name, megabytes=most // MIB, most=limits.files_max)
    data = bytes(file.data)
    file.data.clear()  # or all files would be held twice until the last one is looked at
    if not data:
        return Refusal("host.file_empty", name=name)
    found = next((kind for kind in limits.types if kind.fits(data)), None)
    if found is None:
        return Refusal("host.file_type", name=name, types=type_names(limits.types))
    return Upload(name, found, data)


def type_names(types: Iterable[FileType]) -> str:
    """JPEG, PNG, PDF: for sentences and hints."""
    return ", ".join(kind.name for kind in types)


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_PATH = re.compile(r"[/\\:]")


def clean(text: str) -> str:
    """Text as it is kept: composed (NFC), lines ended by one newline, no control characters that nobody can see."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def safe_name(name: str) -> str:
    """The name of a file as it may be shown and kept: no folders, no unseen or direction-changing characters,
    at most 80 characters with its ending; "file" where nothing is left. It is never used as a path."""
    last = _PATH.split(unicodedata.normalize("NFC", name))[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in _UNSEEN).strip(" .")
    if len(seen) > NAME_LENGTH_MAX:
        stem, dot, suffix = seen.rpartition(".")
        seen = f"{stem[: NAME_LENGTH_MAX - len(suffix) - 1]}.{suffix}" if dot and len(suffix) <= 8 else seen
    return seen[:NAME_LENGTH_MAX] or "file"
