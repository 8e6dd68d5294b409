"""What other nodes have written, made fit for a screen."""

from __future__ import annotations

from datetime import date


def masked_name(name: str) -> str:
    """王小明 -> 王*明, 王明 -> 王*; a name of one character stays as it is. Enough to recognise somebody in a list of
    many, not enough to learn a name."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def day_of(text: str) -> date | None:
    """The day that an ISO date names; None for a text that is none, which only a faulty station can have written."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
