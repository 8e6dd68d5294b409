"""What a form may bring, what it is turned into, and how it is refused."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from shared_models.refusals import Refusal
from sync_protocol.host import forms
from sync_protocol.host.forms import MIB, Form, FormErrors, FormLimits, Upload, clean, read_form, safe_name

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "
BOUNDARY = "----boundary"
LIMITS = FormLimits(files_max=3, file_bytes_max=MIB)

Part = tuple[str, str | None, bytes]


def multipart(*parts: Part) -> bytes:
    """A multipart body of (field, file name or None, content)."""
    body = b""
    for name, filename, content in parts:
        of_file = f'; filename="{filename}"\r\nContent-Type: image/jpeg' if filename is not None else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def request_of(
    body: bytes,
    kind: str = f"multipart/form-data; boundary={BOUNDARY}",
    *,
    declared: str | None = None,
    cut: int = 65536,
    before_last: Callable[[], None] = lambda: None,
) -> Request:
    """A request whose body comes in pieces of so many bytes."""
    pieces = [body[start : start + cut] for start in range(0, max(len(body), 1), cut)]

    async def receive() -> Message:
        if len(pieces) == 1:
            before_last()
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    length = declared if declared is not None else str(len(body))
    headers = [(b"content-type", kind.encode()), (b"content-length", length.encode())]
    scope = {"type": "http", "method": "POST", "path": "/register", "query_string": b"", "headers": headers}
    return Request(scope, receive)


def read(*parts: Part, limits: FormLimits = LIMITS) -> Form:
    return asyncio.run(read_form(request_of(multipart(*parts)), limits))


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


# Fields


def test_fields_come_in_order_and_without_blanks_around_them() -> None:
    form = read(("name", None, " 王德顺 ".encode()), ("box", None, b"a"), ("box", None, b"b"))
    assert form.text("name") == "王德顺"
    assert form.texts("box") == ("a", "b")
    assert form.has("box", "b")
    assert not form.has("box", "c")
    assert form.text("missing", "default") == "default"
    assert form.action == "/register"


def test_a_plain_form_is_read_as_well() -> None:
    request = request_of(b"name=%E7%8E%8B&note=a%0D%0Ab", "application/x-www-form-urlencoded")
    form = asyncio.run(read_form(request, LIMITS))
    assert (form.text("name"), form.text("note")) == ("王", "a\nb")


def test_a_password_is_taken_exactly_as_typed() -> None:
    assert read(("password", None, b" a b ")).secret("password") == " a b "


def test_what_nobody_can_see_is_taken_out() -> None:
    assert clean("a\x00b\r\nc\x1b[0m") == "ab\nc[0m"
    assert clean("e\u0301") == "\u00e9"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_form_does_not_show_what_was_typed_when_it_is_printed() -> None:
    form = read(("name", None, "王德顺".encode()), ("photo", "王德顺.jpg", JPEG))
    assert "王德顺" not in repr(form)


# Files


def test_a_file_is_known_by_its_bytes_not_by_its_name() -> None:
    upload = read(("photo", "card.png", JPEG)).upload("photo")
    assert upload is not None
    assert (upload.name, upload.type, upload.data) == ("card.png", forms.JPEG, JPEG)


@pytest.mark.parametrize(
    ("data", "kind"), [(JPEG, forms.JPEG), (PNG, forms.PNG), (WEBP, forms.WEBP), (b"%PDF-1.7\n", forms.PDF)]
)
def test_the_four_types_are_told_apart(data: bytes, kind: forms.FileType) -> None:
    upload = read(("photo", "x", data)).upload("photo")
    assert upload is not None
    assert upload.type is kind


@pytest.mark.parametrize("data", [b"<html>", b"MZ\x90\x00", b"RIFF\x10\x00\x00\x00AVI ", b"GIF89a", b"\xff\xd8"])
def test_other_types_are_refused_when_the_field_is_read(data: bytes) -> None:
    form = read(("photo", "../x.jpg", data), ("name", None, b"still here"))
    assert form.text("name") == "still here"
    with pytest.raises(Refusal) as caught:
        form.upload("photo")
    assert caught.value == Refusal("host.file_type", name="x.jpg", types="JPEG, PNG, WEBP, PDF")


def test_text_is_taken_where_text_is_asked_for() -> None:
    limits = FormLimits(files_max=1, types=(forms.XLSX, forms.CSV))
    assert read(("file", "a.csv", "编码,名称\n".encode("gb18030")), limits=limits).upload("file") is not None
    assert code_of(lambda: read(("file", "a.csv", b"a\x00b"), limits=limits).upload("file")) == "host.file_type"


def test_a_file_that_is_too_large_or_empty_is_refused_when_the_field_is_read() -> None:
    form = read(("photo", "large.jpg", JPEG + bytes(MIB)), ("second", "empty.jpg", b""))
    assert code_of(lambda: form.upload("photo")) == "host.file_too_large"
    assert code_of(lambda: form.upload("second")) == "host.file_empty"


def test_a_file_field_without_a_file_is_no_file() -> None:
    assert read(("photo", "", b"")).upload("photo") is None


def test_a_form_without_file_fields_takes_no_files() -> None:
    form = read(("photo", "a.jpg", JPEG), limits=FormLimits())
    assert code_of(lambda: form.upload("photo")) == "host.file_not_asked"


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../x", "x"),
        ("..\\..\\evil.jpg", "evil.jpg"),
        ("C:\\Users\\王\\照片.jpg", "照片.jpg"),
        ("/etc/passwd", "passwd"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\nc.png", "abc.png"),
        ("长" * 200 + ".jpeg", "长" * 75 + ".jpeg"),
    ],
)
def test_a_file_name_is_reduced_to_what_can_be_shown(given_name: str, shown: str) -> None:
    assert safe_name(given_name) == shown


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_a_shown_name_is_short_visible_and_never_a_path(name: str) -> None:
    shown = safe_name(name)
    assert 0 < len(shown) <= 80
    assert not set("/\\:") & set(shown)
    assert shown not in (".", "..")
    assert not shown.startswith(".")
    assert all(unicodedata.category(c) not in ("Cc", "Cf") for c in shown)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are looked up in /proc, which is not here")
def test_an_upload_is_never_written_to_a_disk() -> None:
    seen: list[set[str]] = []

    def look() -> None:
        found = os.listdir("/proc/self/fd")
        seen.append({os.readlink(f"/proc/self/fd/{fd}") for fd in found if Path(f"/proc/self/fd/{fd}").is_symlink()})

    look()
    body = multipart(("photo", "a.jpg", JPEG + bytes(5 * MIB)))
    limits = FormLimits(files_max=1, file_bytes_max=8 * MIB)
    asyncio.run(read_form(request_of(body, before_last=look), limits))
    before, meanwhile = seen
    assert not [path for path in meanwhile - before if path.startswith("/") and not path.startswith("/proc/")]


# Limits


def test_a_file_over_a_limit_is_let_pass_by_and_what_was_typed_comes_through() -> None:
    form = read(
        ("before", None, "王德顺".encode()),
        ("large", "large.jpg", JPEG + bytes(MIB)),
        ("first", "first.jpg", JPEG + bytes(900_000)),
        ("second", "second.jpg", JPEG),
        ("after", None, b"typed behind the files"),
    )
    assert (form.text("before"), form.text("after")) == ("王德顺", "typed behind the files")
    assert code_of(lambda: form.upload("large")) == "host.file_too_large"
    assert [len(upload.data) for name in ("first", "second") for upload in form.uploads(name)] == [900_104, 104]


@dataclass(frozen=True)
class Together(FormLimits):
    """Many files may come, and all of them together weigh a megabyte at most."""

    @property
    def body_bytes_max(self) -> int:
        return MIB + self.fields_bytes_max + forms.OVERHEAD_BYTES


def test_files_that_weigh_too_much_together_are_taken_as_far_as_they_fit() -> None:
    limits = Together(files_max=5, file_bytes_max=MIB)
    sizes = {"a": 500_000, "b": 600_000, "c": 400_000}
    form = read(*((name, f"{name}.jpg", JPEG + bytes(size)) for name, size in sizes.items()), limits=limits)
    assert [form.upload(name) is not None for name in ("a", "c")] == [True, True]
    with pytest.raises(Refusal) as caught:
        form.upload("b")
    assert caught.value.code == "host.files_too_large"
    assert (caught.value.values["name"], caught.value.values["megabytes"]) == ("b.jpg", 1)


def test_one_file_too_many_costs_the_others_nothing() -> None:
    form = read(*((f"f{number}", "a.jpg", JPEG) for number in range(4)), limits=LIMITS)
    assert [form.upload(f"f{number}") is not None for number in range(3)] == [True] * 3
    assert code_of(lambda: form.upload("f3")) == "host.files_too_many"


def test_file_fields_in_which_nothing_was_chosen_do_not_count() -> None:
    form = read(*[("f", "", b"")] * 50, ("g", "a.jpg", JPEG), limits=FormLimits(files_max=1))
    assert form.upload("g") is not None
    body = multipart(*[("f", "", b"")] * 1001)
    assert code_of(lambda: asyncio.run(read_form(request_of(body), FormLimits(files_max=1)))) == "host.form_too_long"


def test_a_file_that_is_let_pass_by_takes_no_memory() -> None:
    body = multipart(("photo", "large.jpg", JPEG + bytes(18 * MIB)), ("name", None, b"x"))
    limits = FormLimits(files_max=8, file_bytes_max=MIB)
    request = request_of(body)
    tracemalloc.start()
    try:
        form = asyncio.run(read_form(request, limits))
        assert tracemalloc.get_traced_memory()[1] < 3 * MIB
    finally:
        tracemalloc.stop()
    assert form.text("name") == "x"


def test_a_body_that_passes_the_limit_is_not_read_on() -> None:
    start = multipart(("photo", "a.jpg", JPEG)).removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())
    read_bytes = 0

    async def without_end() -> Message:
        nonlocal read_bytes
        body = bytes(65536) if read_bytes else start
        read_bytes += len(body)
        return {"type": "http.request", "body": body, "more_body": True}

    headers = [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    assert code_of(lambda: asyncio.run(read_form(Request(scope, without_end), LIMITS))) == "host.body_too_large"
    assert read_bytes <= LIMITS.read_bytes_max + 65536


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.just("x.jpg"), st.binary(max_size=300)), max_size=6),
       st.integers(1, 400))  # fmt: skip
def test_a_form_reads_alike_however_its_body_is_cut(parts: list[Part], cut: int) -> None:
    body = multipart(*parts)
    whole = asyncio.run(read_form(request_of(body), LIMITS))
    assert asyncio.run(read_form(request_of(body, cut=cut), LIMITS)) == whole


def test_a_body_over_the_limit_is_refused_by_what_it_declares_and_by_what_it_brings() -> None:
    body = multipart(("note", None, bytes(400_000)), ("photo", "a.jpg", bytes(900_000)))
    for declared in (str(len(body)), "0", "9" * 40, "-1", "many"):
        reading = read_form(request_of(body, declared=declared), FormLimits())
        assert code_of(partial(asyncio.run, reading)) == "host.body_too_large"


def test_too_many_fields_and_too_much_text_are_refused() -> None:
    for parts, limits in (
        ([("a", None, b"1")] * 201, FormLimits()),
        ([("a", "a.jpg", JPEG)] * 1100, LIMITS),
        ([("a", None, b"1" * 600)], FormLimits(fields_bytes_max=500)),
        ([("a", None, b"1" * 300)] * 2, FormLimits(fields_bytes_max=500)),
    ):
        assert code_of(partial(read, *parts, limits=limits)) == "host.form_too_long"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (multipart(("a", None, b"1" * 500))[:300], f"multipart/form-data; boundary={BOUNDARY}"),
        (b"", f"multipart/form-data; boundary={BOUNDARY}"),
        (multipart(("a", None, b"1")), f"multipart/form-data; boundary={'x' * 300}"),
        (b"nothing of the kind", f"multipart/form-data; boundary={BOUNDARY}"),
        (multipart(("a", None, b"1")), "multipart/form-data"),
        (f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(),
         f"multipart/form-data; boundary={BOUNDARY}"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(body: bytes, kind: str) -> None:
    assert code_of(lambda: asyncio.run(read_form(request_of(body, kind), LIMITS))) == "host.form_malformed"


# Errors


def test_errors_are_collected_by_field_in_the_order_of_finding() -> None:
    errors = FormErrors()
    assert not errors
    with errors.at("photo"):
        raise Refusal("host.file_empty", name="a")
    with errors.at("name"):
        pass
    errors.add("", Refusal("host.form_malformed"))
    assert len(errors) == 2
    assert [name for name, _ in errors] == ["photo", ""]
    assert errors.of("photo") == [Refusal("host.file_empty", name="a")]
    assert errors.of("name") == []


def test_the_same_error_of_a_field_is_told_once() -> None:
    errors = FormErrors()
    for name, code in (("photo", "host.file_empty"), ("photo", "host.file_empty"), ("", "host.file_empty")):
        errors.add(name, Refusal(code, name="a"))
    assert [name for name, _ in errors] == ["photo", ""]


def test_only_refusals_are_collected() -> None:
    errors = FormErrors()
    with pytest.raises(KeyError), errors.at("photo"):
        raise KeyError("a bug")


def test_a_good_file_beside_a_bad_one_is_not_taken_in_silence() -> None:
    form = Form(files=(("photo", Upload("a", forms.JPEG, JPEG)), ("photo", Refusal("host.file_empty", name="b"))))
    assert code_of(lambda: form.uploads("photo")) == "host.file_empty"
