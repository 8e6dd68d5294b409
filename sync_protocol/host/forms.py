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
typed, and so that it can never be lost in silence. Uploads stay in memory: a photo of an identity card must not
rest on a disk unsealed, and a form's body is limited anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from shared_models.refusals import Refusal

MIB = 1024 * 1024
NAME_LENGTH_MAX = 80


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


@dataclass(frozen=True)
class FormLimits:
    """What one form may bring. `fields_bytes_max` is for all its text together; `files_max` counts file fields,
    whether a file was chosen or not, and every file of a field that takes several."""

    fields_max: int = 200
    fields_bytes_max: int = 512 * 1024
    files_max: int = 0
    file_bytes_max: int = 10 * MIB
    types: tuple[FileType, ...] = (JPEG, PNG, WEBP, PDF)

    @property
    def body_bytes_max(self) -> int:
        """What the body may weigh: one file more than allowed, so that a clerk is told which file is too large."""
        files = (self.files_max + 1) * self.file_bytes_max if self.files_max else 0
        return files + self.fields_bytes_max + 64 * 1024


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
        """Notes a refusal for a field; "" is for the form as a whole."""
        self._found.setdefault(name, []).append(refusal)

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


class _MemoryParser(MultiPartParser):
    spool_max_size = 0
    """0 = never onto the disk."""


async def read_form(request: Request, limits: FormLimits) -> Form:
    """The form of a request. Raises Refusal host.body_too_large, host.form_too_long, host.form_malformed."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    stream = _limited(request, limits.body_bytes_max)
    counts = {"max_fields": limits.fields_max, "max_part_size": limits.fields_bytes_max}
    try:
        if kind == "multipart/form-data":
            parser = _MemoryParser(request.headers, stream, max_files=max(limits.files_max, 1), **counts)
            data = await parser.parse()
        elif kind in ("application/x-www-form-urlencoded", ""):
            data = await FormParser(request.headers, stream, **counts).parse()
        else:
            raise HTTPException(415)
    except MultiPartException as problem:
        too_many = problem.message.startswith("Too many") or "exceeded" in problem.message
        raise Refusal("host.form_too_long" if too_many else "host.form_malformed") from None
    return await _form_of(data, limits, request.url.path)


async def _limited(request: Request, bytes_max: int) -> AsyncGenerator[bytes, None]:
    """The body, up to a limit that is looked at before anything is read and again while reading."""
    refusal = Refusal("host.body_too_large", megabytes=-(-bytes_max // MIB))
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:18]) > bytes_max:
        raise refusal
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > bytes_max:
            raise refusal
        yield chunk


async def _form_of(data: FormData, limits: FormLimits, action: str) -> Form:
    values = tuple((clean(key), clean(value)) for key, value in data.multi_items() if isinstance(value, str))
    if sum(len(key) + len(value) for key, value in values) > limits.fields_bytes_max:
        raise Refusal("host.form_too_long")
    files: list[tuple[str, Upload | Refusal]] = []
    try:
        for key, part in data.multi_items():
            if isinstance(part, UploadFile) and (part.filename or part.size):
                files.append((clean(key), await _upload(part, limits)))
    finally:
        await data.close()
    return Form(values, tuple(files), action)


async def _upload(part: UploadFile, limits: FormLimits) -> Upload | Refusal:
    name = safe_name(part.filename or "")
    if not limits.files_max:
        return Refusal("host.file_not_asked", name=name)
    if (part.size or 0) > limits.file_bytes_max:
        return Refusal("host.file_too_large", name=name, megabytes=limits.file_bytes_max // MIB)
    data = await part.read()
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
