"""A tiny real application on the web base: real SQLite file, real templates, a clock that is set by hand."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.host.forms import MIB, Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, public, require
from sync_protocol.host.pages import Pages
from sync_protocol.host.web import Brand, Light, NavLink, Web, redirect, render, send_file
from sync_protocol.host.web_app import build_app
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Account
from sync_protocol.store.database import Database

FOLDER = Path(__file__).parent / "templates"
PASSWORD = "a long enough one"
PASSWORD_HASH = signing.hash_password(PASSWORD, bytes(16))
START_MS = 1_780_000_000_000
STAFF = (
    Account("zhang", "actor-1", "张晓红", ("clerk",)),
    Account("li", "actor-2", "李明", ("clerk",)),
    Account("wang", "actor-3", "王芳", ("officer",)),
)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms

    def wait(self, *, minutes: float = 0, seconds: float = 0) -> None:
        self.ms += round((minutes * 60 + seconds) * 1000)


class Entropy:
    """Bytes that look random, never repeat and are the same in every run."""

    def __init__(self) -> None:
        self._drawn = 0
        self._lock = threading.Lock()

    def __call__(self, size: int) -> bytes:
        with self._lock:
            self._drawn += 1
            return hashlib.shake_256(str(self._drawn).encode()).digest(size)


@dataclass(frozen=True)
class SmallPage:
    """A form with everything that a form may have."""

    template: ClassVar[str] = "small.html"
    form: Form
    errors: FormErrors


@dataclass(frozen=True)
class SmallReceipt:
    """A receipt that keeps itself up to date."""

    template: ClassVar[str] = "small_receipt.html"
    number: str


@public()
def receipt(request: Request) -> Response:
    return render(request, SmallReceipt("5116020010012603050001"))


@public()
def state(request: Request) -> Response:
    """A long poll that has news once: 1 after 0."""
    if request.query_params["known"] == "1":
        return Response(status_code=204)
    return HTMLResponse('<span data-refresh-next="/state?known=1">区已收</span>')


@require("clerk", limits=FormLimits(files_max=2, file_bytes_max=MIB, fields_bytes_max=20_000))
def register(request: Request) -> Response:
    form, errors = form_of(request), FormErrors()
    if request.method == "POST":
        with errors.at("photo"):
            photo = form.upload("photo")
        if not form.text("resident_name"):
            errors.add("resident_name", Refusal("accounts.name_missing"))
        if not errors:
            request.app.state.registered.append((form.text("resident_name"), form.text("note"), photo))
            return redirect(request, "/", "host.logged_out")
    return render(request, SmallPage(form, errors), 422 if errors else 200)


@require()
def home(request: Request) -> Response:
    return PlainTextResponse("home")


@require("officer")
async def decide(request: Request) -> Response:
    return PlainTextResponse(f"decided {form_of(request).text('case')}")


@public()
def ask(request: Request) -> Response:
    if request.method == "POST":
        raise Refusal("accounts.unknown", login=form_of(request).text("number"))
    return render(request, SmallPage(form_of(request), FormErrors()))


@public()
def crash(request: Request) -> Response:
    raise KeyError("王德顺 511602194603121234")


@public()
def download(request: Request) -> Response:
    return send_file(b"<script>alert(1)</script>", "text/html", "王 德顺.html", inline=True)


async def api(request: Request) -> Response:
    await request.body()
    raise Refusal("accounts.too_many", seconds=3)


ROUTES = [
    Route("/", home),
    Route("/register", register, methods=["GET", "POST"]),
    Route("/decide", decide, methods=["GET", "POST"]),
    Route("/ask", ask, methods=["GET", "POST"]),
    Route("/receipt", receipt),
    Route("/state", state),
    Route("/crash", crash, methods=["GET", "POST"]),
    Route("/download", download),
    Route("/sync/push", api, methods=["POST"]),
]


class Small:
    """The application with its parts at hand."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.database = Database(path / "small.db", litestream=False, migrations=[accounts.migrations])
        for account in STAFF:
            self.database.write(
                partial(accounts.create_account, account=account, password_hash=PASSWORD_HASH, now_ms=START_MS)
            )
        self.web = Web(
            self.database,
            key=bytes(range(32)),
            now_ms=self.clock.now_ms,
            entropy=Entropy(),
            pages=Pages([FOLDER]),
            brand=Brand(("浓洄社区服务站", "Nonghui station"), "511602001001"),
            navigation=(
                NavLink("/", "首页", "First page"),
                NavLink("/register", "登记", "Register", frozenset({"clerk"})),
                NavLink("/decide", "审批", "Decide", frozenset({"officer"})),
            ),
            light=lambda: Light("ok", "已连接", "Connected"),
        )
        self.app: Starlette = build_app(self.web, ROUTES)
        self.app.state.registered = []
        self.registered: list[tuple[str, str, object]] = self.app.state.registered

    def browser(self, *, https: bool = False) -> Browser:
        return Browser(self.app, f"http{'s' if https else ''}://station.test")


class Browser(TestClient):
    """A client that behaves like a browser: keeps cookies and fills in a form's hidden fields. Follows no redirect."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        super().__init__(app, base_url=base_url, follow_redirects=False, raise_server_exceptions=True)

    def token_at(self, path: str) -> str:
        """The token in the form of a page."""
        return hidden(self.get(path).text, "_form")

    def log_in(self, login: str = "zhang", password: str = PASSWORD, path: str = "/login") -> httpx2.Response:
        text = self.get(path).text
        data = {name: hidden(text, name) for name in ("_form", "_from", "next")}
        return self.post("/login", data={**data, "login": login, "password": password})


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.findall(rf'name="{name}" value="([^"]*)"', text)
    return found[-1] if found else ""


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application behind a real socket on loopback; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
