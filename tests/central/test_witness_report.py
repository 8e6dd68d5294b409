"""What `witness`, the doctor and the page say of receipts and their witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner

import central.cli
import edge_node.cli
from shared_models.signing import bytes_of, pae
from sync_protocol.child_side import ChildSide
from sync_protocol.core.checkpoints import NOWHERE, RECEIPT_TYPE, Signed
from sync_protocol.core.contradictions import TWO_RECEIPTS, Proof, stands, two_receipts
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipts
from sync_protocol.store.log import EMPTY_HASH, Entry
from sync_protocol.witness import Contradict
from tests.central.places import Places, Site
from tests.sync_protocol.world import run


def witness(site: Site) -> None:
    assert site.parent is not None
    above = site.parent.runtime
    member = above.node.roster.member(site.name)
    assert member is not None
    side = ChildSide(site.runtime.node, above.node.name, above.node.keys.public)
    run(side.witnessed(), ParentSide(above.node, member).answer)


def told(site: Site, *options: str) -> tuple[int, str]:
    """Exit code and output of `witness` beside the open node."""
    main = edge_node.cli.main if site.app is None else central.cli.main
    done = CliRunner().invoke(main, ["--lang", "en", "witness", str(site.runtime.folder.path), *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def in_json(site: Site) -> Any:
    return json.loads(told(site, "--json")[1])


def test_receipts_in_order_are_said_to_be_in_order_on_all_three_tiers(places: Places) -> None:
    places.station.accept()
    places.sync(3)
    assert in_json(places.station)["receipts"].keys() == {"waiting"}
    witness(places.district)
    witness(places.station)
    assert in_json(places.station)["receipts"].keys() == {"witnessed"}
    code, said = told(places.station)
    assert code == 0
    assert "witnessed by the city" in said
    own = in_json(places.district)["log"]
    assert own["size"] == own["cosigned"] > 0
    (below,) = in_json(places.city)["below"]
    assert (below["node"], below["size"], below["losses"]) == (places.district.name, own["size"], 0)
    assert told(places.city)[0] == 0


def contradiction(places: Places) -> Proof:
    """Two receipts that the district signed for one leaf."""
    keys, name = places.district.runtime.node.keys, places.district.name
    one, other = (
        receipts.sign_receipt(keys, name, child, Entry(0, EMPTY_HASH), 0, 1, ("epoch", 5)) for child in ("a", "b")
    )
    return two_receipts(name, one, other)


def test_a_hub_that_contradicted_itself_is_named_where_its_proof_arrives_and_can_be_checked_by_anybody(
    places: Places, tmp_path: Path
) -> None:
    places.station.runtime.node.write(Contradict(contradiction(places)))
    places.sync(3)
    for site in (places.station, places.district, places.city):
        code, said = told(site)
        assert code == 1
        assert places.district.name in said
        assert TWO_RECEIPTS in said
    folder = tmp_path / "proofs"
    folder.mkdir()
    assert told(places.city, "--proofs", str(folder))[0] == 1
    (file,) = folder.iterdir()
    written = json.loads(file.read_bytes())
    proof = msgspec.convert(written["proof"], Proof)
    assert stands(proof, [bytes_of(written["key"])])
    assert not stands(proof, [places.city.runtime.node.keys.public])


def test_a_receipt_without_a_place_in_a_log_proves_nothing(places: Places) -> None:
    keys, name = places.district.runtime.node.keys, places.district.name
    one, other = (receipts.sign_receipt(keys, name, child, Entry(0, EMPTY_HASH), 0, 1, NOWHERE) for child in ("a", "b"))
    assert not stands(two_receipts(name, one, other), [keys.public])


def test_what_a_hub_signs_that_nobody_can_take_apart_proves_nothing_and_stops_no_fold(places: Places) -> None:
    """Twelve thousand levels deep, signed by the hub, handed on by a station."""
    keys, name = places.district.runtime.node.keys, places.district.name
    deep = b'{"x":' + b"[" * 5_900 + b"]" * 5_900 + b"}"
    one, other = (Signed(each, keys.sign(pae(RECEIPT_TYPE, each))) for each in (deep, deep + b" "))
    proof = two_receipts(name, one, other)
    assert not stands(proof, [keys.public])
    places.station.runtime.node.write(Contradict(proof))
    places.sync(3)
    assert in_json(places.city)["contradictions"] == []


def test_the_page_shows_the_logs_below_and_the_proofs(places: Places) -> None:
    places.station.accept()
    places.sync(3)
    witness(places.district)
    page = places.city.browser("admin").get("/witness").text
    assert places.district.runtime.settings.name in page
    assert "自相矛盾" not in page
    places.station.runtime.node.write(Contradict(contradiction(places)))
    places.sync(3)
    page = places.city.browser("admin").get("/witness").text
    assert "同一序号签了两份回执" in page
    assert places.station.name in page
