"""What a full-text search asks an index for."""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    """Words that stand one after the other in one of `columns`; where it `goes_on`, the last one may be longer than
    what is written of it."""

    columns: tuple[str, ...]
    words: tuple[str, ...]
    goes_on: bool
