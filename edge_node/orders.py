"""The operator's verbs: what `tongban-station` can be told to do, each as one function from a request to an answer.

The same function runs in the command's own process, where the station does not run, and in the running station, where
it does (see `sync_protocol.host.operator`). Requests and answers are JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from edge_node.people import add_account
from edge_node.station import Report, Station
from shared_models.refusals import Refusal

ADD_ACCOUNT, STATUS = "account-add", "status"


class NewAccount(msgspec.Struct, frozen=True):
    """A new account as it is asked for."""

    login: str
    name: str
    roles: tuple[str, ...]
    password: str


class Added(msgspec.Struct, frozen=True):
    """The account that was made."""

    login: str
    name: str


class AskStatus(msgspec.Struct, frozen=True):
    """Nothing to say."""


def _add_account(station: Station, asked: NewAccount) -> Added:
    account = add_account(
        station.runtime.database, asked.login, asked.name, asked.roles, asked.password, now_ms=station.now(),
        entropy=station.entropy,
    )  # fmt: skip
    return Added(account.login, account.display_name)


def _status(station: Station, asked: AskStatus) -> Report:
    return station.report()


class Verb(NamedTuple):
    """`request` is the type of what is asked."""

    request: type[Any]
    work: Callable[[Station, Any], msgspec.Struct]


VERBS = {ADD_ACCOUNT: Verb(NewAccount, _add_account), STATUS: Verb(AskStatus, _status)}


def perform(station: Station, name: str, body: bytes) -> bytes:
    """Carries out a verb. Raises Refusal commands.operator_unknown, commands.request_malformed, and the verb's own."""
    verb = VERBS.get(name)
    if verb is None:
        raise Refusal("commands.operator_unknown", verb=name[:40])
    try:
        asked = msgspec.json.decode(body, type=verb.request)
    except msgspec.MsgspecError:
        raise Refusal("commands.request_malformed") from None
    return msgspec.json.encode(verb.work(station, asked))
