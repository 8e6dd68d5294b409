"""What a station may be tuned by. Where it listens and who its parent is stands in `host.settings.NodeSettings`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOUR_MS = 60 * 60 * 1000
DEFAULT_PORT = 8000
FONT_VARIABLE = "TONGBAN_FONT"


@dataclass(frozen=True)
class StationSettings:
    """Times are milliseconds (`_ms`)."""

    idle_ms: int = HOUR_MS
    """A session ends after so long without a request."""
    session_ms: int = 12 * HOUR_MS
    """And after so long in any case."""
    fonts: tuple[Path, ...] = ()
    """Fonts for PDF that are asked before those of the system."""
    unnamed_files_ms: int = 24 * HOUR_MS
    """A file that was chosen in a form and that no record names goes away after so long."""
