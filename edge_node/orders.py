"""The operator's verbs at a station: what `tongban-station` can tell a running one (see `sync_protocol.host.verbs`)."""

from __future__ import annotations

import msgspec

from edge_node.people import check_roles
from edge_node.station import Report, Station
from sync_protocol.host import key_life, people, stick_verbs, verbs
from sync_protocol.host.people import People
from sync_protocol.host.verbs import Verb

STATUS = "status"


class AskStatus(msgspec.Struct, frozen=True):
    """Nothing to say."""


def people_of(station: Station) -> People:
    """The accounts of a station."""
    return People(station.runtime.database, check_roles, station.now, station.entropy, station.runtime.end_keys)


def _status(station: Station, asked: AskStatus) -> Report:
    return station.report()


VERBS = {
    **people.verbs_at(people_of),
    **stick_verbs.verbs_at(lambda station: station.runtime),
    **key_life.verbs_at(lambda station: station.runtime),
    STATUS: Verb(AskStatus, Report, _status),
}


def perform(station: Station, name: str, body: bytes) -> bytes:
    """Carries out a verb, as `verbs.perform`."""
    return verbs.perform(VERBS, station, name, body)
