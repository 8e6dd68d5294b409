"""Pages: one typed, frozen dataclass for each template, and nothing else reaches it.

    @dataclass(frozen=True)
    class ReceiptPage:
        template: ClassVar[str] = "receipt.html"
        number: str

A template sees `page` (that dataclass), `visit` (who is asking, see `web.Visit`) and the helpers below. There is one
environment a language, so that helpers know their language without being told and macros stay cheap to import.

In every template
- `t('中文', 'English', name=value)` - one of two texts, with `{name}` filled in
- `sentence(code, **values)`, `say(refusal)` - from `shared_models.texts`
- `static('tongban.css')` - the address of a static file
- filters: `date` (milliseconds or "2026-03-05" -> 2026年3月5日), `moment` (milliseconds -> 2026-03-05 14:20), `groups`
  (a number in groups of four that is still copied in one piece), `masked` (an id number without its middle)

All times are shown in UTC+8. Style attributes and inline scripts are refused by the browser (see `web_security`).
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol

import jinja2
from jinja2 import meta, nodes
from markupsafe import Markup

from shared_models import texts
from shared_models.refusals import Refusal
from sync_protocol.host.statics import Statics

OWN_FOLDER = Path(__file__).parent / "templates"
CHINA = timezone(timedelta(hours=8), "UTC+8")


class Page(Protocol):
    """What can be rendered: a frozen dataclass that names its template."""

    template: ClassVar[str]


def pick(language: str, zh: str, en: str, **values: object) -> str:
    """`t` of the templates: the text in `language`, with `{name}` filled from `values`."""
    text = en if language == "en" else zh
    return text.format(**values) if values else text


def moment(at_ms: int, *, seconds: bool = False) -> str:
    """2026-03-05 14:20, in UTC+8."""
    return datetime.fromtimestamp(at_ms / 1000, CHINA).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def day(language: str, value: int | str | date) -> str:
    """2026年3月5日, or 5 March 2026; of milliseconds, of a date, or of its text "2026-03-05"."""
    if isinstance(value, int):
        value = datetime.fromtimestamp(value / 1000, UTC).astimezone(CHINA).date()
    elif isinstance(value, str):
        value = date.fromisoformat(value)
    if language == "en":
        return f"{value.day} {value:%B} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def groups(number: str, size: int = 4) -> Markup:
    """A long number in groups that the eye can hold; the gaps are style only, so it is copied in one piece."""
    parts = [number[start : start + size] for start in range(0, len(number), size)]
    inner = Markup("").join(Markup("<span>{}</span>").format(part) for part in parts)
    return Markup('<span class="groups">{}</span>').format(inner)


def masked(number: str) -> str:
    """An id number for a screen that others can see: the first 4 and the last 4 characters."""
    return number[:4] + "*" * (len(number) - 8) + number[-4:] if len(number) > 8 else "*" * len(number)


class Pages:
    """Renders pages from the host's templates and those of `folders`, which may override them."""

    def __init__(self, folders: Sequence[Path] = (), statics: Statics | None = None) -> None:
        self.statics = statics or Statics()
        self._environments = {language: self._environment(folders, language) for language in texts.LANGUAGES}

    def _environment(self, folders: Sequence[Path], language: str) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=_loader(folders),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )

        def say(refusal: Refusal) -> str:
            return texts.sentence(refusal.code, language, **refusal.values)

        def sentence(code: str, **values: str | int) -> str:
            return texts.sentence(code, language, **values)

        environment.globals.update(
            t=partial(pick, language),
            sentence=sentence,
            say=say,
            static=self.statics.url,
            htmx_url=self.statics.find("htmx-", ".min.js"),
        )
        environment.filters.update(date=partial(day, language), moment=moment, groups=groups, masked=masked)
        return environment

    def html(self, page: Page, language: str, visit: object) -> str:
        """The page as text. Raises jinja2.UndefinedError where a template asks for what is not there."""
        template = self._environments[language].get_template(page.template)
        return template.render(page=page, visit=visit)


def _loader(folders: Sequence[Path]) -> jinja2.FileSystemLoader:
    return jinja2.FileSystemLoader([*folders, OWN_FOLDER])


# Holding a page to its template


def check_page(cls: type[Any], *folders: Path) -> list[str]:
    """What is wrong between a page class and its template, as sentences; none is good. For tests.

    Every field is used, every `page.x` exists, `page` is never handed on whole, the class is a frozen dataclass.
    Templates are looked for in `folders`, or in the folder `templates` beside the module of the class."""
    if not getattr(getattr(cls, "__dataclass_params__", None), "frozen", False):
        return [f"{cls.__name__} is not a frozen dataclass"]
    beside = Path(inspect.getfile(cls)).parent / "templates"
    used = set(_used_attributes(cls.template, _loader(folders or (beside,))))
    fields = {field.name for field in dataclasses.fields(cls)}
    problems = [f"{cls.template} hands `page` on whole: name its fields instead"] * ("" in used)
    reached = used | {name for attribute in used for name in _names_in(cls, attribute)}
    problems += [f"{cls.__name__}.{name} is not used by {cls.template}" for name in sorted(fields - reached)]
    unknown = sorted(name for name in used - fields - {""} if not hasattr(cls, name))
    return problems + [f"{cls.template} uses page.{name}, which {cls.__name__} does not have" for name in unknown]


def _used_attributes(name: str, loader: jinja2.BaseLoader) -> Iterator[str]:
    """The x of every `page.x` in a template and those that it extends, includes or imports; "" for a bare `page`."""
    environment = jinja2.Environment(loader=loader)  # for parsing: nothing is rendered
    waiting, seen = [name], {name}
    while waiting:
        source = loader.get_source(environment, waiting.pop())[0]
        tree = environment.parse(source)
        attributes = [node for node in tree.find_all(nodes.Getattr) if _is_page(node.node)]
        yield from (node.attr for node in attributes)
        whole = sum(1 for node in tree.find_all(nodes.Name) if _is_page(node)) - len(attributes)
        yield from [""] * (whole > 0)
        found = {other for other in meta.find_referenced_templates(tree) if other} - seen
        seen |= found
        waiting += sorted(found)


def _is_page(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "page"


def _names_in(cls: type[Any], attribute: str) -> Sequence[str]:
    """The names that a property or method of the page reads, so that a field may be used through it."""
    found = inspect.getattr_static(cls, attribute, None)
    function = found.fget if isinstance(found, property) else found
    code = getattr(function, "__code__", None)
    return code.co_names if code else ()
