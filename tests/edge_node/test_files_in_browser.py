"""Photos in a real browser: dropped on a material or taken with a camera, kept at once, turned, never lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.edge_node.station import ALLOWANCE, PASSWORD, RESIDENT_ID, City, Counter
from tests.edge_node.test_desk import FULL
from tests.host.small_app import served

APPLY = f"/items/{ALLOWANCE.code}/apply?situation=S1"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAEUlEQVR4nGP4z8DAAMT/GRgAEfoC/s1pQk4AAAAASUVORK5CYII="
)
"""Two dots beside each other."""
DROP = """([where, data]) => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  files.items.add(new File([bytes], "身份证.png", { type: "image/png" }));
  const target = document.getElementById(where).closest(".material");
  for (const kind of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
  }
}"""
CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  canvas.getContext("2d").fillRect(0, 0, 64, 48);
  window.stream = canvas.captureStream(5);
  return window.stream;
};"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("city"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(Counter(city).app) as found:
        yield found


@pytest.fixture
def clerk(page: Page, address: str) -> Page:
    """A form of somebody who is logged in."""
    page.add_init_script(CAMERA)
    page.goto(f"{address}/login")
    page.fill("[name=login]", "chuangkou")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.goto(address + APPLY)
    return page


def drop(page: Page, code: str) -> None:
    page.evaluate(DROP, [f"f-file.{code}", base64.b64encode(PNG).decode()])


def test_a_dropped_photo_is_kept_at_once_turned_and_there_after_a_power_cut(
    clerk: Page, address: str, city: City
) -> None:
    clerk.fill("[name=id_number]", RESIDENT_ID)
    clerk.fill("[name=name]", FULL.name)
    drop(clerk, "M2")
    picture = clerk.locator("#k-M2 img")
    expect(picture).to_be_visible()
    expect(clerk.locator("[name='material.M2'][value=received]")).to_be_checked()
    with clerk.expect_response(re.compile("/follow")):
        clerk.select_option("#k-M2 select", "90")
    expect(picture).to_have_css("rotate", "90deg")
    expect(clerk.locator("#kept-mark")).to_contain_text("已保存到本机")
    clerk.evaluate("delete document.querySelector('form[data-guard]').dataset.changed")
    clerk.goto(address)  # the power was cut: nothing is sent, the page is gone
    clerk.get_by_role("link", name=re.compile("接着|继续")).first.click()
    expect(clerk.locator("#k-M2 img")).to_have_css("rotate", "90deg")
    for name, value in (("phone", FULL.phone), ("address", FULL.address), ("field.members", "3")):
        clerk.fill(f"[name='{name}']", value)
    clerk.select_option("[name='field.reason']", "疾病")
    for code in ("M1", "M3"):
        clerk.check(f"[name='material.{code}'][value=received]")
    clerk.click("button[value=accept]")
    clerk.wait_for_url(re.compile("/receipt$"))
    number = clerk.url.split("/")[-2]
    application = city.desk().case(number).case.application
    assert application is not None
    (file,) = next(each.attachments for each in application.materials if each.code == "M2")
    assert (file.turned, file.size, file.name) == (90, len(PNG), "身份证.png")
    clerk.goto(f"{address}/cases/{number}")
    expect(clerk.locator(".photos img")).to_have_css("rotate", "90deg")


def test_a_picture_is_taken_with_the_camera_and_the_camera_is_let_go(clerk: Page) -> None:
    clerk.click("[data-camera='f-file.M1']")
    expect(clerk.locator("dialog video")).to_be_visible()
    clerk.wait_for_function("document.querySelector('dialog video').videoWidth > 0")
    clerk.get_by_role("button", name="拍下").click()
    expect(clerk.locator("#k-M1 img")).to_be_visible()
    expect(clerk.locator("dialog")).to_have_count(0)
    assert clerk.evaluate("window.stream.getTracks().every((track) => track.readyState === 'ended')")


def test_a_file_that_does_not_get_through_stays_chosen_and_the_clerk_is_told(clerk: Page) -> None:
    clerk.route("**/kept", lambda route: route.abort())
    drop(clerk, "M2")
    expect(clerk.locator("#k-M2 .error")).to_contain_text("没有传上")
    assert clerk.evaluate("document.getElementById('f-file.M2').files.length") == 1
