"""Nodes below a hub: how they stand, invitations, joining, revoking."""

from __future__ import annotations

import re
from html import unescape

import msgspec
import pytest

from central import operations, publishing
from central.operations import Invite
from deploy import catalogue
from shared_models.signing import KeyPair
from sync_protocol.core.joining import JOIN_PATH, Invitation, invitation_of, request_to_join, secret_hash
from sync_protocol.store import invitations
from tests.central.places import Places, Site, put_drafts

KEYS = KeyPair.from_seed(bytes(range(32)))
OTHERS = KeyPair.from_seed(bytes(range(1, 33)))


def invite(site: Site, **fields: str) -> tuple[int, str]:
    browser = site.browser("admin")
    answer = browser.post("/nodes/invite", data={"_form": browser.token_at("/nodes"), "_from": "/nodes", **fields})
    return answer.status_code, answer.text


def invited(site: Site, area: str = "511602102") -> Invitation:
    return invitation_of(operations.invite(site.hub, Invite(area, "协兴镇便民服务中心")).text)


def join(site: Site, invitation: Invitation, keys: KeyPair = KEYS) -> tuple[int, dict[str, object]]:
    body = msgspec.json.encode(request_to_join(keys, invitation))
    answer = site.browser().post(JOIN_PATH, content=body, headers={"content-type": "application/json"})
    return answer.status_code, answer.json()


def test_the_list_shows_name_area_version_and_what_is_held(places: Places) -> None:
    places.station.accept()
    places.sync()
    text = places.district.browser("jiandu").get("/nodes").text
    for part in ("浓洄街道东街社区服务站", "511602001001", "官盛镇便民服务中心", "在线", places.station.name):
        assert part in text, part
    assert "邀请节点接入" not in text, "a supervisor only looks"


def test_an_invitation_is_shown_once_as_text_and_as_a_code(places: Places) -> None:
    status, text = invite(places.district, area="511602102", name="协兴镇便民服务中心")
    assert status == 200
    assert "<svg" in text
    shown = re.search(r">(TBI1\.[^<]+)</textarea>", text)
    assert shown is not None
    invitation = invitation_of(unescape(shown[1]))
    assert (invitation.area, invitation.tier) == ("511602102", "station")
    again = places.district.browser("admin").get("/nodes").text
    assert "等待接入" in again
    assert invitation.secret not in again


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"area": "5101", "name": "外地"}, "area"),
        ({"area": "511602", "name": "自己"}, "area"),
        ({"area": "abc", "name": "乱写"}, "area"),
        ({"area": "", "name": "空"}, "area"),
        ({"area": "511602102", "name": " "}, "name"),
        ({"area": "511602102", "name": "x" * 61}, "name"),
        ({"area": "511602102", "name": "x", "address": "ftp://x"}, "address"),
    ],
)
def test_an_invitation_that_cannot_be_given_is_said_at_its_field(
    places: Places, fields: dict[str, str], field: str
) -> None:
    status, text = invite(places.district, **fields)
    assert status == 422
    assert f'href="#f-{field}"' in text
    if fields["name"].strip():
        assert f'value="{fields["name"]}"' in text, "what was typed is kept"


def test_the_bearer_of_an_invitation_is_admitted_and_the_same_request_again_answered_alike(places: Places) -> None:
    invitation = invited(places.district)
    status, answer = join(places.district, invitation)
    assert status == 200
    assert answer["records"]
    assert join(places.district, invitation)[0] == 200
    member = next(m for m in places.district.runtime.node.roster.members.values() if m.area == "511602102")
    assert (member.name, member.parent) == ("协兴镇便民服务中心", places.district.name)
    assert "等待接入" not in places.district.browser("admin").get("/nodes").text


def test_a_used_invitation_admits_nobody_else(places: Places) -> None:
    invitation = invited(places.district)
    join(places.district, invitation)
    assert join(places.district, invitation, OTHERS) == (422, {"code": "sync.invitation_used", "values": {}})


def test_a_forged_invitation_admits_nobody(places: Places) -> None:
    real = invited(places.district)
    forged = msgspec.structs.replace(real, secret="x" * 24)
    assert join(places.district, forged)[1]["code"] == "sync.invitation_unknown"
    other_hub = msgspec.structs.replace(real, hub_key=real.root_key)
    assert join(places.district, other_hub)[1]["code"] == "sync.not_proven"


def test_an_expired_invitation_admits_nobody(places: Places) -> None:
    node, invitation = places.district.runtime.node, invited(places.district)
    late = msgspec.structs.replace(invitation, secret="given-last-month")
    with node.read() as db:
        row = invitations.get(db, secret_hash(invitation.secret))
    assert row is not None
    expired = row._replace(secret_hash=secret_hash(late.secret), expires_ms=node.now() - 1)
    node.database.write(lambda db: invitations.add(db, expired))
    assert join(places.district, late)[1]["code"] == "sync.invitation_expired"


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"key": "!", "secret": "", "signature": ""}'])
def test_what_is_no_request_is_refused_in_words_for_a_program(places: Places, body: bytes) -> None:
    answer = places.district.browser().post(JOIN_PATH, content=body)
    assert answer.status_code == 422
    assert answer.json() == {"code": "sync.not_proven", "values": {}}


def test_a_request_to_join_is_bounded(places: Places) -> None:
    assert places.district.browser().post(JOIN_PATH, content=b"x" * 9000).status_code == 413


def test_guessing_at_secrets_is_slowed_down(places: Places) -> None:
    forged = msgspec.structs.replace(invited(places.district), secret="x" * 24)
    answers = [join(places.district, forged) for _ in range(25)]
    assert [status for status, _ in answers[:20]] == [422] * 20
    assert answers[-1][0] == 429
    assert answers[-1][1]["code"] == "accounts.too_many"


def test_a_revoked_node_is_shown_as_such_and_later_records_have_no_effect(places: Places) -> None:
    before = places.station.accept()
    places.sync()
    browser = places.district.browser("admin")
    path = f"/nodes/{places.station.name}/revoke"
    answer = browser.post(path, data={"_form": browser.token_at("/nodes"), "_from": "/nodes"})
    assert answer.status_code == 303
    assert "已吊销" in browser.get("/nodes").text
    after = places.station.accept()
    places.station.sync()
    numbers = places.district.browser("shenpi").get("/worklist").text
    assert before in numbers
    assert after not in numbers
    again = browser.post(path, data={"_form": browser.token_at("/nodes"), "_from": "/nodes"})
    assert again.status_code == 422
    assert "已经吊销" in again.text


def test_nobody_revokes_a_node_that_is_not_below(places: Places) -> None:
    browser = places.district.browser("admin")
    token = browser.token_at("/nodes")
    for node, status in ((places.city.name, 422), (places.district.name, 422), ("nobody", 404)):
        assert browser.post(f"/nodes/{node}/revoke", data={"_form": token}).status_code == status


def test_who_runs_which_version_is_seen_and_watched(places: Places) -> None:
    assert "尚未发布" in places.city.browser("admin").get("/nodes").text
    put_drafts(places.city, catalogue.load()[:1])
    publishing.publish(places.city.runtime.node, "actor-admin")
    watching = places.city.browser("admin")
    before = watching.get("/nodes/versions").text
    assert "还没有目录" in before
    places.sync()
    known = re.search(r'data-refresh-next="([^"]+)"', before)
    assert known is not None
    assert "第 1 版" in watching.get(known[1]).text
    assert "第 1 版" in places.city.browser("admin").get("/nodes").text
