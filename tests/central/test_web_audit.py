"""The audit at a hub: every version once by itself, the drafts when somebody asks, as page, file and command."""

from __future__ import annotations

import csv
import io

import pytest
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

from central import auditing, publishing
from central.auditing import Audit
from deploy import catalogue
from shared_models.catalogue import ERROR, Item, check
from shared_models.refusals import Refusal
from sync_protocol.store import catalogue_audits
from sync_protocol.store.catalogue_audits import DRAFTS, Wanted
from tests.central.places import Places, put_drafts

ITEMS = catalogue.load()[:4]
PAGE = "/catalogue/audit"


def worse(item: Item) -> Item:
    """With one error and one warning more than before."""
    return replace(item, fee="", legal_basis=("某办法第三条",))


def found(item: Item) -> list[str]:
    return sorted(finding.code for finding in check(item))


def test_every_version_is_audited_once_and_its_counts_stay(places: Places) -> None:
    node = places.city.runtime.node
    assert auditing.audit_latest(node) is None
    for items in (ITEMS, [replace(ITEMS[0], legal_basis=("某办法第三条",))]):
        put_drafts(places.city, items)
        publishing.publish(node, "actor-admin")
        row = auditing.audit_latest(node)
        assert row is not None
        assert auditing.audit_latest(node) == row, "once"
    with node.read() as db:
        first, second = catalogue_audits.history(db, 10)
        assert (first.version, second.version, second.items) == (1, 2, len(ITEMS))
        assert (
            second.counts["catalogue.basis_without_title"] == first.counts.get("catalogue.basis_without_title", 0) + 1
        )
        assert catalogue_audits.count(db, 1, Wanted()) == 0, "the findings of the latest are enough"
        assert catalogue_audits.count(db, 2, Wanted()) == second.errors + second.warnings


def test_a_district_audits_what_is_published_and_has_no_drafts(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    publishing.publish(places.city.runtime.node, "actor-admin")
    places.sync()
    city, district = (auditing.audit(site.hub, Audit()) for site in (places.city, places.district))
    assert city == district
    with pytest.raises(Refusal) as refused:
        auditing.audit(places.district.hub, Audit(drafts=True))
    assert refused.value.code == "central.city_only"


def test_the_page_lists_what_is_wrong_in_the_drafts_with_filters_and_links(places: Places) -> None:
    put_drafts(places.city, [worse(ITEMS[0]), *ITEMS[1:]], reviewed=False)
    browser = places.city.browser("admin")
    assert "还没有审计过草稿" in browser.get(f"{PAGE}?of=drafts").text
    answer = browser.post(f"{PAGE}?of=drafts", data={"_form": browser.token_at(f"{PAGE}?of=drafts"), "_from": PAGE})
    assert answer.status_code == 303
    page = browser.get(f"{PAGE}?of=drafts").text
    assert f"/catalogue/items/{ITEMS[0].code}/edit?part=" in page
    only = browser.get(f"{PAGE}?of=drafts&finding=catalogue.fee_missing").text
    assert only.count("/edit?part=") == 1
    with places.city.runtime.node.read() as db:
        row = catalogue_audits.audit(db, DRAFTS)
        listed = catalogue_audits.findings(db, DRAFTS, Wanted(item=ITEMS[0].code), 0, 100)
    assert row is not None
    assert row.errors == sum(each.severity == ERROR for item in [worse(ITEMS[0]), *ITEMS[1:]] for each in check(item))
    assert set(found(worse(ITEMS[0]))) <= {each.finding for each in listed}
    assert {"catalogue.fee_missing", "catalogue.basis_without_title"} <= {each.finding for each in listed}


def test_the_list_goes_out_as_filtered_and_a_formula_is_text(places: Places) -> None:
    named = replace(worse(ITEMS[0]), name="=1+1")
    put_drafts(places.city, [named], reviewed=False)
    browser = places.city.browser("admin")
    assert browser.get(f"{PAGE}/list.csv?of=drafts").status_code >= 400, "nothing was audited yet"
    auditing.audit(places.city.hub, Audit(drafts=True))
    answer = browser.get(f"{PAGE}/list.csv?of=drafts&severity=error")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {line[0] for line in lines[1:]} == {"错误"}
    assert {line[2] for line in lines[1:]} == {"'=1+1"}
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(f"{PAGE}/list.xlsx?of=drafts&severity=error").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[6] for row in rows[1:]] == [line[6] for line in lines[1:]]
    assert {row[2] for row in rows[1:]} == {"=1+1"}


def test_versions_draw_their_trend_beside_the_table(places: Places) -> None:
    node = places.city.runtime.node
    for items in (ITEMS, [replace(ITEMS[0], legal_basis=("某办法第三条",))]):
        put_drafts(places.city, items)
        publishing.publish(node, "actor-admin")
        auditing.audit_latest(node)
    page = places.city.browser("admin").get(f"{PAGE}?of=published").text
    assert page.count("<polyline") == 2
    assert "/catalogue/versions/1" in page
    assert "/catalogue/versions/2" in page
