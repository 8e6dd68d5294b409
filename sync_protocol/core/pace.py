"""Pace: how much to put into one request, learnt from how long the last ones took and whether they were answered.

A line may carry 8 KB/s or 80 MB/s, and may break every twenty seconds. A request that takes a few seconds is answered
before most breaks, keeps whoever waits behind it waiting no longer, and still spends most of its time on content. Its
messages are an eighth of it, because a parent keeps what it has whole: a break costs one message, not one request.
"""

from __future__ import annotations

AIM_SECONDS = 6.0
"""What a request should take. Over 64 kbit/s and a satellite it spends an eighth of that on the round trip."""
GROWTH_MAX = 16.0
"""By how much the next request may be larger, at most: never so much that it would take longer than that, should the
line be no faster than it was."""
MESSAGES = 8


class Pace:
    """Sizes in bytes of content: `start` at first, never below `least` nor above `most`. The clock is the caller's."""

    def __init__(self, start: int, least: int, most: int) -> None:
        self.size = start
        self._least = least
        self._most = most
        self._sent = 0
        self._begun: float | None = None

    @property
    def message(self) -> int:
        """How much to put into one message."""
        return self.size // MESSAGES

    @property
    def full(self) -> bool:
        """Whether the request has enough by now."""
        return self._sent >= self.size

    def begin(self, now: float) -> None:
        """A request begins, at a time in seconds. The one before it, if it was never answered, was too large."""
        if self._begun is not None:
            self._resize(0.5)
        self._begun = now
        self.rewind()

    def rewind(self) -> None:
        """The request that began is made from its start: for the first time, or again in another session."""
        self._sent = 0

    def sent(self, size: int) -> None:
        self._sent += size

    def answered(self, now: float) -> None:
        """The answer is here. A request that was not full says nothing of a line that could carry more."""
        if self._begun is None:
            return
        seconds, self._begun = now - self._begun, None
        factor = GROWTH_MAX if seconds * GROWTH_MAX <= AIM_SECONDS else AIM_SECONDS / seconds
        if self.full or factor < 1:
            self._resize(max(factor, 0.5))

    def _resize(self, factor: float) -> None:
        self.size = min(max(int(self.size * factor), self._least), self._most)
