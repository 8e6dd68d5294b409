"""Bad input at a station: each with a clear sentence, everything typed kept, nothing half done."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from edge_node.settings import StationSettings
from edge_node.upkeep import drop_unnamed_files, upkeep
from sync_protocol.host.files import refusal_of
from sync_protocol.store.attachments import AttachmentRow, Attachments
from tests.edge_node.station import (
    ALLOWANCE,
    JPEG,
    RESIDENT_ID,
    Browser,
    City,
    Counter,
    form_on,
    hidden_of,
)
from tests.edge_node.test_counter import ALL_RECEIVED, APPLY, TYPED, accepted, text_of

MIB = 1024 * 1024


def sent(clerk: Browser, changed: dict[str, Any], files: Any = None) -> Any:
    page = clerk.get(APPLY).text
    return clerk.fill(page, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept", **changed}, files=files)


def cases_kept(city: City) -> int:
    with city.place.node.read() as db:
        return city.place.node.log.last_position(db)


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"id_number": "511602196803152321"}, "id_number", "校验位不对"),
        ({"id_number": "511602196802302328"}, "id_number", "不是可能的出生日期"),
        ({"id_number": "abc"}, "id_number", "应为 18 位"),
        ({"id_number": ""}, "id_number", "请填写或扫描"),
        ({"name": ""}, "name", "请填写申请人姓名"),
        ({"phone": ""}, "phone", "请填写联系电话"),
        ({"address": " "}, "address", "请填写申请人的现住址"),
        ({"field.members": ""}, "field.members", "请填写“家庭人数”"),
        ({"field.members": "几"}, "field.members", "应当是数字"),
        ({"field.since": "明天"}, "field.since", "不是一个日期"),
        ({"material.M2": ""}, "material.M2", "是已收还是缺少"),
    ],
)
def test_a_fault_is_summed_up_linked_to_its_field_and_everything_typed_is_kept(
    clerk: Browser, shared: City, changed: dict[str, Any], field: str, sentence: str
) -> None:
    before = cases_kept(shared)
    answer = sent(clerk, changed)
    assert answer.status_code == 422
    summary = answer.text.split('class="error-summary"')[1].split("</div>")[0]
    assert f'href="#f-{field}"' in summary
    assert sentence in unescape(summary)
    assert f'id="f-{field}"' in answer.text
    for name, value in TYPED.items():
        kept = changed.get(name, value)
        if not name.startswith("field.reason") and kept.strip():
            assert f'value="{kept}"' in answer.text
    assert cases_kept(shared) == before


def test_an_unknown_item_or_situation_is_a_page_that_says_so(clerk: Browser) -> None:
    for path, word in (
        ("/items/nothing", "没有编码为 nothing 的事项"),
        ("/items/nothing/apply?situation=S1", "没有编码为 nothing 的事项"),
        (f"/items/{ALLOWANCE.code}/apply?situation=S9", "情形"),
        ("/cases/nothing", "没有这件办件"),
        ("/cases/nothing/receipt", "没有这件办件"),
        ("/cases/nothing/state", "没有这件办件"),
    ):
        answer = clerk.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 404, path
        assert word in text_of(answer.text)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("证.jpg", JPEG + bytes(10 * MIB), "超过 10 MB"),
        ("证.exe", b"MZ\x90\x00" + bytes(50), "不是可接收的类型"),
        ("证.jpg", b"<html><script>alert(1)</script>", "不是可接收的类型"),
        ("证.jpg", b"", "是空的"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named_and_everything_else_is_kept(
    clerk: Browser, name: str, content: bytes, word: str
) -> None:
    answer = sent(clerk, {}, [("file.M1", (name, content, "image/jpeg")), ("file.M2", ("好.jpg", JPEG, "image/jpeg"))])
    assert answer.status_code == 422
    assert word in text_of(answer.text)
    assert "好.jpg" in answer.text
    assert f'value="{TYPED["address"]}"' in answer.text


def test_the_name_of_a_file_leads_nowhere(clerk: Browser, counter: Counter) -> None:
    before = set(counter.city.world.folder.rglob("*"))
    answer = sent(clerk, {}, {"file.M1": ("../../../etc/x.jpg", JPEG + b"own", "image/jpeg")})
    number = answer.headers["location"].split("/")[2]
    application = counter.station.desk.case(number).case.application
    assert application is not None
    assert application.materials[0].attachments[0].name == "x.jpg"
    fresh = set(counter.city.world.folder.rglob("*")) - before
    assert {path.parent.name for path in fresh} == {"attachments"}


def test_of_files_that_are_too_large_together_those_that_fit_are_kept_with_everything_typed(clerk: Browser) -> None:
    files = [(f"file.M{n}", (f"{n}.jpg", JPEG + bytes(9 * MIB), "image/jpeg")) for n in (1, 2, 3, 4) for _ in range(2)]
    answer = sent(clerk, {}, files)
    assert answer.status_code == 422
    assert "文件“4.jpg”没有保存：一次提交的文件合计不能超过 63 MB" in text_of(answer.text)
    assert '<a href="#f-file.M4">' in answer.text
    assert "3.jpg" in answer.text
    assert f'value="{TYPED["address"]}"' in answer.text


def test_a_form_without_its_token_does_nothing_and_keeps_what_was_typed(clerk: Browser, shared: City) -> None:
    before = cases_kept(shared)
    token = hidden_of(form_on(clerk.get(APPLY).text, "/apply"))
    data = {**TYPED, **ALL_RECEIVED, "action": "accept", "_from": token["_from"]}
    answer = clerk.post(APPLY, data=data)
    assert answer.status_code == 403
    assert "没有执行" in text_of(answer.text)
    assert cases_kept(shared) == before
    restored = clerk.get(APPLY).text
    assert f'value="{TYPED["address"]}"' in restored
    assert "尚未提交" in restored


def test_a_session_that_ends_in_the_middle_of_the_form_loses_nothing_typed(city: City) -> None:
    clerk = Counter(city, settings=StationSettings(idle_ms=60_000)).browser()
    first = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "action": "check"},
                       files={"file.M2": ("证.jpg", JPEG, "image/jpeg")})  # fmt: skip
    city.world.ms += 120_000
    late = clerk.fill(first.text, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept"})
    assert late.headers["location"].startswith("/login?why=host.session_expired_kept")
    login = clerk.get(late.headers["location"]).text
    hidden = hidden_of(form_on(login, "/login"))
    back = clerk.post("/login", data={**hidden, "login": "chuangkou", "password": "long enough to pass"})
    page = clerk.get(back.headers["location"]).text
    assert "尚未提交" in page
    assert 'value="received" checked' in page
    assert "证.jpg" in page
    assert "1968年3月15日" in page
    done = clerk.fill(page, "/apply", {**TYPED, **ALL_RECEIVED, "action": "accept"}, follow=True)
    assert "受理回执" in done.text
    assert "附件 1 个" in text_of(done.text)


def test_an_unknown_button_does_nothing(clerk: Browser, shared: City) -> None:
    before = cases_kept(shared)
    answer = sent(clerk, {"action": "delete everything"})
    assert answer.status_code == 422
    assert "没有这个操作" in answer.text
    assert cases_kept(shared) == before


def test_another_site_cannot_press_a_button(clerk: Browser, shared: City) -> None:
    before = cases_kept(shared)
    token = hidden_of(form_on(clerk.get(APPLY).text, "/apply"))
    data = {**token, **TYPED, **ALL_RECEIVED, "action": "accept"}
    answer = clerk.post(APPLY, data=data, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert cases_kept(shared) == before


def test_what_is_typed_is_shown_as_text_and_never_as_a_page(clerk: Browser) -> None:
    evil = '"><script>alert(1)</script>'
    number = accepted(clerk, address=evil)
    for path in (f"/cases/{number}", f"/cases/{number}/receipt", "/cases", "/search?q=" + evil):
        assert "<script>alert" not in clerk.get(path).text


# ---------------------------------------------------------------- a disk without room


class FullDisk(Attachments):
    """Attachments on a disk that has no room left."""

    def put(self, content: bytes, media_type: str) -> AttachmentRow:
        raise OSError(28, "No space left on device")


def test_a_full_disk_while_a_photo_is_kept_is_one_sentence_and_nothing_is_half_done(city: City) -> None:
    city.place.attachments = FullDisk(city.place.folder / "attachments", city.place.node.vault)
    clerk = Counter(city).browser()
    before = cases_kept(city)
    answer = sent(clerk, {}, {"file.M1": ("证.jpg", JPEG, "image/jpeg")})
    assert answer.status_code == 507
    assert "磁盘已满" in text_of(answer.text)
    assert f'value="{TYPED["address"]}"' in answer.text
    assert cases_kept(city) == before


def test_what_the_system_says_of_a_folder_is_a_sentence() -> None:
    assert refusal_of(OSError(28, ""), Path("x")).code == "folder.full"


# ---------------------------------------------------------------- upkeep


def test_a_file_that_no_record_names_goes_after_a_day_and_no_other(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    sent(clerk, {}, {"file.M1": ("证.jpg", JPEG, "image/jpeg")})
    clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "action": "check"},
               files={"file.M1": ("别.jpg", JPEG + b"x", "image/jpeg")})  # fmt: skip
    folder = city.place.folder / "attachments"
    assert len(list(folder.iterdir())) == 2

    def drop(older_than_ms: int) -> int:
        return drop_unnamed_files(city.place.node, city.place.attachments, folder, older_than_ms)

    assert drop(0) == 0
    young = max(path.stat().st_mtime_ns for path in folder.iterdir()) // 1_000_000
    assert drop(young - 60_000) == 0
    for path in folder.iterdir():
        os.utime(path, (1_000_000, 1_000_000))
    assert drop(young) == 0  # a begun application names it
    for begun in counter.station.drafts.listed():
        counter.station.drafts.discard(begun.id, begun.owner)
    assert drop(young) == 1
    assert len(list(folder.iterdir())) == 1
    assert drop(young) == 0


def test_no_file_goes_before_the_hub_was_heard_and_gave_back_what_it_has(city: City) -> None:
    place = Counter(city).place
    folder = place.folder / "attachments"
    lost = folder / ("A" * 43)  # its record is in no database here: this node came back from an older copy
    lost.write_bytes(b"sealed")
    os.utime(lost, (1_000_000, 1_000_000))
    contact: list[bool] = []

    async def look() -> None:
        work = asyncio.create_task(upkeep(
            place.node, place.attachments, folder, unnamed_files_ms=1000, heard=lambda: bool(contact),
            sleep=lambda _: asyncio.sleep(0.01),
        ))  # fmt: skip
        for _ in range(5):
            await asyncio.sleep(0.02)
        assert lost.exists()
        contact.append(True)
        await work

    asyncio.run(look())
    assert not lost.exists()


def test_a_refused_step_shows_the_case_with_the_sentence_above(clerk: Browser) -> None:
    number = accepted(clerk)
    page = clerk.get(f"/cases/{number}").text
    answer = clerk.fill(page, "/supplement", {})
    assert answer.status_code == 422
    assert "没有选择要补正的材料" in answer.text
    assert RESIDENT_ID[:4] in text_of(answer.text)
    wrong = clerk.fill(page, "/supplement", {}, files={"file.M1": ("证.exe", b"MZ\x90", "image/jpeg")})
    assert "不是可接收的类型" in text_of(wrong.text)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A city whose station lies on a file system of its own, with a reserve that fills it."""
    place = tmp_path / "station"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_while_accepting_is_one_sentence_and_the_same_form_works_once_there_is_room(
    small_disk: Path,
) -> None:
    city = City(small_disk)
    clerk = Counter(city).browser()
    form = {**TYPED, **ALL_RECEIVED, "action": "accept"}
    assert clerk.fill(clerk.get(APPLY).text, "/apply", form).status_code == 303  # with the clerk's key and mandate
    page = clerk.get(APPLY).text
    before = cases_kept(city)
    reserve = city.place.folder / "reserve"
    with suppress(OSError), reserve.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    refused = [clerk.fill(page, "/apply", form) for _ in range(40)]
    full = next(answer for answer in refused if answer.status_code != 303)
    assert full.status_code == 507
    assert "磁盘已满，这次操作没有保存" in text_of(full.text)
    assert f'value="{TYPED["address"]}"' in full.text
    assert clerk.get("/cases").status_code == 200
    kept = cases_kept(city)
    assert kept - before <= 1
    reserve.unlink()
    done = clerk.fill(page, "/apply", form)
    assert done.status_code == 303
    assert cases_kept(city) == before + 1
    city.close()
