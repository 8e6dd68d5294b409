"""An import goes on beside the work: nobody waits for it, nobody sees half of it, and its end is told."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from msgspec.structs import replace

from central import importing, publishing
from central.catalogue_files import write_csv
from central.import_report import ALL, EVERY, SOUND, WAIT
from central.importing import KEEPING, PROGRESS, READING, SILENT_MS_MAX, Progress
from deploy import catalogue
from shared_models.catalogue import BaseItem
from shared_models.refusals import Refusal
from sync_protocol.node import Node
from sync_protocol.store import state
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts
from tests.central.places import Places, put_drafts

ITEMS = catalogue.load()[:3]


def many(count: int, name: str = "事项") -> list[tuple[str, bytes]]:
    """A file of so many items, each with a code, a name and a level."""
    text = io.StringIO(newline="")
    rows = ((f"{ITEMS[0].code[:19]}{number:012}", f"{name}{number}", "4") for number in range(count))
    csv.writer(text).writerows([("实施编码", "事项名称", "行使层级"), *rows])
    return [("大.csv", text.getvalue().encode())]


def names(node: Node) -> list[str]:
    with node.read() as db:
        return [item.name for item in Drafts(db).all()]


def stand(node: Node) -> Progress:
    with node.read() as db:
        found = importing.progress(db)
    assert found is not None
    return found


class Watching:
    """Looks at the database after every transaction of a node, as somebody at another desk could."""

    def __init__(self, node: Node, look: Callable[[], None]) -> None:
        self._node = node
        self._look = look
        self._over = threading.Event()

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            self._look()


def test_an_import_shows_all_at_once_and_tells_how_far_it_is(places: Places) -> None:
    node = places.city.runtime.node
    seen: set[int] = set()
    phases: set[str] = set()

    def look() -> None:
        with node.read() as db:
            seen.add(Drafts(db).counts().total)
            found = importing.progress(db)
        if found:
            assert 0 <= found.done <= found.total
            phases.add(found.phase)

    with Watching(node, look):
        report = importing.import_files(node, many(3000))
    assert (report.rows, report.added) == (3000, 3000)
    assert seen <= {0, 3000}
    assert {READING, KEEPING} <= phases
    assert (stand(node).phase, stand(node).code) == ("", "")
    assert len(names(node)) == 3000


def test_others_write_while_an_import_goes_on(places: Places) -> None:
    node = places.city.runtime.node
    begun = importing.begin_import(node, many(4000), EVERY)
    written = 0
    while not begun.report.done():
        written += 1
        node.database.write(partial(state.put, name="elsewhere", value=written))
    assert begun.report.result().added == 4000
    assert written > 20, "somebody else came in between"


def test_a_second_import_waits_for_the_first_to_end(places: Places) -> None:
    node = places.city.runtime.node
    begun = importing.begin_import(node, many(3000), EVERY)
    with pytest.raises(Refusal) as caught:
        importing.begin_import(node, many(1))
    assert caught.value == Refusal("central.import_under_way", files="大.csv")
    begun.report.result()
    assert importing.import_files(node, many(1, "又")).changed == 1


def half_done(node: Node, at_ms: int, incarnation: str) -> int:
    """What an import leaves whose process ended in the middle of it: its number."""

    def act(db: Connection) -> int:
        number = Drafts(db).begin()
        left = Progress(number, incarnation, ("断.csv",), at_ms, at_ms, KEEPING, 400, 60_000)
        state.put(db, PROGRESS, msgspec.to_builtins(left))
        return number

    return node.database.write(act)


def test_an_import_whose_process_ended_is_told_as_broken_off_and_the_next_one_begins_afresh(places: Places) -> None:
    node = places.city.runtime.node
    put_drafts(places.city, ITEMS)
    half_done(node, node.now(), "an incarnation before")
    page = places.city.browser("admin").get("/catalogue/import").text
    assert "断.csv 没有完成：导入中断了，草稿没有改动" in page
    assert "http-equiv" not in page
    importing.import_files(node, many(2))
    assert len(names(node)) == 5
    assert "没有完成" not in places.city.browser("admin").get("/catalogue/import").text


def test_an_import_that_fell_silent_makes_room_for_the_next(places: Places) -> None:
    node = places.city.runtime.node
    number = half_done(node, node.now() - SILENT_MS_MAX, node.incarnation)
    assert "没有完成" in places.city.browser("admin").get("/catalogue/import").text
    assert importing.import_files(node, many(3)).added == 3
    assert stand(node).number > number


def test_an_import_that_was_overtaken_changes_nothing_and_says_so(places: Places) -> None:
    node = places.city.runtime.node
    begun = importing.begin_import(node, many(8000), EVERY)
    later = half_done(node, node.now(), node.incarnation)
    with pytest.raises(Refusal) as caught:
        begun.report.result()
    assert caught.value.code == "central.import_overtaken"
    assert names(node) == []
    assert stand(node).number == later


def test_a_page_shows_how_far_an_import_is_and_renews_itself_without_a_script(places: Places) -> None:
    node = places.city.runtime.node
    half_done(node, node.now(), node.incarnation)
    browser = places.city.browser("admin")
    page = browser.get("/catalogue/import").text
    assert '<meta http-equiv="refresh" content="2; url=/catalogue/import">' in page
    assert "断.csv：正在写入草稿，400 / 60000 项。" in page
    assert '<progress max="60000" value="400"' in page
    assert 'type="file"' not in page
    chosen = {"file": ("大.csv", many(1)[0][1], "text/csv")}
    data = {"_form": browser.token_at("/catalogue"), "_from": "/catalogue/import"}
    answer = browser.post("/catalogue/import", data=data, files=chosen)
    assert answer.status_code == 422
    assert "另一次导入（断.csv）还在进行" in answer.text


def test_a_large_import_is_not_waited_for_and_its_report_follows(places: Places) -> None:
    browser = places.city.browser("admin")
    chosen = {"file": ("大.csv", many(20_000)[0][1], "text/csv")}
    data = {"_form": browser.token_at("/catalogue/import"), "_from": "/catalogue/import"}
    answer = browser.post("/catalogue/import", data=data, files=chosen)
    assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue/import")
    renewed = 0
    while "http-equiv" in (page := browser.get("/catalogue/import").text):
        renewed += 1
        assert names(places.city.runtime.node) == []
    assert 'shown=new">新增 20000</a>' in page
    with pytest.raises(Refusal) as caught:
        importing.decide(places.city.runtime.node, ALL)
    assert caught.value.code == "imports.has_errors"
    assert importing.decide(places.city.runtime.node, EVERY).added == 20_000
    assert len(names(places.city.runtime.node)) == 20_000


def test_why_an_import_failed_that_nobody_waited_for_is_told_on_the_page(places: Places) -> None:
    node = places.city.runtime.node
    with pytest.raises(Refusal):
        importing.begin_import(node, [("空.csv", "实施编码,事项名称\n".encode())]).report.result()
    page = places.city.browser("admin").get("/catalogue/import").text
    assert "空.csv 没有完成：" in page
    assert "没有任何数据行" in page


# ---------------------------------------------------------------- waiting for a decision


def test_a_draft_that_is_edited_while_an_import_waits_stays_as_it_was_edited(places: Places) -> None:
    put_drafts(places.city, ITEMS[:1])
    node = places.city.runtime.node
    other = replace(ITEMS[0], name="文件里的")
    importing.import_files(node, list(write_csv([other, *ITEMS[1:]]).items()), WAIT)
    put_drafts(places.city, [replace(ITEMS[0], name="手工改的")])
    report = importing.decide(node, ALL)
    assert (report.added, report.changed) == (2, 0)
    assert "手工改的" in names(node)
    assert "文件里的" not in names(node)


def test_an_import_that_was_checked_with_another_base_list_is_not_taken(places: Places) -> None:
    node = places.city.runtime.node
    report = importing.import_files(node, list(write_csv(ITEMS).items()), WAIT)
    publishing.publish_base(node, [BaseItem("510590000000", "某事项", "05", ("《某法》第一条",), (1,))], "a")
    with pytest.raises(Refusal) as caught:
        importing.decide(node, ALL, report.number)
    assert caught.value == Refusal("imports.base_changed")
    assert names(node) == []


def test_good_rows_leave_out_an_item_with_an_error_in_any_row(places: Places) -> None:
    node = places.city.runtime.node
    files = write_csv(ITEMS)
    spoilt = {name: data.replace("是".encode(), "也许".encode(), 1) if "materials" in name else data
              for name, data in files.items()}  # fmt: skip
    report = importing.import_files(node, list(spoilt.items()), SOUND)
    assert (report.errors, report.sound, report.added) == (1, 2, 2)
    assert len(names(node)) == 2
    assert importing.import_files(node, list(spoilt.items()), EVERY).added == 1
