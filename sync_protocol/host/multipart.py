"""The body of a form, as a stream of parts: text is gathered within a limit, a file that is too large is let pass by.

    parts = Parts(boundary, limits)
    async for piece in stream:
        parts.feed(piece)
    values, files = parts.end()

One file too many or too large costs the form nothing else: of such a file nothing is kept but its name and why, and
what was typed comes through, wherever in the body it stands. Too much text is no form any more. Nothing is written to
a disk: a photo of an identity card must not rest there unsealed.

Source: RFC 7578; python-multipart finds the boundaries.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared_models.refusals import Refusal

HEAD_BYTES_MAX = 8 * 1024
"""What a part may say of itself."""
EMPTY_FILES_MAX = 1000
"""File fields in which nothing was chosen: a browser sends a part for each of them."""


@dataclass(frozen=True)
class PartLimits:
    """What is gathered: fields and bytes of text, chosen files, bytes of one file and of all together."""

    fields_max: int
    fields_bytes_max: int
    files_max: int
    file_bytes_max: int
    files_bytes_max: int


@dataclass
class FilePart:
    """A chosen file as it came: its field, its name as given, and its bytes, or the code of the sentence why they were
    let pass by (host.file_not_asked, host.files_too_many, host.file_too_large, host.files_too_large)."""

    key: str
    name: str
    data: bytearray = field(default_factory=bytearray, repr=False)
    left_out: str = ""


class Parts:
    """Reads one body. `feed` and `end` raise Refusal host.form_malformed, host.form_too_long."""

    def __init__(self, boundary: bytes, limits: PartLimits) -> None:
        self._limits = limits
        self._values: list[tuple[str, str]] = []
        self._files: list[FilePart] = []
        self._text_bytes = self._file_bytes = self._empty = self._taken = 0
        self._ended = False
        self._begin()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_header_name,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_head,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError:
            raise Refusal("host.form_malformed") from None

    def feed(self, piece: bytes) -> None:
        """The next bytes of the body."""
        try:
            self._parser.write(piece)
        except FormParserError:
            raise Refusal("host.form_malformed") from None

    def end(self) -> tuple[list[tuple[str, str]], list[FilePart]]:
        """Values and chosen files in the order in which they came, once the body is over."""
        try:
            self._parser.finalize()
        except FormParserError:
            raise Refusal("host.form_malformed") from None
        if not self._ended:
            raise Refusal("host.form_malformed")
        return self._values, self._files

    # ------------------------------------------------------------ a part's head

    def _begin(self) -> None:
        self._head: dict[bytes, bytes] = {}
        self._header_name, self._header_value = bytearray(), bytearray()
        self._head_bytes = 0
        self._field, self._text = "", bytearray()
        self._file: FilePart | None = None

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._count_head(end - start)
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_head(end - start)
        self._header_value += data[start:end]

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES_MAX:
            raise Refusal("host.form_too_long")

    def _on_header_end(self) -> None:
        self._head[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def _on_head(self) -> None:
        _, options = parse_options_header(self._head.get(b"content-disposition"))
        if b"name" not in options:
            raise Refusal("host.form_malformed")
        self._field = _text(options[b"name"])
        if b"filename" in options:
            self._file = FilePart(self._field, _text(options[b"filename"]))
            return
        self._count_text(len(options[b"name"]))
        if len(self._values) >= self._limits.fields_max:
            raise Refusal("host.form_too_long")

    # ------------------------------------------------------------ its content

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._count_text(end - start)
            self._text += data[start:end]
        else:
            self._take(self._file, data, start, end)

    def _count_text(self, size: int) -> None:
        self._text_bytes += size
        if self._text_bytes > self._limits.fields_bytes_max:
            raise Refusal("host.form_too_long")

    def _take(self, file: FilePart, data: bytes, start: int, end: int) -> None:
        if file.left_out:
            return
        limits, size = self._limits, len(file.data) + end - start
        if not limits.files_max:
            file.left_out = "host.file_not_asked"
        elif self._taken >= limits.files_max:
            file.left_out = "host.files_too_many"
        elif size > limits.file_bytes_max:
            file.left_out = "host.file_too_large"
        elif self._file_bytes + size > limits.files_bytes_max:
            file.left_out = "host.files_too_large"
        else:
            file.data += data[start:end]
            return
        file.data = bytearray()

    def _on_part_end(self) -> None:
        file = self._file
        if file is None:
            self._values.append((self._field, _text(bytes(self._text))))
        elif file.name or file.data or file.left_out:
            self._files.append(file)
            if not file.left_out:
                self._taken += 1
                self._file_bytes += len(file.data)
            if len(self._files) > self._limits.files_max + EMPTY_FILES_MAX:
                raise Refusal("host.form_too_long")
        else:
            self._empty += 1
            if self._empty > EMPTY_FILES_MAX:
                raise Refusal("host.form_too_long")

    def _on_end(self) -> None:
        self._ended = True


def _text(data: bytes) -> str:
    """Browsers send UTF-8; what is none is read byte by byte rather than refused."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
