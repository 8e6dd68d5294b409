"""Nobody who gets hold of logs, databases, WAL, replicas, attachments or secrets learns anything about a resident.

A resident with a marked name, number, phone and address goes through station, district and city, all under Litestream,
with everything that can go wrong on the way; then every file of every node is searched, in every spelling of the marks.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from deploy import catalogue
from deploy.places import LOW_INCOME, STATION
from deploy.processes import Failed, Process, run
from deploy.setup import Demo, free_shift, import_catalogue
from deploy.visitor import Page, Visitor
from sync_protocol.host import litestream, replica
from sync_protocol.wire.server import PATH
from tests.journeys.nodes import Clerk, jpeg, number_on, until
from tests.vectors.frames_by_hand import frame

NAME, NUMBER, PHONE, ADDRESS = "测试甲乙丙", "511602199912319995", "19911223344", "无名路标记院"
RESIDENT = {"name": NAME, "id_number": NUMBER, "phone": PHONE, "address": f"{ADDRESS} 3 栋"}
MARKS = (NAME, NUMBER[:17], PHONE, ADDRESS)
ABOUT = f"{NAME}（{NUMBER}，{PHONE}）住{ADDRESS}。"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The whole demonstration with a published catalogue, on a folder of its own."""
    made = Demo(tmp_path_factory.mktemp("privacy") / "demo", shift=free_shift(6000))
    try:
        made.set_up(lambda _: None)
        files = tmp_path_factory.mktemp("files")
        catalogue.write_files(files)
        import_catalogue(made, files)
        until(lambda: made.processes["station"].status()["catalogue_version"] == 1, "the catalogue arrives")
        yield made
    finally:
        made.stop()


def test_no_file_of_any_node_holds_anything_about_a_resident(demo: Demo, tmp_path: Path) -> None:
    live_through(demo)
    nodes = {key: demo.processes[key] for key in ("station", "district", "city")}
    for node in nodes.values():
        assert (node.folder / "tongban.db-wal").stat().st_size > 0, "the WAL is looked at, too"
    assert not found_in(demo.folder)
    demo.stop()
    assert not found_in(demo.folder)
    for key, node in nodes.items():
        copy = tmp_path / f"{key}.db"
        newest = replica.generations(node.folder / "replica")[0]
        assert litestream.restore_file(node.folder / "replica" / newest, copy) is None
        assert b"case.accepted" in copy.read_bytes(), "the replica holds the cases"
    assert not found_in(tmp_path)


def test_the_search_would_find_a_mark_in_every_spelling(tmp_path: Path) -> None:
    for place, spelling in enumerate(spellings(NAME)):
        (tmp_path / str(place)).write_bytes(b"\x00before " + spelling + b" behind")
    (tmp_path / "sealed in text").write_bytes(base64.urlsafe_b64encode(f"{{{ABOUT}}}".encode()))
    assert len(found_in(tmp_path)) > len(spellings(NAME))


# ---------------------------------------------------------------- the search


def spellings(mark: str) -> set[bytes]:
    """How a text may stand in a file: encoded, escaped, in hexadecimal, or inside of base64 at any place."""
    plain = mark.encode()
    found = {mark.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) > 127 else c for c in mark)
    found |= {text.encode() for text in (quote(mark), quote(mark).lower(), escaped, escaped.upper(), plain.hex())}
    for before in range(3):
        whole = base64.b64encode(bytes(before) + plain)
        inside = whole[-(-before * 8 // 6) : len(whole) // 4 * 4 - 4]
        found |= {inside, inside.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def found_in(folder: Path) -> list[str]:
    """(file, mark) of everything that a search through all files below a folder finds, file names included."""
    wanted = {spelling: mark for mark in MARKS for spelling in spellings(mark)}
    hits = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            content = path.read_bytes() + str(path.relative_to(folder)).encode()
        except FileNotFoundError:  # Litestream has just merged it into another one
            continue
        hits += [f"{path.relative_to(folder)}: {mark}" for spelling, mark in wanted.items() if spelling in content]
    return hits


# ---------------------------------------------------------------- the life of a case


def live_through(demo: Demo) -> None:
    """A resident's cases, from the attestation to the rating, with every mishap on the way."""
    station = demo.processes["station"]
    attested(demo)
    with Clerk(station, RESIDENT, password=demo.password("station", "chuangkou"), home="district") as clerk:
        number, code = mishaps_and_a_case(clerk)
        others(clerk)
        decided(demo, "district", number)
        handed_over(clerk, number)
    with Clerk(station, RESIDENT, password=demo.password("station", "chuangkou"), home="city") as clerk:
        decided(demo, "city", clerk.accept([clerk.first_file(jpeg(40_000, NAME.encode()), f"{NAME}.jpg")]))
    strangers(demo, number, code)
    status = station.status
    until(lambda: status()["journal"] == status()["acknowledged"] == status()["upstream"], "the city keeps everything")


def attested(demo: Demo) -> None:
    with logged_in(demo, "city", "minzheng") as officer:
        for area in (STATION.area, "nonsense"):
            officer.submit(
                officer.get("/attestations/issue"), "/attestations/issue",
                {"fact": LOW_INCOME, "name": NAME, "id_number": NUMBER, "area": area, "valid_from": "2026-01-01",
                 "valid_until": "2027-12-31", "claims": f"holder={NAME}"},
            )  # fmt: skip


def mishaps_and_a_case(clerk: Clerk) -> tuple[str, str]:
    """Number and query code of a case that was taken in after everything had gone wrong."""
    assert clerk.send({"id_number": f"{NUMBER[:17]}0"}).status == 422
    page = clerk.form()
    naked = page.with_forms([form._replace(fields={}) for form in page.forms])
    assert clerk.submit(naked, "/apply", clerk.typed()).status == 403
    assert clerk.send({"action": "check"}, [clerk.first_file(b"MZ" + ABOUT.encode(), f"{NAME}.exe")]).status == 422
    page = clerk.form()
    clerk.away_for_an_hour()
    login = clerk.submit(page, "/apply", clerk.typed())
    back = clerk.submit(login, "/login", {"login": "chuangkou", "password": clerk.password})
    photo = clerk.first_file(jpeg(600_000, ABOUT.encode()), f"{NAME}的身份证.jpg")
    receipt = clerk.submit(back, "/apply", clerk.typed(), [photo])
    code = re.search(r"TB1:[\w-]+:([A-Z0-9]{4}-[A-Z0-9]{4})", receipt.text)
    assert code, receipt.text
    assert NAME in receipt.text
    return number_on(receipt), code[1]


def others(clerk: Clerk) -> None:
    """A notice, a withdrawal, and every way to look for somebody."""
    notice = clerk.send({"action": "notice", f"material.{clerk.situation.materials[0]}": "missing"})
    assert notice.url.endswith("/notice")
    gone = f"/cases/{clerk.accept()}"
    assert clerk.submit(clerk.get(gone), f"{gone}/withdraw", {"reason": ABOUT}).status == 200
    home = clerk.get("/")
    found = clerk.submit(home, "/search", {"q": NUMBER})
    assert found.status == 200
    clerk.submit(home, "/search", {"q": f"{NUMBER[:17]}0"})
    for path in (f"/search?q={NAME}", f"/cases?q={NAME}", f"/items/{NAME}", f"/cases/{NUMBER}", f"/{PHONE}"):
        clerk.get(path)


def logged_in(demo: Demo, place: str, login: str) -> Visitor:
    visitor = Visitor(demo.processes[place].address)
    visitor.login(login, demo.password(place, login))
    return visitor


def decided(demo: Demo, place: str, number: str) -> None:
    path = f"/cases/{number}"
    with logged_in(demo, place, "shenpi") as officer:
        until(lambda: officer.get(path).status == 200, f"the case is at the {place}")
        until(lambda: all(officer.get(link).status == 200 for link in _files(officer.get(path))), "its photos, too")
        page = officer.get(path)
        assert NAME in page.text
        done = officer.submit(page, f"{path}/decide", {"outcome": "granted", "reasons": ABOUT, "result": f"{NAME}的证"})
        assert done.status == 200, done.text[:300]
        officer.get(f"/worklist?q={NAME}")


def _files(page: Page) -> list[str]:
    links = re.findall(r"/cases/[\w-]+/attachments/[\w-]+", page.source)
    assert links
    return sorted(set(links))


def handed_over(clerk: Clerk, number: str) -> None:
    path = f"/cases/{number}"
    until(lambda: '"decided"' in clerk.get(f"{path}/state").source, "the decision arrives")
    assert clerk.submit(clerk.get(path), f"{path}/deliver", {"receiver": NAME}).status == 200
    assert clerk.submit(clerk.get(path), f"{path}/rate", {"grade": "1", "comment": ABOUT}).status == 200


def strangers(demo: Demo, number: str, code: str) -> None:
    """Doors that are open to everybody, with a resident's data put through each."""
    for node in demo.processes.values():
        _knock(node)
    with Visitor(demo.processes["district"].address) as resident:
        for asked in ({"number": number, "code": code}, {"number": NUMBER, "code": NAME}):
            resident.submit(resident.get("/progress"), "/progress", asked)
    with pytest.raises(Failed):
        run("tongban-station", "join", str(demo.processes["station"].folder), NAME)


def _knock(node: Process) -> None:
    with Visitor(node.address) as visitor:
        visitor.submit(visitor.get("/login"), "/login", {"login": NAME, "password": NUMBER})
        visitor.get(f"/{NAME}?{NUMBER}={PHONE}")
    with httpx2.Client(base_url=node.address, trust_env=False) as raw:
        raw.post(PATH, content=frame(0, f'{{"type":"{NAME}"}}'.encode()))
        raw.post("/sync/v1/join", content=ABOUT.encode())
        raw.post(f"/operator/{quote(NAME)}", content=ABOUT.encode(), headers={"authorization": f"Bearer {NUMBER}"})
        raw.post("/login", content=ABOUT.encode(), headers={"content-type": f"multipart/form-data; boundary={PHONE}"})
