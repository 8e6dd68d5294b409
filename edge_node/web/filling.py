"""A form while it is filled in: what of it makes an entry, and keeping it as it grows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from starlette.requests import Request

from edge_node.adopting import MARK, with_values
from edge_node.desk import Intake
from edge_node.drafts import Values
from edge_node.entry import AGENT, Entry
from edge_node.web.context import actor_of, station_of
from edge_node.web.files import KeptFile
from shared_models import signing
from shared_models.cases import RECEIVED, Agent
from sync_protocol.host.forms import Form

WHO = ("name", "phone", "address")
Files = Mapping[str, tuple[KeptFile, ...]]
"""Code of a material -> its files that are on disk."""

AGENT_FIELDS = tuple(f"agent_{name}" for name in AGENT)

_TYPED = ("id_number", *WHO, *AGENT_FIELDS, "promise_days")
_ANSWER = "answer."
_TYPED_PARTS = ("field.", "material.", "turn.", MARK, _ANSWER)


def entry_of(form: Form, intake: Intake, files: Files) -> Entry:
    """What was entered for the fields and materials that the item has now."""
    return Entry(
        name=form.text("name"),
        id_number=form.text("id_number"),
        phone=form.text("phone"),
        address=form.text("address"),
        promise_days=form.text("promise_days"),
        fields={each.code: form.text(f"field.{each.code}") for each in intake.item.fields},
        materials={each.code: form.text(f"material.{each.code}") for each in intake.materials},
        answers=intake.answers,
        files={code: tuple(kept.attachment for kept in found) for code, found in files.items()},
        agent=Agent(*(form.text(f"agent_{name}") for name in AGENT)),
    )


def answers_of(request: Request, form: Form) -> dict[str, str]:
    """The answers by which the situation was found, code -> code: those in the address of a page that is asked for, or
    else those that the form holds."""
    there = request.query_params.multi_items() if request.method == "GET" else []
    return _answers(there) or _answers(form.values)


def _answers(values: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {key.removeprefix(_ANSWER): value[:40] for key, value in values if key.startswith(_ANSWER) and value}


def all_received(form: Form, intake: Intake, waived: Container[str]) -> Form:
    """The form with every required material received of which nothing was said; what is waived is not asked for."""
    unsaid = {
        f"material.{each.code}": RECEIVED
        for each in intake.materials
        if each.required and each.code not in waived and not form.text(f"material.{each.code}")
    }
    return with_values(form, unsaid)


def entry_id_of(request: Request, form: Form) -> str:
    """The name of this filling-in: the one that the form brings, or a new one."""
    return form.text("entry") or signing.text_of(station_of(request).entropy(16))


def keep(request: Request, form: Form, entry_id: str, files: Files) -> bool:
    """Keeps the form of this address as begun, if anything was entered; whether it is kept. Raises Refusal as
    `Drafts.keep`."""
    values, number = _typed(form, files), shown_under(form) or station_of(request).desk.catalogue_number()
    if not any(value.strip() for key, value in values if not key.startswith(_ANSWER)):
        return False
    hashes = frozenset(each.attachment.hash for found in files.values() for each in found)
    code, situation = request.path_params["code"], request.query_params.get("situation", "")
    return station_of(request).drafts.keep(entry_id, actor_of(request), code, situation, number, values, hashes)


def _typed(form: Form, files: Files) -> Values:
    typed = [(key, value) for key, value in form.values if key in _TYPED or key.startswith(_TYPED_PARTS)]
    tickets = [(f"kept.{code}", each.ticket) for code, found in files.items() for each in found]
    return (*typed, *tickets)


def shown_under(form: Form) -> int:
    """The version of the catalogue that the form was shown under; 0 where it does not say."""
    said = form.text("catalogue")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def codes_of_files(form: Form) -> tuple[str, ...]:
    """The codes of the materials for which the form brings tickets of files."""
    return tuple(dict.fromkeys(key.removeprefix("kept.") for key, _ in form.values if key.startswith("kept.")))
