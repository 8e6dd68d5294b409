"""The web base of a station and of a hub: what a node's pages stand on, and who is asking.

    web = Web(database, storage_key, now_ms, entropy, Pages([folder]), Brand(("浓洄社区服务站", "…"), "511602001001"))
    app = build_app(web, [Route("/cases/new", new_case, methods=["GET", "POST"])])      # web_app

    @require("clerk", limits=FormLimits(files_max=8))                                   # guards
    def new_case(request: Request) -> Response:
        form, errors = form_of(request), FormErrors()
        ...
        return render(request, NewCasePage(form, errors), 422 if errors else 200)

Handlers are plain functions, run in a worker thread, since they talk to SQLite; `async def` works as well. `Visit` is
what is known about the one who asks; a template sees it as `visit`. Cookies carry the place's code in their name:
browsers share cookies between ports, and one machine may run several nodes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from shared_models import signing, texts
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form
from sync_protocol.host.pages import Page, Pages
from sync_protocol.seating import Seats
from sync_protocol.store.accounts import Account, Session
from sync_protocol.store.database import Database

MINUTE_MS = 60_000
SESSION, GUEST, KEPT, NOTICE = "tb_session", "tb_guest", "tb_kept", "tb_notice"
LANGUAGE, BIG = "tb_lang", "tb_big"
VISIT = "tongban.visit"


@dataclass(frozen=True)
class Brand:
    """The head of every page: the place's name (Chinese, English) and its division code."""

    place: tuple[str, str]
    code: str


@dataclass(frozen=True)
class NavLink:
    """A link in the head, for these roles; without roles for everybody who is logged in. Pages below the paths `also`
    belong to it, too."""

    path: str
    zh: str
    en: str
    roles: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Light:
    """One chip in the head that tells how the node is: `kind` as in the macro `chip`."""

    kind: str
    zh: str
    en: str


def _no_light() -> Light | None:
    return None


def _nobody(actor: str) -> bool:
    return False


def _nothing() -> None:
    """There is no log."""


@dataclass(frozen=True)
class Web:
    """All that the web base is handed by `app.py`. Times are milliseconds.

    `key` is the node's storage key; `now_ms` and `entropy` are clock and randomness; `navigation` and `light` fill the
    head; `statuses` maps refusal codes to HTTP statuses where 422 does not fit; a request to one of `api_prefixes`
    carries no cookies and is answered in JSON when it fails. `seats` are those of the node, `barred` says of an actor
    whether a hub above has ended the person's right to act, and `end_keys` has the log say whose keys ended. A session
    ends after `idle_ms` without a request, and after `session_ms` in any case."""

    database: Database
    key: bytes = field(repr=False)
    now_ms: Callable[[], int]
    entropy: Callable[[int], bytes]
    pages: Pages
    brand: Brand
    navigation: tuple[NavLink, ...] = ()
    light: Callable[[], Light | None] = _no_light
    statuses: Mapping[str, int] = field(default_factory=dict)
    api_prefixes: tuple[str, ...] = ("/api/", "/sync/")
    home: str = "/"
    idle_ms: int = 60 * MINUTE_MS
    session_ms: int = 12 * 60 * MINUTE_MS
    seats: Seats = field(default_factory=Seats)
    barred: Callable[[str], bool] = _nobody
    end_keys: Callable[[], None] = _nothing

    def cookie(self, name: str) -> str:
        """The name of a cookie at this node."""
        return f"{name}_{self.brand.code}"

    def token(self) -> str:
        """256 fresh random bits as text."""
        return signing.text_of(self.entropy(32))


class Visit:
    """One request, as far as pages are concerned: who asks, in which language, with which form."""

    def __init__(self, web: Web, connection: HTTPConnection, session: Session | None = None) -> None:
        self.web = web
        self.session = session
        self.barred = False
        """Whether the session ended because a hub above has revoked the person."""
        self.form = Form()
        self.restored = False
        """Whether `form` is what was typed before the session ended."""
        self.files_bytes_max = 0
        """What the files of a form on this page may weigh together, where it goes to the page's own address."""
        self.broken = False
        """Whether the request failed for an unknown reason: then the page asks for nothing that may fail again."""
        self.path = connection.url.path
        self.here = self.path + (f"?{connection.url.query}" if connection.url.query else "")
        self.https = connection.url.scheme == "https"
        self.cookies: Mapping[str, str] = connection.cookies
        self.cookies_out: list[str] = []
        self.big = self.cookies.get(BIG) == "1"
        self._guest = self.own_cookie(GUEST)

    # ------------------------------------------------------------ cookies

    def own_cookie(self, name: str) -> str:
        """A cookie of this node, "" if the browser sent none."""
        return self.cookies.get(self.web.cookie(name), "")[:200]

    def set_cookie(self, name: str, value: str, max_age_s: int | None = None) -> None:
        """Sends a cookie with the response; `name` is whole, the value holds no blanks or signs. No age = session."""
        age = "" if max_age_s is None else f"; Max-Age={max_age_s}"
        secure = "; Secure" if self.https else ""
        self.cookies_out.append(f"{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}{secure}")

    def set_own_cookie(self, name: str, value: str, max_age_s: int | None = None) -> None:
        """Sends a cookie of this node; an age of 0 removes it."""
        self.set_cookie(self.web.cookie(name), value, max_age_s)

    # ------------------------------------------------------------ what templates ask for

    @property
    def account(self) -> Account | None:
        """Who is logged in."""
        return self.session.account if self.session else None

    @property
    def language(self) -> str:
        """What this browser was switched to, else the account's own, else Chinese."""
        wanted = (self.cookies.get(LANGUAGE), self.account.language if self.account else "zh")
        return next((language for language in wanted if language in texts.LANGUAGES), "zh")

    @property
    def place(self) -> str:
        """The name of the place in the page's language."""
        return self.web.brand.place[texts.LANGUAGES.index(self.language)]

    @property
    def form_token(self) -> str:
        """What every form on this page must carry: bound to the session, or to this browser where there is none."""
        if self.session:
            return self.session.form_key
        if not self._guest:
            self._guest = self.web.token()
            self.set_own_cookie(GUEST, self._guest)
        return self.guest_token()

    def guest_token(self) -> str:
        """The token of a browser without a session; "" if it has not been given one."""
        key = signing.derive(self.web.key, "guest forms")
        return signing.text_of(signing.keyed_hash(key, self._guest.encode())) if self._guest else ""

    @property
    def light(self) -> Light | None:
        """How the node is."""
        return None if self.broken else self.web.light()

    def links(self) -> list[tuple[str, str, bool]]:
        """Path, text and whether it is where we are, of the links that this account may follow."""
        roles = set(self.account.roles) if self.account else set()
        shown = [link for link in self.web.navigation if self.account and (not link.roles or link.roles & roles)]
        here = [(path, link) for link in shown for path in (link.path, *link.also) if self._below(path)]
        best = max(here, key=lambda found: len(found[0]), default=("", None))[1]
        return [(link.path, link.en if self.language == "en" else link.zh, link is best) for link in shown]

    def _below(self, path: str) -> bool:
        return self.path == path or (path != "/" and self.path.startswith(path.rstrip("/") + "/"))

    def look_url(self, **changes: str) -> str:
        """The address that changes language (`lang`) or size of text (`big`) and comes back here."""
        return "/look?" + urlencode({**changes, "back": self.here})

    def take_notice(self) -> str:
        """The sentence that the last page left for this one, once; "" if there is none."""
        code = self.own_cookie(NOTICE)
        if not code:
            return ""
        self.set_own_cookie(NOTICE, "", 0)
        return texts.sentence(code, self.language) if code in texts.sentences() else ""


def visit_of(request: HTTPConnection) -> Visit:
    """Who is asking. Every request that passed `web_security.Visits` has a visit."""
    visit: Visit = request.scope[VISIT]
    return visit


def account_at(request: HTTPConnection) -> Account:
    """The account that is logged in; only behind `require`. Raises Refusal host.login_needed otherwise."""
    account = visit_of(request).account
    if account is None:
        raise Refusal("host.login_needed")
    return account


# Responses


def render(request: HTTPConnection, page: Page, status: int = 200) -> HTMLResponse:
    """A page in the visitor's language."""
    visit = visit_of(request)
    return HTMLResponse(visit.web.pages.html(page, visit.language, visit), status)


def redirect(request: HTTPConnection, path: str, notice: str = "") -> RedirectResponse:
    """303 to a path of this node. `notice` is the code of a sentence without values that the next page shows once."""
    if notice:
        visit_of(request).set_own_cookie(NOTICE, notice, 60)
    return RedirectResponse(path, 303)


def send_file(data: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    """A file to save, or, `inline`, to look at: whatever is in it may neither run nor load anything. Browsers show a
    PDF in a viewer of their own that is a sandbox already, and in no other."""
    sandbox = "" if inline and media_type == "application/pdf" else "; sandbox"
    headers = {
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'{sandbox}",
    }
    return Response(data, headers=headers, media_type=media_type)


def local_path(text: str) -> str | None:
    """`text` if it is a path at this node and nothing else: what may be gone back to."""
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and len(text) <= 2000
    return text if plain and text.isprintable() and " " not in text else None


# Refusals


@dataclass(frozen=True)
class ErrorPage:
    """A request that cannot be served: what happened, what to do, where to go on."""

    template: ClassVar[str] = "error.html"
    status: int
    text: str
    back: str
    back_to_form: bool = False


STATUSES: Mapping[str, int] = {
    "accounts.disabled": 403,
    "accounts.locked": 429,
    "accounts.too_many": 429,
    "accounts.unknown": 404,
    "database.busy": 503,
    "database.closed": 503,
    "database.full": 507,
    "database.locked": 503,
    "host.body_too_large": 413,
    "host.form_malformed": 400,
    "host.form_too_long": 413,
    "host.forbidden": 403,
    "host.incident": 500,
    "host.login_needed": 401,
    "host.other_site": 403,
    "host.status_404": 404,
    "host.status_405": 405,
    "host.status_415": 415,
    "host.token_missing": 403,
    "host.token_missing_kept": 403,
}


def status_of(web: Web, code: str) -> int:
    """The HTTP status of a refusal: 422 (understood, and refused) where nothing else is said."""
    return web.statuses.get(code) or STATUSES.get(code, 422)


def wants_json(request: HTTPConnection) -> bool:
    """Whether a program is asking."""
    accept = request.headers.get("accept", "")
    api = request.url.path.startswith(visit_of(request).web.api_prefixes)
    return api or ("application/json" in accept and "text/html" not in accept)


def refuse(
    request: HTTPConnection,
    refusal: Refusal,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    back: str = "",
    back_to_form: bool = False,
) -> Response:
    """A refusal as a page, or as JSON {"code", "sentence"} for a program."""
    visit = visit_of(request)
    status = status or status_of(visit.web, refusal.code)
    text = texts.sentence(refusal.code, visit.language, **refusal.values)
    response: Response
    if wants_json(request):
        response = _Json({"code": refusal.code, "sentence": text}, status)
    else:
        page = ErrorPage(status, text, back or visit.web.home, back_to_form)
        response = render(request, page, status)
    response.headers.update(headers or {})
    return response


class _Json(JSONResponse):
    """Chinese is readable as it stands."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False).encode()
