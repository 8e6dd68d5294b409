"""Pages and their templates: typed, complete, in two languages, readable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

from shared_models.refusals import Refusal
from sync_protocol.host import pages, statics
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.login import LoginPage
from sync_protocol.host.pages import Pages, check_page, groups, masked
from sync_protocol.host.statics import Statics
from sync_protocol.host.web import ErrorPage
from tests.host.small_app import SmallPage, SmallReceipt

CSS = (statics.OWN_FOLDER / "tongban.css").read_text(encoding="utf-8")
TEMPLATES = sorted(pages.OWN_FOLDER.glob("*.html"))


@dataclass(frozen=True)
class Bare:
    """A page of the templates that these tests write."""

    template: ClassVar[str] = "bare.html"
    name: str
    number: int = 3

    @property
    def shout(self) -> str:
        return self.name + "!"


def html(folder: Path, source: str, page: Any = None, language: str = "zh", **visit: object) -> str:
    (folder / "bare.html").write_text(source, encoding="utf-8")
    return Pages([folder]).html(page or Bare("王"), language, SimpleNamespace(**visit))


# A page and its template


@pytest.mark.parametrize("cls", [LoginPage, ErrorPage, SmallPage, SmallReceipt])
def test_every_page_of_the_web_base_fits_its_template(cls: type[Any]) -> None:
    assert check_page(cls) == []


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ("{{ page.name }} {{ page.number }}", []),
        ("{{ page.shout }} {{ page.number }}", []),
        ("{{ page.name }}", ["Bare.number is not used by bare.html"]),
        (
            "{{ page.name }}{{ page.number }}{% if page.other %}{% endif %}",
            ["bare.html uses page.other, which Bare does not have"],
        ),
        (
            "{{ page.name }}{{ page.number }}{{ dump(page) }}",
            ["bare.html hands `page` on whole: name its fields instead"],
        ),
    ],
)
def test_a_page_that_does_not_fit_its_template_is_found(tmp_path: Path, source: str, problems: list[str]) -> None:
    (tmp_path / "bare.html").write_text(source)
    assert check_page(Bare, tmp_path) == problems


def test_what_an_included_template_uses_counts(tmp_path: Path) -> None:
    (tmp_path / "bare.html").write_text("{{ page.name }}{% include 'part.html' %}")
    (tmp_path / "part.html").write_text("{{ page.number }}")
    assert check_page(Bare, tmp_path) == []


def test_a_page_that_can_be_changed_is_none() -> None:
    @dataclass
    class Loose:
        template: ClassVar[str] = "bare.html"

    assert check_page(Loose) == ["Loose is not a frozen dataclass"]


def test_a_name_that_is_not_there_is_an_error_not_a_blank(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        html(tmp_path, "{{ page.nothing }}")


def test_what_is_shown_is_escaped(tmp_path: Path) -> None:
    assert html(tmp_path, "{{ page.name }}", Bare("<script>")) == "&lt;script&gt;"
    assert html(tmp_path, "{{ t('{who}', '', who=page.name) }}", Bare("<b>")) == "&lt;b&gt;"


# Helpers


def test_helpers_know_the_language(tmp_path: Path) -> None:
    source = "{{ t('共 {n} 件', '{n} cases', n=2) }}|{{ '2026-03-05'|date }}|{{ say(page.name) }}"
    page = Bare(Refusal("host.logged_out"))  # type: ignore[arg-type]  # any value will do for a bare page
    assert html(tmp_path, source, page) == "共 2 件|2026年3月5日|您已安全退出。"
    assert html(tmp_path, source, page, "en") == "2 cases|5 March 2026|You are logged out."


def test_times_are_shown_in_the_time_of_china(tmp_path: Path) -> None:
    at_ms = 1_767_200_400_000  # 2025-12-31 17:00 UTC
    assert html(tmp_path, f"{{{{ {at_ms}|moment }}}}|{{{{ {at_ms}|date }}}}") == "2026-01-01 01:00|2026年1月1日"
    assert pages.day("zh", date(2026, 3, 5)) == "2026年3月5日"


def test_a_number_in_groups_is_copied_in_one_piece() -> None:
    assert groups("123456789") == '<span class="groups"><span>1234</span><span>5678</span><span>9</span></span>'


@given(st.text(max_size=60))
def test_groups_lose_nothing_and_let_nothing_through(number: str) -> None:
    shown = groups(number)
    assert Markup(re.sub(r"</?span[^>]*>", "", shown)).unescape() == Markup.escape(number).unescape()


@given(st.text(max_size=40))
def test_a_masked_number_keeps_its_length_and_hides_its_middle(number: str) -> None:
    assert len(masked(number)) == len(number)
    assert masked("511602194603121234") == "5116**********1234"
    assert set(masked(number)[4:-4]) <= {"*"}


# Components


def test_every_example_in_the_head_of_the_macros_works_as_it_stands(tmp_path: Path) -> None:
    source = (pages.OWN_FOLDER / "macros.html").read_text(encoding="utf-8")
    examples = source.removeprefix("{#-").split("-#}")[0]
    sets = "".join(
        f"{{% set {name} = '{name}' %}}" for name in ("query", "number", "qr_svg", "moment_text", "title", "note")
    )

    @dataclass(frozen=True)
    class Examples:
        template: ClassVar[str] = "bare.html"
        form: Form
        errors: FormErrors
        rows: tuple[Any, ...]
        number: int = 2
        last: int = 9

    errors = FormErrors()
    errors.add("resident_id", Refusal("accounts.wrong"))
    row = SimpleNamespace(number="1", item="<item>", copies=2)
    page = Examples(Form((("resident_id", "511602"),)), errors, (row,))
    for language in ("zh", "en"):
        visit = {"form_token": "TOKEN", "here": "/here", "place": "站", "files_bytes_max": 0}
        shown = html(tmp_path, sets + examples, page, language, **visit)
        assert shown.count('name="_form" value="TOKEN"') == 2
        assert 'href="#f-resident_id"' in shown
        assert 'aria-describedby="h-resident_id e-resident_id" aria-invalid="true"' in shown
        assert 'value="511602"' in shown
        assert "&lt;item&gt;" in shown
        assert not re.search(r"\sstyle=|\son[a-z]+=", shown)


def test_every_macro_is_shown_in_the_head_of_the_macros() -> None:
    head, body = (pages.OWN_FOLDER / "macros.html").read_text(encoding="utf-8").split("-#}", 1)
    macros = [name for name in re.findall(r"{% macro (\w+)", body) if not name.startswith("_")]
    assert [name for name in macros if f"m.{name}" not in head] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_what_the_browser_refuses(path: Path) -> None:
    """Inline styles and scripts are blocked by the Content-Security-Policy, and nothing comes from elsewhere."""
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|https?://|<script(?! src=)", text)


def test_the_stylesheet_loads_nothing() -> None:
    assert not re.findall(r"url\(|@import|https?://", CSS)


def _colours() -> dict[str, tuple[float, float, float]]:
    """The colours by name: red, green, blue from 0 to 1."""
    named = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6});", CSS))
    wide = {name: value if len(value) == 6 else "".join(c * 2 for c in value) for name, value in named.items()}
    return {
        name: (int(value[:2], 16) / 255, int(value[2:4], 16) / 255, int(value[4:], 16) / 255)
        for name, value in wide.items()
    }


def _luminance(colour: tuple[float, float, float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _pairs() -> Iterator[tuple[str, str, float]]:
    for ground in ("paper", "sheet"):
        for text in ("ink", "ink-soft", "link", "bad", "brand", "brand-deep"):
            yield text, ground, 4.5
        yield "edge", ground, 3
    for kind in ("ok", "info", "warn", "bad"):
        yield kind, f"{kind}-pale", 4.5
    yield "sheet", "brand", 4.5
    yield "brand-deep", "brand-pale", 4.5
    yield "ink", "brand-pale", 4.5


@pytest.mark.parametrize(("text", "ground", "least"), list(_pairs()))
def test_colours_keep_the_contrast_of_wcag_aa(text: str, ground: str, least: float) -> None:
    colours = _colours()
    light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


# Static files


def test_a_static_file_has_its_content_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("one")
    first = Statics([tmp_path]).url("a.css")
    (tmp_path / "a.css").write_text("two")
    assert Statics([tmp_path]).url("a.css") != first
    assert re.fullmatch(r"/static/a-[0-9a-f]{12}\.css", first)


def test_a_file_of_a_later_folder_replaces_one_of_the_web_base(tmp_path: Path) -> None:
    (tmp_path / "tongban.svg").write_text("<svg/>")
    assert Statics([tmp_path]).url("tongban.svg") != Statics().url("tongban.svg")


def test_only_styles_scripts_and_pictures_are_served(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("not for browsers")
    with pytest.raises(KeyError):
        Statics([tmp_path]).url("notes.md")


def test_a_static_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_bytes(bytes(statics.FILE_BYTES_MAX + 1))
    with pytest.raises(ValueError, match="larger"):
        Statics([tmp_path])


def test_the_vendored_script_is_found_by_its_ending() -> None:
    url = Statics().find("htmx-", ".min.js")
    assert url is None or url.startswith("/static/htmx-4.")
