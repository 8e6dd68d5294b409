"""The operator's verbs, told to a hub that is open; `test_cli` tells them to processes."""

from __future__ import annotations

import msgspec
import pytest

from central import operations
from central.operations import AddAccount, AskStatus, Invite, Invited, Revoke, Status
from shared_models.refusals import Refusal
from sync_protocol.core.joining import invitation_of
from sync_protocol.store import accounts
from tests.central.places import PASSWORD, Places


def refused(hub: object, verb: str, body: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        operations.perform(hub, verb, body)  # type: ignore[arg-type]  # a hub, from another module's property
    return caught.value.code


def test_a_verb_goes_in_and_out_as_json(places: Places) -> None:
    body = msgspec.json.encode(Invite("511602102", "协兴镇便民服务中心", "https://hub.example/"))
    answer = msgspec.json.decode(operations.perform(places.district.hub, "invite", body), type=Invited)
    assert (answer.tier, answer.address) == ("station", "https://hub.example")
    assert invitation_of(answer.text).address == "https://hub.example"


def test_an_unknown_verb_and_a_malformed_request_are_refused(places: Places) -> None:
    hub = places.district.hub
    assert refused(hub, "destroy", b"{}") == "commands.operator_unknown"
    for body in (b"", b"[]", b'{"area": 5, "name": "x"}', b"{" * 1000):
        assert refused(hub, "invite", body) == "commands.request_malformed"


def test_the_status_tells_what_is_held_and_by_whom(places: Places) -> None:
    places.station.accept()
    places.sync()
    found: Status = operations.status(places.district.hub, AskStatus())
    assert (found.area, found.tier, found.catalogue_version) == ("511602", "district", 0)
    assert found.journal == found.acknowledged > 0
    children = {child.area: child for child in found.children}
    assert set(children) == {"511602001001", "511602101"}
    station: Status = operations.status(places.station.hub, AskStatus())
    assert children["511602001001"].journal == station.journal
    assert children["511602001001"].contact_ms > 0
    city: Status = operations.status(places.city.hub, AskStatus())
    assert [child.name for child in city.children] == ["广安区政务服务中心"]
    assert city.journal == city.acknowledged == city.upstream


def test_an_account_can_log_in_at_once(places: Places) -> None:
    asked = AddAccount("xiaoli", "李新人", ("officer", "supervisor"), PASSWORD)
    operations.add_account(places.district.hub, asked)
    assert places.district.browser("xiaoli").get("/nodes").status_code == 200
    with places.district.runtime.node.read() as db:
        account = accounts.account_of(db, "xiaoli")
    assert account is not None
    assert account.actor not in ("", "xiaoli")


def test_revoking_trusts_what_is_held(places: Places) -> None:
    places.station.accept()
    places.sync()
    gone = operations.revoke(places.district.hub, Revoke(places.station.name))
    member = places.district.runtime.node.roster.member(places.station.name)
    assert member is not None
    assert member.revoked
    assert member.trusted == (gone.incarnation, gone.seq)
    assert gone.incarnation == places.station.runtime.node.incarnation
    assert gone.seq > 0


def test_a_node_that_never_came_is_revoked_from_its_first_record(places: Places) -> None:
    late = places.join(places.district, "late", "station", "511602103", "花园街道")
    gone = operations.revoke(places.district.hub, Revoke(late.name))
    assert (gone.incarnation, gone.seq) == ("", 0)
    late.runtime.close()
