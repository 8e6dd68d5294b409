from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import canonical
from shared_models.records import Record, record_of
from shared_models.refusals import Refusal
from shared_models.roster import (
    ADMITTED,
    CITY,
    DISTRICT,
    FAMILIES,
    ISSUER_ADMITTED,
    ISSUER_REVOKED,
    REVOKED,
    ROOT,
    STATION,
    Member,
    Roster,
    admission,
    may_write,
)
from shared_models.signing import KeyPair, name_of_key, text_of
from tests.shared_models.writers import (
    CITY_AREA,
    DISTRICT_AREA,
    OTHER_AREA,
    STATION_AREA,
    Writer,
    member_of,
    pair,
    with_body,
)

ROOT_KEYS, CITY_KEYS, DISTRICT_KEYS, OTHER_KEYS, STATION_KEYS = map(
    pair, ("root", "city", "district", "other", "station")
)
CITY_MEMBER = member_of(CITY_KEYS, CITY, CITY_AREA)
DISTRICT_MEMBER = member_of(DISTRICT_KEYS, DISTRICT, DISTRICT_AREA, CITY_MEMBER.node)
OTHER_MEMBER = member_of(OTHER_KEYS, DISTRICT, OTHER_AREA, CITY_MEMBER.node)
STATION_MEMBER = member_of(STATION_KEYS, STATION, STATION_AREA, DISTRICT_MEMBER.node)


def root() -> Writer:
    return Writer(ROOT_KEYS, CITY_AREA, "root")


def city() -> Writer:
    return Writer(CITY_KEYS, CITY_AREA)


def district() -> Writer:
    return Writer(DISTRICT_KEYS, DISTRICT_AREA)


def rooted() -> Roster:
    return Roster.rooted(ROOT_KEYS.public, CITY_AREA)


def grown() -> Roster:
    """Root, city, two districts and a station, each admitted by the one above."""
    roster = rooted().apply(root().admit(CITY_MEMBER))
    roster = roster.apply(city().admit(DISTRICT_MEMBER)).apply(city().admit(OTHER_MEMBER))
    return roster.apply(district().admit(STATION_MEMBER))


def code_of(roster: Roster, record: Record) -> str:
    with pytest.raises(Refusal) as caught:
        roster.apply(record)
    return caught.value.code


def test_trust_grows_from_the_root_to_the_station() -> None:
    roster = grown()
    assert [roster.members[each.node] for each in (CITY_MEMBER, DISTRICT_MEMBER, STATION_MEMBER)] == [
        *(CITY_MEMBER, DISTRICT_MEMBER, STATION_MEMBER)
    ]
    assert roster.children(CITY_MEMBER.node) == [DISTRICT_MEMBER, OTHER_MEMBER]
    assert rooted().members.keys() == {name_of_key(ROOT_KEYS.public)}


def test_applying_leaves_the_old_roster_as_it_was() -> None:
    before = rooted()
    before.apply(root().admit(CITY_MEMBER))
    assert before == rooted()


def test_an_author_that_nobody_admitted_changes_nothing() -> None:
    assert code_of(rooted(), city().admit(DISTRICT_MEMBER)) == "roster.unknown_node"


@pytest.mark.parametrize("area", [OTHER_AREA, CITY_AREA, "", "51160", "5117", "511"])
def test_a_hub_admits_nobody_outside_its_area(area: str) -> None:
    stranger = member_of(pair("stranger"), STATION, area, DISTRICT_MEMBER.node)
    assert code_of(grown(), district().admit(stranger)) == "roster.outside_grant"


@given(st.text("0123456789", min_size=0, max_size=12))
def test_containment_is_exactly_the_prefix_of_the_division_code(area: str) -> None:
    stranger = member_of(pair("stranger"), STATION, area, DISTRICT_MEMBER.node)
    if area.startswith(DISTRICT_AREA):
        assert grown().apply(district().admit(stranger)).members[stranger.node] == stranger
    else:
        assert code_of(grown(), district().admit(stranger)) == "roster.outside_grant"


@pytest.mark.parametrize("tier", [DISTRICT, CITY, ROOT, "emperor", ""])
def test_a_hub_admits_only_tiers_below_its_own(tier: str) -> None:
    stranger = msgspec.structs.replace(member_of(pair("stranger"), STATION, STATION_AREA), tier=tier)
    assert code_of(grown(), district().admit(stranger)) == "roster.outside_grant"


@pytest.mark.parametrize(
    "families", [("roster",), ("case", "catalogue"), ("case", "node", "attestation"), ("invented",)]
)
def test_nobody_is_granted_more_kinds_than_the_tier_may_have(families: tuple[str, ...]) -> None:
    stranger = msgspec.structs.replace(member_of(pair("stranger"), STATION, STATION_AREA), families=families)
    assert code_of(grown(), district().admit(stranger)) == "roster.outside_grant"


def test_a_name_that_is_not_the_name_of_the_key_is_refused() -> None:
    liar = msgspec.structs.replace(member_of(pair("stranger"), STATION, STATION_AREA), node=STATION_MEMBER.node)
    assert code_of(grown(), district().admit(liar)) == "roster.key_mismatch"


@pytest.mark.parametrize(
    "victim", [CITY_KEYS, OTHER_KEYS, ROOT_KEYS, DISTRICT_KEYS], ids=["city", "other", "root", "self"]
)
def test_a_hub_cannot_take_over_a_node_that_does_not_stand_below_it(victim: KeyPair) -> None:
    """Keys are public: whoever could admit a known node anew as a station of its own would have stripped it."""
    degraded = member_of(victim, STATION, STATION_AREA, DISTRICT_MEMBER.node)
    assert code_of(grown(), district().admit(degraded)) == "roster.outside_grant"


def test_a_hub_cannot_pull_a_station_of_another_district_into_its_own() -> None:
    other = Writer(OTHER_KEYS, OTHER_AREA)
    stolen = member_of(STATION_KEYS, STATION, OTHER_AREA + "001001", OTHER_MEMBER.node)
    assert code_of(grown(), other.admit(stolen)) == "roster.outside_grant"


def test_a_hub_may_admit_its_own_node_anew_with_another_grant() -> None:
    narrowed = msgspec.structs.replace(STATION_MEMBER, name="新站", families=("case",))
    assert grown().apply(district().admit(narrowed)).members[STATION_MEMBER.node] == narrowed


def test_an_admission_that_does_not_say_so_is_for_keys_of_a_year() -> None:
    assert "key_days" not in admission(STATION_MEMBER)
    assert STATION_MEMBER.key_days == 365
    shorter = msgspec.structs.replace(STATION_MEMBER, key_days=90)
    assert admission(shorter)["key_days"] == 90
    assert grown().apply(district().admit(shorter)).members[STATION_MEMBER.node].key_days == 90


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "no base64!"}, {"key": text_of(bytes(31))}, {"key": ""}, {"tier": None}, {"families": "case"},
        {"node": 7}, {"offline_days_max": "long"}, {"area": None}, {"key_days": "long"}, {"key_days": 0},
    ],
    ids=str,
)  # fmt: skip
def test_an_incomplete_admission_is_refused_and_never_an_accident(changes: dict[str, Any]) -> None:
    body = {**admission(member_of(pair("stranger"), STATION, STATION_AREA)), **changes}
    record = district().control(ADMITTED, "roster/x", body)
    assert code_of(grown(), record) in ("roster.malformed", "roster.outside_grant")


@pytest.mark.parametrize("kind", [ADMITTED, REVOKED, ISSUER_ADMITTED])
def test_a_control_record_without_content_is_refused(kind: str) -> None:
    empty = district().control(kind, "roster/x", {})
    assert code_of(grown(), empty) in ("roster.malformed", "roster.unknown_node")
    for body in (None, b"[]", b"{", b"null"):
        assert code_of(grown(), with_body(empty, body)) == "roster.malformed"


def test_an_admission_cannot_smuggle_in_that_it_is_not_revoked() -> None:
    revoked = grown().apply(
        district().control(REVOKED, "roster/x", {"node": STATION_MEMBER.node, "incarnation": "", "seq": 0})
    )
    again = district().control(
        ADMITTED, "roster/x", {**admission(STATION_MEMBER), "revoked": False, "trusted": ["one", 9]}
    )
    assert code_of(revoked, again) == "roster.revoked"
    fresh = grown().apply(
        district().control(ADMITTED, "roster/x", {**admission(STATION_MEMBER), "trusted": ["one", 9]})
    )
    assert fresh.members[STATION_MEMBER.node] == STATION_MEMBER


def test_a_revocation_names_the_last_position_that_is_trusted() -> None:
    body = {"node": STATION_MEMBER.node, "incarnation": "one", "seq": 7}
    member = grown().apply(district().control(REVOKED, "roster/x", body)).members[STATION_MEMBER.node]
    assert (member.revoked, member.trusted) == (True, ("one", 7))
    assert grown().apply(district().control(REVOKED, "roster/x", body)).children(DISTRICT_MEMBER.node) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"node": CITY_MEMBER.node}, "roster.outside_grant"),
        ({"node": DISTRICT_MEMBER.node}, "roster.outside_grant"),
        ({"node": OTHER_MEMBER.node}, "roster.outside_grant"),
        ({"node": name_of_key(ROOT_KEYS.public)}, "roster.outside_grant"),
        ({"node": "nobody"}, "roster.unknown_node"),
        ({}, "roster.unknown_node"),
        ({"node": STATION_MEMBER.node, "seq": "all"}, "roster.malformed"),
        ({"node": STATION_MEMBER.node, "seq": None}, "roster.malformed"),
        ({"node": STATION_MEMBER.node, "seq": True}, "roster.malformed"),
        ({"node": STATION_MEMBER.node, "incarnation": 1}, "roster.malformed"),
    ],
    ids=str,
)
def test_a_hub_revokes_only_what_stands_below_it(body: dict[str, Any], code: str) -> None:
    assert code_of(grown(), district().control(REVOKED, "roster/x", body)) == code


def test_an_issuer_is_admitted_and_revoked_by_its_did() -> None:
    body = {"did": "did:key:z6Mk", "department": "mz", "name": "民政局", "facts": ["low_income"]}
    admitted = rooted().apply(root().admit(CITY_MEMBER)).apply(city().control(ISSUER_ADMITTED, "roster/x", body))
    assert admitted.issuers["did:key:z6Mk"].facts == ("low_income",)
    gone = admitted.apply(city().control(ISSUER_REVOKED, "roster/x", {"did": "did:key:z6Mk"}))
    assert gone.issuers["did:key:z6Mk"].revoked
    assert admitted.apply(city().control(ISSUER_REVOKED, "roster/x", {"did": "unknown"})) == admitted
    assert code_of(admitted, city().control(ISSUER_ADMITTED, "roster/x", {"did": 5})) == "roster.malformed"


def test_only_its_grantor_or_a_hub_above_touches_an_issuer() -> None:
    body: dict[str, Any] = {"did": "did:key:z6Mk", "department": "mz", "name": "民政局", "facts": ["low_income"]}
    wider = {**body, "facts": ["low_income", "disabled"]}
    by_city = grown().apply(city().control(ISSUER_ADMITTED, "roster/x", body))
    for kind, value in ((ISSUER_ADMITTED, wider), (ISSUER_REVOKED, body)):
        assert code_of(by_city, district().control(kind, "roster/x", value)) == "roster.not_the_grantor"
    by_district = grown().apply(district().control(ISSUER_ADMITTED, "roster/x", body))
    assert by_district.apply(district().control(ISSUER_ADMITTED, "roster/x", wider)).issuers[body["did"]].facts[1:]
    gone = by_district.apply(city().control(ISSUER_REVOKED, "roster/x", body))
    assert gone.issuers[body["did"]].revoked
    for author in (city, district):
        assert code_of(gone, author().control(ISSUER_ADMITTED, "roster/x", body)) == "roster.issuer_revoked"


def test_a_control_record_of_a_later_version_changes_nothing() -> None:
    assert grown().apply(district().control("roster.promoted", "roster/x", {"to": "city"})) == grown()


@given(
    st.sampled_from([CITY, DISTRICT, STATION]),
    st.text("abcdefnorst", min_size=1, max_size=8),
    st.text("012356", max_size=8),
)
def test_a_node_writes_the_kinds_of_its_families_inside_its_area_and_no_others(
    tier: str, family: str, area: str
) -> None:
    keys = pair("writer")
    for kind in (family, *(f"{each}.noted" for each in (family, "case", "roster", "catalogue"))):
        header = Writer(keys, area).write(kind).header
        allowed = kind.split(".")[0] in FAMILIES[tier] and area.startswith(DISTRICT_AREA)
        assert may_write(member_of(keys, tier, DISTRICT_AREA), header) == allowed


def test_a_roster_comes_back_from_its_kept_form() -> None:
    plain = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(grown())))
    assert msgspec.convert(plain, Roster) == grown()


def test_what_an_admission_says_is_canonical() -> None:
    made = district().admit(STATION_MEMBER)
    assert made.body == canonical.encode(admission(STATION_MEMBER))
    assert record_of(made.header_bytes, made.signature, made.body).value()["area"] == STATION_AREA


def test_a_member_knows_its_key_as_bytes() -> None:
    assert Member("n", text_of(STATION_KEYS.public), STATION, "", "", "", ()).public == STATION_KEYS.public
