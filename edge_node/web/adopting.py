"""Taking over what an earlier case offers, and giving it back where the form turns to another resident."""

from __future__ import annotations

from edge_node import adopting
from edge_node.desk import Checked
from edge_node.entry import AGENT
from edge_node.known import Known, Offer
from edge_node.station import Station
from edge_node.web.filling import AGENT_FIELDS
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.store import accounts


def taken_out(station: Station, form: Form, errors: FormErrors) -> Form:
    """The form as far as it belongs to the resident whose id number it bears now; what belonged to another is said in
    `errors`. A number that is wrong is nobody's yet: nothing can be taken in under it, and nothing goes."""
    try:
        resident = station.desk.check_resident(form.text("id_number"))
    except Refusal:
        return form
    form, out = adopting.settled(form, station.node.vault, resident.number)
    if out:
        errors.add("id_number", Refusal("desk.adopted_of_another"))
    return form


def adopt(station: Station, form: Form, checked: Checked, agent: bool, of: str) -> Form:
    """The form with what is offered in its empty fields: in all of them, or in the field `of` alone. With `agent`,
    those about an agent say all of the relative whom the case `of` names, or stay: two people must never become one."""
    if checked.resident is None:
        return form
    if agent and not may_take_relative(form):
        return form
    form = adopting.without(form, AGENT_FIELDS) if agent else form
    offers = _relative(checked, of) if agent else checked.known.fields
    chosen = {name: offer for name, offer in offers.items() if agent or of in ("", name)}
    return adopting.adopt(form, station.node.vault, checked.resident.number, chosen)


def may_take_relative(form: Form) -> bool:
    """Whether all that is said of an agent was taken over and not typed."""
    taken = adopting.adopted(form)
    return all(name in taken or not form.text(name) for name in AGENT_FIELDS)


def clerks_of(station: Station, known: Known) -> dict[str, str]:
    """Opaque id -> name of the clerks who took in what is offered, as far as they have accounts here."""
    actors = {paper.reused.actor for paper in known.papers.values()}
    if not actors:
        return {}
    with station.node.read() as db:
        found = {actor: accounts.account_of_actor(db, actor) for actor in actors}
    return {actor: account.display_name for actor, account in found.items() if account is not None}


def _relative(checked: Checked, number: str) -> dict[str, Offer]:
    """Name of a form field -> what the case says of the relative."""
    found = next((each for each in checked.known.relatives if each.source.number == number), None)
    if found is None:
        return {}
    return {f"agent_{name}": Offer(getattr(found.agent, name), found.source) for name in AGENT}
