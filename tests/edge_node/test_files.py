"""Files of materials: written as soon as they are chosen, looked at by whoever chose them, turned without a change."""

from __future__ import annotations

import re
from html import unescape

import msgspec
import pytest

from shared_models import cases
from tests.edge_node.station import ALLOWANCE, JPEG, PDF, Browser, City, Counter
from tests.edge_node.test_promise import APPLY, TYPED

MATERIALS = {"material.M1": "received", "material.M2": "received", "material.M3": "received"}


def sent(clerk: Browser, *files: tuple[str, bytes], code: str = "M2") -> str:
    """The lines of the form that stand for files which were just chosen for a material."""
    token = re.findall(r'name="_form" value="([^"]*)"', clerk.get(APPLY).text)[-1]
    parts = [(f"file.{code}", (name, data, "application/octet-stream")) for name, data in files]
    answer = clerk.post("/kept", data={"_form": token, "_from": APPLY}, files=parts)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def ticket_in(lines: str) -> str:
    return unescape(re.findall(r'name="kept\.M2" value="([^"]*)"', lines)[0])


def path_in(lines: str) -> str:
    return unescape(re.findall(r'href="(/kept/[^"]*)"', lines)[0])


def test_a_chosen_file_is_on_disk_at_once_and_only_its_clerk_may_look(counter: Counter, clerk: Browser) -> None:
    lines = sent(clerk, ("户口簿 李秀英.jpg", JPEG))
    seen = clerk.get(path_in(lines))
    assert seen.content == JPEG
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["content-security-policy"].endswith("sandbox")
    assert "%E6%9D%8E" not in path_in(lines)  # no name stands in an address
    assert counter.browser("tongshi").get(path_in(lines)).status_code == 404
    for wrong in (path_in(lines)[:-2] + "AA", path_in(lines).replace(str(len(JPEG)), "1"), "/kept/x/1/y"):
        assert clerk.get(wrong).status_code == 404, wrong


def test_a_pdf_is_looked_at_in_the_viewer_of_the_browser(clerk: Browser) -> None:
    seen = clerk.get(path_in(sent(clerk, ("a.pdf", PDF))))
    assert seen.headers["content-type"] == "application/pdf"
    assert "sandbox" not in seen.headers["content-security-policy"]
    assert "script" not in seen.headers["content-security-policy"]
    assert seen.headers["content-disposition"].startswith("inline")


def test_what_cannot_be_taken_is_said_beside_what_was(clerk: Browser) -> None:
    lines = sent(clerk, ("a.jpg", JPEG), ("b.exe", b"MZ" + bytes(100)))
    assert ticket_in(lines)
    assert 'class="error"' in lines
    assert "b.exe" in lines


@pytest.mark.parametrize("turn", ["90", "180", "270", "", "45", "x"])
def test_a_picture_is_turned_by_what_the_case_says_of_it_and_stays_what_the_camera_gave(
    clerk: Browser, shared: City, turn: str
) -> None:
    photo = JPEG + turn.encode()
    lines = sent(clerk, ("a.jpg", photo))
    name = re.findall(r'name="turn\.([\w-]+)"', lines)[0]
    typed = {**TYPED, **MATERIALS, "kept.M2": ticket_in(lines), f"turn.{name}": turn}
    page = clerk.fill(clerk.get(APPLY).text, "/apply", {**typed, "action": "check"}).text
    number = clerk.fill(page, "/apply", {**typed, "action": "accept"}).headers["location"].split("/")[2]
    application = shared.desk().case(number).case.application
    assert application is not None
    (file,) = next(each.attachments for each in application.materials if each.code == "M2")
    wanted = int(turn) if turn in ("90", "180", "270") else None
    assert (file.turned if isinstance(file.turned, int) else None) == wanted
    shown = clerk.get(f"/cases/{number}").text
    assert (f'data-turned="{wanted}"' in shown) == bool(wanted)
    assert clerk.get(f"/cases/{number}/attachments/{file.hash}").content == photo


def test_a_file_that_stands_upright_says_nothing_of_it() -> None:
    """So the records of former versions stay what they are, byte for byte."""
    material = cases.Material("M", "m", True, True, "received", attachments=(cases.Attachment("h", 1, "t", "a"),))
    assert b"turned" not in msgspec.json.encode(material)


def test_what_was_turned_comes_back_with_the_begun_application(clerk: Browser) -> None:
    lines = sent(clerk, ("a.jpg", JPEG + b"begun"))
    name = re.findall(r'name="turn\.([\w-]+)"', lines)[0]
    typed = {**TYPED, **MATERIALS, "kept.M2": ticket_in(lines), f"turn.{name}": "90"}
    page = clerk.fill(clerk.get(APPLY).text, "/apply", {**typed, "action": "check"}).text
    entry = re.findall(r'name="entry" value="([^"]*)"', page)[0]
    again = clerk.get(f"/items/{ALLOWANCE.code}/apply?situation=S1&draft={entry}").text
    assert re.search(rf'data-turned="90" id="i-{name}"', again)
    assert '<option value="90" selected>' in again
