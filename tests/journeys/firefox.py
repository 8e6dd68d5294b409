"""The system's Firefox, driven over Marionette, its own remote control: a line of JSON each way on a loopback socket.

Playwright drives a Firefox of its own making only; what a clerk has is the one of the system. The commands are those of
WebDriver (W3C), the frame around them is `length:[0, id, name, parameters]` and `length:[1, id, error, result]`.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

FIREFOX_NAMES = ("firefox-esr", "firefox")
FIREFOX = next((found for name in FIREFOX_NAMES if (found := shutil.which(name))), None)
START_SECONDS_MAX = 60
WAIT_SECONDS_MAX = 30
POLL_SECONDS = 0.03
ENTER, TAB, DOWN = "\ue007", "\ue004", "\ue015"

PREFERENCES: dict[str, object] = {
    "marionette.port": 0,  # any free one; the profile then says which
    # nothing but loopback is reached
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1",
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "zh-CN, zh",
}


class Firefox:
    """A headless Firefox with a fresh profile, as long as it is open."""

    def __init__(self, profile: Path) -> None:
        assert FIREFOX is not None
        profile.mkdir()
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        (profile / "user.js").write_text("\n".join(lines))
        self._process = subprocess.Popen(
            [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"HOME": str(profile), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        try:
            self._socket = socket.create_connection(("127.0.0.1", self._port(profile)), timeout=WAIT_SECONDS_MAX)
            self._stream = self._socket.makefile("rb")
            self._read()  # who is there
            self._sent = 0
            self._ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _port(self, profile: Path) -> int:
        said, end = profile / "MarionetteActivePort", time.monotonic() + START_SECONDS_MAX
        while not (said.exists() and said.read_text().strip()):
            assert self._process.poll() is None, "Firefox ended by itself"
            assert time.monotonic() < end, f"Firefox did not answer within {START_SECONDS_MAX} s"
            time.sleep(POLL_SECONDS)
        return int(said.read_text())

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            assert byte, "Firefox hung up"
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))

    def _ask(self, name: str, parameters: dict[str, Any]) -> Any:
        self._sent += 1
        message = json.dumps([0, self._sent, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._read()
        assert number == self._sent
        assert error is None, f"{name}: {error}"
        return result.get("value") if isinstance(result, dict) else result

    # ------------------------------------------------------------ what somebody does

    def go(self, address: str) -> None:
        self._ask("WebDriver:Navigate", {"url": address})

    def says(self, script: str) -> Any:
        """What an expression gives in the page."""
        return self._ask("WebDriver:ExecuteScript", {"script": f"return {script}", "args": []})

    def press(self, keys: str) -> None:
        """Keys, one after the other, to whatever has the focus."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def press_at(self, selector: str, keys: str) -> None:
        """Keys, as soon as the focus is where it is wanted."""
        self.until(f"document.activeElement.matches({json.dumps(selector)})")
        self.press(keys)

    def until(self, script: str) -> None:
        """Waits until an expression is true on a page that is there in whole."""
        end = time.monotonic() + WAIT_SECONDS_MAX
        while not self.says(f"document.readyState === 'complete' && Boolean({script})"):
            assert time.monotonic() < end, f"not within {WAIT_SECONDS_MAX} s at {self.says('location.href')}: {script}"
            time.sleep(POLL_SECONDS)

    # ------------------------------------------------------------ at the counter

    def to_the_form(self) -> None:
        """From an item to its form: each question gets its first answer, a list of situations its first."""
        self.until("location.pathname.startsWith('/items/')")
        while self.says("location.pathname").endswith("/questions"):
            was = self.says("location.href")
            for _ in range(self.says("document.querySelectorAll('fieldset.question').length")):
                self.press("1")
            self.press_at("button", ENTER)
            self.until(f"location.href !== {json.dumps(was)}")
        if not self.says("location.pathname").endswith("/apply"):
            self.press_at(".way a.button", ENTER)

    def fill_what_is_empty(self) -> None:
        """Something in every field of the item that must be filled in; the first of every list."""
        self.until("document.querySelector('.told') && document.activeElement !== document.body")
        while self.says("document.activeElement.name.startsWith('field.')"):
            kind = self.says("document.activeElement.tagName === 'SELECT' ? 'choice' : document.activeElement.type")
            self.press({"choice": DOWN, "date": "20261001"}.get(kind, "100") + TAB)
