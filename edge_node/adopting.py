"""What was taken over from an earlier case into a form, and whose it is.

Beside a field that was filled so stands a mark under keys of this node: for which resident, which value, from which
case. As long as the field still holds that value, it belongs to that resident: where the form turns to somebody else,
it is taken out again. What a clerk has changed since is the clerk's own and stays.

A chosen material names the case that it comes from; the desk finds nothing of one resident in the cases of another.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from edge_node.known import Offer
from shared_models.catalogue.forms import plain
from sync_protocol.host.forms import Form
from sync_protocol.store.vault import Vault

MARK = "adopted."
"""Before the name of a field: the mark that stands beside it."""
MARK_CHARACTERS_MAX = 200


def adopt(form: Form, vault: Vault, resident: str, offers: Mapping[str, Offer]) -> Form:
    """The form with those of `offers` (name of a field -> what it held) whose field is empty. `resident` = the id
    number of the one they belong to."""
    values = {name: offer.value for name, offer in offers.items() if not form.text(name)}
    marks = {
        MARK + name: f"{_owner(vault, resident)}.{_value(vault, name, value)}.{offers[name].source.number}"
        for name, value in values.items()
    }
    return with_values(form, {**values, **marks})


def settled(form: Form, vault: Vault, resident: str) -> tuple[Form, tuple[str, ...]]:
    """The form without what was taken over for another than `resident` (an id number) and not changed since, and
    without the marks of what was changed; and the names of the fields that are empty by that."""
    out, changed = [], []
    for name, (owner, value, _) in _marks(form).items():
        if value != _value(vault, name, form.text(name)):
            changed.append(name)
        elif owner != _owner(vault, resident):
            out.append(name)
    marks = {MARK + name for name in changed}
    kept = tuple(pair for pair in form.values if pair[0] not in marks)
    return without(Form(kept, form.files, form.action), out), tuple(out)


def adopted(form: Form) -> dict[str, str]:
    """Name of a field that was filled so -> number of the case that its value comes from."""
    return {name: number for name, (_, _, number) in _marks(form).items()}


def without(form: Form, names: Container[str]) -> Form:
    """The form without these fields and what was marked beside them."""
    kept = tuple(pair for pair in form.values if pair[0].removeprefix(MARK) not in names)
    return Form(kept, form.files, form.action)


def with_values(form: Form, values: Mapping[str, str]) -> Form:
    """The form with these values in place of those it has under their names."""
    kept = tuple(pair for pair in form.values if pair[0] not in values)
    return Form((*kept, *values.items()), form.files, form.action)


def _marks(form: Form) -> dict[str, tuple[str, str, str]]:
    found = {}
    for key, text in form.values:
        parts = text[:MARK_CHARACTERS_MAX].split(".")
        if key.startswith(MARK) and len(parts) == 3:
            found[key.removeprefix(MARK)] = (parts[0], parts[1], parts[2])
    return found


def _owner(vault: Vault, resident: str) -> str:
    return vault.lookup("adopted for", resident)


def _value(vault: Vault, name: str, value: str) -> str:
    return vault.lookup("adopted", f"{name}\0{plain(value)}")
