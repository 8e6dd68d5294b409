"""A real station process as a clerk and the machine feel it: acceptance, start, memory; with few and many cases."""

from __future__ import annotations

import http.client
import random
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from deploy import catalogue
from deploy.setup import Demo, import_catalogue
from deploy.story import Story
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import open_joined
from tests.bench.materials import fill, resident_id
from tests.bench.report import children_of, figure, percentile, resident_mib, tell

ACCEPTANCES = 300
IDLE_SECONDS = 5.0
PORT_SHIFT = 300


def at_the_counter(counts: tuple[int, ...]) -> None:
    """Everything measured at a station, once for each number of cases already there."""
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
            demo = Demo(Path(name), shift=PORT_SHIFT)
            try:
                _measure(demo, count)
            finally:
                demo.stop()


def _measure(demo: Demo, count: int) -> None:
    demo.set_up(lambda _: None)
    with tempfile.TemporaryDirectory() as files:
        catalogue.write_files(Path(files))
        import_catalogue(demo, Path(files))
    story = Story(demo)
    story.wait_for_catalogue()
    station = demo.processes["station"]
    # The hub is away: what is measured is the counter, not the delivery of the cases that were just made.
    for key in ("district", "hall", "station"):
        demo.processes[key].stop()
    _fill(station.folder, count)
    starts = []
    for _ in range(3):
        station.stop()
        starts.append(station.start())
    figure(f"start of a station with {count} cases, to the first answer", "s", starts, target=2)
    time.sleep(IDLE_SECONDS)
    processes = [station.pid, *children_of(station.pid)]
    tell(
        f"memory of an idle station with {count} cases", unit="MiB", target=120,
        **{_name(pid): round(resident_mib(pid), 1) for pid in processes},
    )  # fmt: skip
    _accept(story, count)


def _fill(folder: Path, count: int) -> None:
    data = DataFolder(folder, create=False)
    data.lock()
    runtime = open_joined(data, Keyring.open(folder), litestream=True)
    runtime.node.open()
    began = time.perf_counter()
    fill(runtime.node, count)
    tell(f"filling a station with {count} cases in batches of 500", unit="cases/s",
         median=round(count / (time.perf_counter() - began)))  # fmt: skip
    runtime.close()
    data.unlock()


def _accept(story: Story, count: int) -> None:
    """The form is posted and the receipt page fetched by the redirect, as a browser does; each time for another
    resident. The client is the leanest there is, so that the station's time is told and not the client's."""
    item, situation = story.item("district")
    clerk = story.person("station", "chuangkou")
    line = Counter(story.process("station").address, clerk.cookies)
    source, times = random.Random(5), []
    for _ in range(ACCEPTANCES):
        form = story.filled(story.form("station", item, situation), item, situation, action="accept")
        body = urlencode({**form.fields, "id_number": resident_id(source)})
        seconds, receipt = line.post(form.action, body)
        if "/receipt" not in receipt:
            raise RuntimeError(f"not accepted: {receipt}")
        times.append(seconds * 1000)
    line.close()
    times = times[10:]
    figure(f"accept a case, form post to receipt page, with {count} cases", "ms", times,
           p99=round(percentile(times, 0.99), 2), target_p99=25)  # fmt: skip


class Counter:
    """One kept connection to a station, with the cookies of somebody who is logged in there."""

    def __init__(self, address: str, cookies: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
        self._cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())

    def post(self, action: str, body: str) -> tuple[float, str]:
        """(seconds from sending the form to the last byte of the page that it leads to, address of that page)."""
        headers = {"content-type": "application/x-www-form-urlencoded", "cookie": self._cookie}
        began = time.perf_counter()
        self._connection.request("POST", action, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        path = answer.headers.get("location", "")
        if answer.status == 303:
            self._connection.request("GET", path, headers={"cookie": self._cookie})
            answer = self._connection.getresponse()
            answer.read()
        seconds = time.perf_counter() - began
        return seconds, path if answer.status == 200 else f"status {answer.status}"

    def close(self) -> None:
        self._connection.close()


def _name(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return "litestream" if b"litestream" in file.read().split(b"\0")[0] else "station"
