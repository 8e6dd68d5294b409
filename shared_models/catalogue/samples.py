"""Sample pictures of materials: what a filled-in form or the right page of a paper looks like.

A picture is public, small, and called by the SHA-256 of its bytes, so that an item's value names it and nobody can put
another one in its place. The city publishes it once, as a record of the kind `catalogue.sample`, for every node.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from shared_models.refusals import Refusal
from shared_models.signing import bytes_of, digest, text_of

KIND = "catalogue.sample"
SAMPLE_BYTES_MAX = 100 * 1024
NAME = re.compile(r"[A-Za-z0-9_-]{43}")
"""A digest as text."""
_TYPES = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


class Sample(NamedTuple):
    """A picture, and what a body says of it."""

    name: str
    media_type: str
    content: bytes

    def to_value(self) -> dict[str, Any]:
        """The body of its record."""
        return {"hash": self.name, "media_type": self.media_type, "content": text_of(self.content)}


def sample(content: bytes, file: str) -> Sample:
    """The sample of a picture. Raises Refusal catalogue.sample_too_large, catalogue.sample_not_a_picture; `file` is
    what it is called there."""
    if len(content) > SAMPLE_BYTES_MAX:
        raise Refusal("catalogue.sample_too_large", file=file[:80], size=len(content), most=SAMPLE_BYTES_MAX)
    media_type = next((name for name, start in _TYPES.items() if start.match(content)), "")
    if not media_type:
        raise Refusal("catalogue.sample_not_a_picture", file=file[:80])
    return Sample(text_of(digest(content)), media_type, content)


def sample_of(body: dict[str, Any]) -> Sample:
    """The sample in a body. Raises Refusal as `sample`, ValueError or KeyError where it is not what it says."""
    found = sample(bytes_of(str(body["content"])), str(body["hash"]))
    if (found.name, found.media_type) != (body["hash"], body["media_type"]):
        raise ValueError("a sample that is not what it says")
    return found
