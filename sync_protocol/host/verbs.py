"""What a node can be told to do by its operator: verbs, each one function from a request to an answer.

The same function runs in the command's own process, where the node does not run, and in the running node, where it does
(see `operator`). Requests and answers are JSON; bytes in them are base64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from shared_models.refusals import Refusal


class Verb(NamedTuple):
    """`request` and `answer` are msgspec types; `work` is handed the place it works on and the request; `signs` = it
    writes records, for which an incarnation must be open."""

    request: type[Any]
    answer: type[Any]
    work: Callable[[Any, Any], Any]
    signs: bool = False


def perform(verbs: Mapping[str, Verb], place: Any, name: str, body: bytes) -> bytes:
    """Carries out a verb. Raises Refusal commands.operator_unknown, commands.request_malformed, and the verb's own."""
    verb = verbs.get(name)
    if verb is None:
        raise Refusal("commands.operator_unknown", verb=name[:40])
    try:
        asked = msgspec.json.decode(body, type=verb.request)
    except msgspec.MsgspecError:
        raise Refusal("commands.request_malformed") from None
    return msgspec.json.encode(verb.work(place, asked))
