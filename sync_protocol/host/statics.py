"""Static files: read once at the start, named by their content, kept by browsers for ever.

A file `tongban.css` is served as `/static/tongban-<12 hex of its SHA-256>.css`, so that a page of a new version never
meets a style or script of an old one. A path is looked up among the names that were found at the start and nowhere
else: there is no way out of the folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models.signing import digest

OWN_FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
SERVED = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
FILE_BYTES_MAX = 2 * 1024 * 1024


class Statics:
    """The styles, scripts and pictures of some folders (not below them). Of two files with one name the one in the
    later folder counts."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """Raises ValueError for a file over 2 MiB, which is not meant to be served from memory."""
        self._urls: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, str]] = {}
        for folder in (OWN_FOLDER, *folders):
            for path in sorted(folder.iterdir()):
                if path.suffix in SERVED:
                    self._take(path)

    def _take(self, path: Path) -> None:
        data = path.read_bytes()
        if len(data) > FILE_BYTES_MAX:
            raise ValueError(f"the static file {path} is larger than {FILE_BYTES_MAX} bytes")
        hashed = f"{path.stem}-{digest(data).hex()[:12]}{path.suffix}"
        self._urls[path.name] = PREFIX + hashed
        self._files[hashed] = (data, SERVED[path.suffix])

    def url(self, name: str) -> str:
        """The address of a file by its plain name. Raises KeyError: a page that names a missing file is a bug."""
        return self._urls[name]

    def find(self, start: str, end: str) -> str | None:
        """The address of the one file whose name begins and ends so, None if it is not there: for vendored files
        whose names already carry a version and a hash."""
        names = [name for name in self._urls if name.startswith(start) and name.endswith(end)]
        return self._urls[max(names)] if names else None

    def route(self) -> Route:
        """The route that serves all of them."""
        return Route(PREFIX + "{name}", self._serve, name="static")

    async def _serve(self, request: Request) -> Response:
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        data, kind = found
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(data, media_type=kind, headers=headers)
