"""What a hub's pages may be tuned by. Where it listens and who its parent is stands in `host.settings.NodeSettings`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HubSettings:
    """Times are milliseconds (`_ms`) or seconds (`_seconds`)."""

    warn_days: int = 3
    """Working days before the end of a promised limit from which its light is yellow."""
    progress_seconds: float = 0.3
    """How long the public page takes to say that a number and a code do not belong together, whatever the reason."""
    guesses_by_address: tuple[int, int] = (20, 5_000)
    """Questions at the public page from one address: this many at once, then one in so many milliseconds."""
    guesses_by_number: tuple[int, int] = (6, 30_000)
    """The same for one case number, from wherever they come."""
    joins_by_address: tuple[int, int] = (20, 3_000)
    """Attempts to join, from one address."""
