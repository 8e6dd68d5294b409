"""Papers as PDF: what stands on the page stands there, in two copies of A5, with its type inside; and never a box."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import segno
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from msgspec.structs import replace

from edge_node import pdf
from edge_node.checkup import fonts_check
from edge_node.fonts import Fonts, share_of_level_2
from edge_node.paper_blocks import QR, copies_in
from edge_node.settings import StationSettings
from shared_models.catalogue import Item
from tests.edge_node.pdf_reader import Pdf
from tests.edge_node.station import ALLOWANCE, RESIDENT_NAME, Browser, City, Counter, publish
from tests.edge_node.test_declining import SAID
from tests.edge_node.test_promise import APPLY, TYPED

RARE = "李㐂𫖯𬱖"
"""Characters of names from extension A, from those that 通用规范汉字表 has of later blocks, and common ones."""
NOWHERE = "\U0002a6a5"
"""Four dragons: in extension B, and in no font for everyday use."""
TOLERANT: Item = replace(ALLOWANCE, tolerant=True, promised_days=10)

pytestmark = pytest.mark.skipif(not Fonts().found(), reason="no Chinese font here: apt-get install fonts-noto-cjk")


@pytest.fixture(scope="module")
def clerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = City(tmp_path_factory.mktemp("city"))
    publish(made.world.city, 2, [TOLERANT])
    made.world.sync_all()
    yield Counter(made).browser()
    made.close()


def taken(clerk: Browser, action: str = "accept", **typed: str) -> str:
    """The address of the paper that an application ends at."""
    answer = clerk.fill(clerk.get(APPLY).text, "/apply", {**TYPED, "action": action, **typed})
    return str(answer.headers["location"])


def words_on(page: str) -> list[str]:
    """All text of the first copy on a page, without blanks, piece by piece."""
    article = page.split('<article class="receipt">')[1].split("</article>")[0]
    article = re.sub(r"<svg.*?</svg>", "", article, flags=re.S)
    return [piece for text in re.findall(r">([^<]+)", article) if (piece := "".join(unescape(text).split()))]


def payload_on(page: str) -> str:
    return str(re.findall(r"TB1:[\w:-]+", page)[0])


@pytest.mark.parametrize("paper", ["receipt", "promise", "notice", "declined"])
def test_the_pdf_says_what_the_page_says_in_two_copies_of_a5(clerk: Browser, paper: str) -> None:
    if paper == "declined":
        place = str(clerk.fill(clerk.get("/decline").text, "/decline", SAID).headers["location"])
    elif paper == "notice":
        place = taken(clerk, "notice", name=RARE, **{"material.M2": "missing"})
    else:
        place = taken(clerk, name=RARE).replace("receipt", paper)
    page = clerk.get(place).text
    answer = clerk.get(f"{place}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    read = Pdf(answer.content)
    assert len(read.sheets) == 2
    assert read.all_fonts_embedded
    for sheet, copy in zip(read.sheets, ("第一联交申请人", "第二联窗口留存"), strict=True):
        assert (round(sheet.width_mm), round(sheet.height_mm)) == (148, 210)
        assert copy in sheet.text
        assert [word for word in words_on(page)[1:] if word not in sheet.text] == []
        assert squares_of(payload_on(page)) == grid(sheet.squares)
    assert (RARE in read.sheets[0].text) == (paper != "declined")


def squares_of(payload: str) -> list[tuple[int, int]]:
    """The dark squares (row, column) of the QR code that says this."""
    matrix = segno.make(payload, error="m", micro=False).matrix
    return [(row, column) for row, cells in enumerate(matrix) for column, dark in enumerate(cells) if dark]


def grid(squares: tuple[tuple[float, float, float], ...]) -> list[tuple[int, int]]:
    left, top, side = min(x for x, _, _ in squares), max(y for _, y, _ in squares), squares[0][2]
    return [(round((top - y) / side), round((x - left) / side)) for x, y, _ in squares]


def test_a_character_that_no_font_has_is_named_on_the_page_and_no_box_is_printed(clerk: Browser) -> None:
    place = taken(clerk, name=f"王{NOWHERE}")
    page = clerk.get(place).text
    assert f"姓名 name：{NOWHERE}（U+2A6A5）" in page
    assert f"{place}.pdf" not in page
    refused = clerk.get(f"{place}.pdf")
    assert refused.status_code == 422
    assert f"姓名 name：{NOWHERE}（U+2A6A5）" in refused.text


def test_another_font_fills_the_gap(city: City, tmp_path: Path) -> None:
    """A font with one character stands before those of the system; each character comes from the font that has it."""
    font = font_with(tmp_path / "rare.ttf", NOWHERE)
    settings = StationSettings(fonts=(font,))
    clerk = Counter(city, settings=settings).browser()
    said = {**SAID, "name": f"王{NOWHERE}"}
    place = str(clerk.fill(clerk.get("/decline").text, "/decline", said).headers["location"])
    read = Pdf(clerk.get(f"{place}.pdf").content)
    assert f"王{NOWHERE}" in read.sheets[0].text
    assert len(read.fonts) == 2
    assert read.all_fonts_embedded


def font_with(path: Path, character: str) -> Path:
    """A font that has one character, a full square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 900), (900, 900), (900, 0)):
        pen.lineTo(point)
    pen.closePath()
    empty = TTGlyphPen(None).glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "square"])
    made.setupCharacterMap({ord(character): "square"})
    made.setupGlyf({".notdef": empty, "square": pen.glyph()})
    made.setupHorizontalMetrics({".notdef": (1000, 0), "square": (1000, 0)})
    made.setupHorizontalHeader(ascent=900, descent=-100)
    made.setupNameTable({"familyName": "Rare", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(path)
    return path


def test_the_same_case_gives_the_same_bytes(clerk: Browser) -> None:
    place = taken(clerk)
    copies, fonts = copies_in(clerk.get(place).text), Fonts().found()
    first, again = (pdf.write(copies, "回执", fonts[:1], 1_767_000_000_000) for _ in range(2))
    assert first == again


def test_all_receipts_of_a_village_day_are_one_pdf(clerk: Browser) -> None:
    numbers = [taken(clerk, name=name).split("/")[2] for name in (RESIDENT_NAME, RARE)]
    path = f"/items/{TOLERANT.code}/batch?situation=S1"
    token = re.findall(r'name="_form" value="([^"]*)"', clerk.get(path).text)[-1]
    sent = {"_form": token, "_from": path, "number": numbers}
    page = clerk.post("/receipts", data=sent)
    read = Pdf(clerk.fill(page.text, "/receipts.pdf", {}).content)
    assert len(read.sheets) == 4
    for sheet, number in zip(read.sheets, (numbers[0], numbers[0], numbers[1], numbers[1]), strict=True):
        assert number in sheet.text


def test_the_fonts_have_every_ideograph_of_the_blocks_of_level_2() -> None:
    assert share_of_level_2(Fonts().found()) == (27_558, 27_558)


def test_without_a_font_the_page_still_prints_and_the_doctor_says_what_to_install(tmp_path: Path, city: City) -> None:
    broken = tmp_path / "broken.otf"
    broken.write_bytes(b"OTTO, and nothing else")
    counter = Counter(city)
    counter.station.fonts = Fonts([broken, tmp_path / "gone.ttf"], places=())
    clerk = counter.browser()
    place = str(clerk.fill(clerk.get("/decline").text, "/decline", SAID).headers["location"])
    assert clerk.get(place).status_code == 200
    refused = clerk.get(f"{place}.pdf")
    assert refused.status_code == 422
    assert "fonts-noto-cjk" in refused.text
    found = {finding.code: finding for finding in fonts_check(counter.station.fonts)(None, None)}  # type: ignore[arg-type]  # it looks at neither
    assert set(found) == {"papers.font_unreadable", "papers.fonts_missing"}


def test_no_word_of_a_paper_is_left_out_of_its_blocks() -> None:
    page = (
        '<p>not this</p><article class="receipt"><header><h1>题<b>目</b></h1><div><svg class="qr"><title>TB1:x</title>'
        '<path d="M1"/></svg></div></header><p>一<br>二</p><ol><li><b>三</b><br><small>四</small></li></ol>'
        '<dl class="facts"><div><dt>五</dt><dd>六 &amp; 七</dd></div></dl><table><tr><td>八</td></tr></table></article>'
    )
    (blocks,) = copies_in(page)
    assert "".join(block.text for block in blocks if block.kind != QR) == "题目一二三四五六 & 七八"
    assert [block.text for block in blocks if block.kind == QR] == ["TB1:x"]
