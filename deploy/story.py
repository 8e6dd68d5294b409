"""The story, step by step, against real processes and over HTTP only: a case goes up and its decision comes back.

Each step prints one line with what was observed. A step that does not see what it should raises Failed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from deploy import catalogue
from deploy.cast import RESIDENT_ID, RESIDENT_NAME, Accepted, Cast, check
from deploy.places import LOW_INCOME, STATION
from deploy.processes import Failed, run
from deploy.setup import Demo
from deploy.visitor import Visitor
from sync_protocol.store import drill


class Story(Cast):
    """Plays all steps in order; `step` names the one under way."""

    def __init__(self, demo: Demo, patience: float = 1.0) -> None:
        super().__init__(demo, patience)
        self.step = ""

    def play(self) -> None:
        for step in (
            self.set_up, self.catalogue_reaches_stations, self.attestation_reaches_its_area_only,
            self.line_is_cut_and_work_goes_on, self.delivered_after_the_cut, self.copy_is_taken,
            self.district_and_city_decide, self.decision_shows_and_result_is_delivered, self.resident_follows,
            self.station_is_killed_while_accepting, self.station_recovers_from_an_old_copy,
            self.tampering_is_found, self.station_is_restored_from_its_replica,
        ):  # fmt: skip
            self.step = step.__name__.replace("_", " ")
            began = time.monotonic()
            seen = step()
            print(f"✓ {self.step}（{time.monotonic() - began:.1f} 秒）：{seen}", flush=True)

    def set_up(self) -> str:
        self.demo.set_up(lambda _: None)
        return "四个进程已启动，凭一次性邀请逐级接入：" + "、".join(
            f"{process.place.name} {process.port}" for process in self.demo.processes.values()
        )

    def catalogue_reaches_stations(self) -> str:
        admin = self.person("city", "admin")
        with tempfile.TemporaryDirectory() as name:
            catalogue.write_files(Path(name))
            files = sorted(Path(name).iterdir())
            workbook = [path for path in files if path.suffix == ".xlsx"]
            for together in (workbook, [path for path in files if path not in workbook]):
                uploads = [("file", (path.name, path.read_bytes(), "application/octet-stream")) for path in together]
                page = admin.submit(admin.get("/catalogue/import"), "/catalogue/import", {}, uploads)
                check(page.status == 200, f"import of {together[0].name} gave {page.status}: {page.text[:300]}")
                page = admin.submit(page, "/catalogue/import/decide", {"decision": "all"})
                check(page.status == 200, f"taking {together[0].name} gave {page.status}: {page.text[:300]}")
        self.reviewed()
        page = admin.submit(admin.get("/catalogue"), "/catalogue/publish", {})
        check(page.status == 200, f"publish gave {page.status}")
        seconds = self.wait_for_catalogue()
        return f"由 {len(files)} 个文件导入并发布第 1 版，{seconds:.2f} 秒后两个站点都在用第 1 版"

    def attestation_reaches_its_area_only(self) -> str:
        officer = self.person("city", "minzheng")
        page = officer.submit(
            officer.get("/attestations/issue"), "/attestations/issue",
            {"fact": LOW_INCOME, "name": RESIDENT_NAME, "id_number": RESIDENT_ID, "area": STATION.area,
             "valid_from": "2026-01-01", "valid_until": "2027-12-31"},
        )  # fmt: skip
        check(page.status == 200, f"issuing gave {page.status}: {page.text[:200]}")
        item, situation = self.item("district", waived=True)
        seconds = self.until(
            lambda: "核验有效" in self.checked("station", item, situation).text, 3.0, "the attestation arrives"
        )
        check("核验有效" not in self.checked("hall", item, situation).text, "the township hall must not hold it")
        return f"低保核验信息 {seconds:.2f} 秒到达社区服务站，官盛镇没有收到"

    def line_is_cut_and_work_goes_on(self) -> str:
        self.process("district").kill()
        clerk = self.person("station", "chuangkou")
        item, situation = self.item("district", waived=True)
        for text in (item.name[:4], item.code):
            check(item.name in clerk.get(f"/search?q={text}").text, f"search for {text} finds the item")
        page = self.checked("station", item, situation)
        check("1968" in page.text and "女" in page.text, "birth date and sex come from the id number")
        check("核验有效" in page.text, "the material is waived offline")
        self.case = self.accept("station", item, situation, photo=True)
        receipt = clerk.get(f"/cases/{self.case.number}/receipt")
        check("已存本机" in receipt.text and "<svg" in receipt.source, "the receipt shows the state and a QR code")
        city_item, city_situation = self.item("city")
        self.city_case = self.accept("station", city_item, city_situation)
        notice = self.apply("station", item, situation, action="notice", missing=True)
        check(notice.url.endswith("/notice"), f"a one-time notice is given instead: {notice.url}")
        return f"区级进程已被杀，离线受理 {self.case.number}，免交材料一项，另一件出具一次性告知"

    def delivered_after_the_cut(self) -> str:
        self.process("district").start()
        district = self.until(lambda: self.kept(self.case) in ("district", "city"), 5.0, "区已收")
        city = self.until(lambda: self.kept(self.case) == "city", 5.0, "市已存")
        return f"区级恢复后 {district:.2f} 秒区已收，再过 {city:.2f} 秒市已存"

    def copy_is_taken(self) -> str:
        station = self.process("station")
        station.stop()
        self._copy = self.demo.folder / "station-copy"
        self._copy.mkdir()
        for path in station.folder.glob("tongban.db*"):
            shutil.copy(path, self._copy / path.name)
        station.start()
        return "社区服务站的数据库留了一份副本"

    def district_and_city_decide(self) -> str:
        officer = self.person("district", "shenpi")
        check(self.case.number in officer.get("/worklist").source, "the case is in the district's worklist")
        check(self.city_case.number not in officer.get("/worklist").source, "the city's case is not")
        page = officer.get(f"/cases/{self.case.number}")
        check(RESIDENT_NAME in page.text, "the officer sees the resident")
        photo = re.search(rf"/cases/{self.case.number}/attachments/[\w-]+", page.source)
        check(photo is not None, "the officer sees the photo")
        if photo:
            self.until(lambda: officer.get(photo[0]).status == 200, 5.0, "the photo has arrived")
        with ThreadPoolExecutor(1) as pool:
            seen = pool.submit(self.first_sight_of_decision, self.case)
            began = time.monotonic()
            self.decide("district", self.case, "granted")
            self.decision_seconds = seen.result() - began
        city = self.person("city", "shenpi")
        self.until(
            lambda: self.city_case.number in city.get("/worklist").source, 5.0, "the case is in the city's worklist"
        )
        self.decide("city", self.city_case, "refused")
        return "区级件在区工作台准予，市级件在市工作台不予"

    def decision_shows_and_result_is_delivered(self) -> str:
        seconds = self.decision_seconds
        check(seconds < 1.0 * self.patience, f"the decision showed after {seconds:.2f} s")
        clerk = self.person("station", "chuangkou")
        path = f"/cases/{self.case.number}"
        page = clerk.submit(clerk.get(path), f"{path}/deliver", {"receiver": RESIDENT_NAME})
        check(page.status == 200, f"delivery gave {page.status}")
        page = clerk.submit(clerk.get(path), f"{path}/rate", {"grade": "1", "comment": "很方便"})
        check(page.status == 200, f"rating gave {page.status}")
        return f"决定自提交起 {seconds:.2f} 秒在站点可见，结果已送达，居民评价非常满意"

    def resident_follows(self) -> str:
        with Visitor(self.process("district").address) as resident:
            asked = {"number": self.case.number, "code": self.case.query_code}
            page = resident.submit(resident.get("/progress"), "/progress", asked)
            check("办结" in page.text or "送达" in page.text, "progress is shown")
            check(RESIDENT_NAME not in page.source and RESIDENT_ID not in page.source, "no personal data is shown")
            answers = [
                resident.submit(resident.get("/progress"), "/progress", {**asked, "code": f"2222-{guess:04d}"})
                for guess in range(2222, 2240)
            ]
        check(all("送达" not in page.text for page in answers), "without the code nothing is told")
        check(any(page.status == 429 for page in answers), "guessing is slowed down")
        return "凭编号和查询码可查进度；猜测查询码被限速"

    def station_is_killed_while_accepting(self) -> str:
        item, situation = self.item("district")
        seen: list[Accepted] = []

        def accept(_: int) -> None:
            try:
                seen.append(self.accept("station", item, situation))
            except (httpx2.HTTPError, Failed):
                return

        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(accept, number) for number in range(200)]
            self.until(lambda: len(seen) >= 60, 20.0, "60 acceptances")
            self.process("station").kill()
            for each in waiting:
                each.cancel()
        shown = list(seen)
        self.process("station").start()
        numbers = {case.number for case in shown}
        check(len(numbers) == len(shown), "case numbers are unique")
        clerk = self.person("station", "chuangkou")
        lost = [case.number for case in shown if clerk.get(f"/cases/{case.number}").status != 200]
        check(not lost, f"{len(lost)} cases whose receipt was shown are gone")
        self.until(lambda: all(self.kept(case) != "station" for case in shown), 10.0, "all arrive")
        return f"受理中被杀，回执出过的 {len(shown)} 件全部还在、编号不重、全部上报"

    def station_recovers_from_an_old_copy(self) -> str:
        station = self.process("station")
        before = self.status("station")
        station.stop()
        for path in station.folder.glob("tongban.db*"):
            path.unlink()
        for path in self._copy.iterdir():
            shutil.copy(path, station.folder / path.name)
        station.start()
        clerk = self.person("station", "chuangkou")
        seconds = self.until(lambda: "评价" in clerk.get(f"/cases/{self.case.number}").text
                         and self.state(self.case)["status"] == "rated", 10.0, "lost records return")  # fmt: skip
        after = self.status("station")
        check(after["incarnation"] != before["incarnation"], "a new incarnation is open")
        self.accept("station", *self.item("district"))
        self.until(self.all_delivered, 10.0, "work goes on and is delivered")
        check(not after["damage"], "nobody is accused")
        return f"换回旧库后 {seconds:.2f} 秒从区级找回自己丢失的记录，新实例 {after['incarnation'][:8]} 继续受理"

    def tampering_is_found(self) -> str:
        hall, district = self.process("hall"), self.process("district")
        self.until(lambda: self.delivered("hall"), 10.0, "the hall is in step")
        district.stop()
        cases = [self.accept("hall", *self.item("district")) for _ in drill.COLUMNS]
        hall.stop()
        safe = self.demo.folder / "hall-copy"
        shutil.copytree(hall.folder, safe)
        database = hall.folder / "tongban.db"
        for position, column in zip(drill.last_positions(database, "case.", 3), drill.COLUMNS, strict=True):
            drill.flip_byte(database, position, column)
        hall.start()
        found = self.status("hall")["damage"]
        check([d["what"] for d in found] == list(drill.COLUMNS), f"start-up names what was changed: {found}")
        district.start()
        self.until(lambda: self.status("hall")["line"]["code"] == "sync.damaged_record", 5.0, "sync says so, too")
        officer = self.person("district", "shenpi")
        check(
            all(officer.get(f"/cases/{case.number}").status == 404 for case in cases), "the hub took in nothing false"
        )
        hall.stop()
        shutil.rmtree(hall.folder)
        shutil.copytree(safe, hall.folder)
        hall.start()
        self.until(lambda: self.delivered("hall"), 10.0, "the hall is in step again")
        told = "、".join(f"第 {d['position']} 条的 {d['what']}" for d in found)
        return f"各改动一个字节，启动即指出 {told}；区级没有收下假记录，换回原库后照常上报"

    def station_is_restored_from_its_replica(self) -> str:
        station = self.process("station")
        case = self.accept("station", *self.item("district"), photo=True)
        self.until(lambda: self.kept(case) == "city", 10.0, "市已存")
        clerk = self.person("station", "chuangkou")
        photo = re.search(rf"/cases/{case.number}/attachments/[\w-]+", clerk.get(f"/cases/{case.number}").source)
        station.stop()
        for path in station.folder.glob("tongban.db*"):
            path.unlink()
        shutil.rmtree(station.folder / "attachments")
        printed = run("tongban-station", "restore", str(station.folder))
        station.start()
        check(self.state(case)["status"] == "accepted", "the case is there")
        check(photo is not None and clerk.get(photo[0]).status == 200, "the photo is there")
        self.accept("station", *self.item("district"))
        self.until(self.all_delivered, 10.0, "work goes on")
        return "站点数据库和照片已从 Litestream 副本恢复并继续受理：" + " ".join(printed.split())[:120]
