"""`python -m deploy.drawings` draws what stands in tables of the code into docs/: pictures of moves, and all limits.

In a page, `<!-- drawn: NAME -->` and `<!-- end -->` enclose a drawing; everything else is written by hand. A test fails
where a page shows something else than the tables.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from shared_models import canonical, cases, records, roster
from shared_models.catalogue import life
from sync_protocol import child_side, parent_side, witness
from sync_protocol.core import checkpoints, frames, joining, messages, pace, session
from sync_protocol.store import attachments, filing, landmarks, pulls
from sync_protocol.wire import agent, bodies, bundle, client, greeting, server, turns

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("protocol.md", "cases.md", "catalogue.md")

_PLACE = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with its drawings as the tables have them now. Raises KeyError for a drawing that nobody makes."""
    return _PLACE.sub(lambda found: f"{found[1]}{DRAWINGS[found[2]]()}\n{found[3]}", text)


def _diagram(moves: Iterable[tuple[str, str, str]], first: str) -> str:
    """(state, what happens, next state) as a Mermaid state diagram; moves between the same two states share a line."""
    named: dict[tuple[str, str], list[str]] = {}
    for before, what, after in moves:
        named.setdefault((before, after), []).append(what)
    last = {after for _, after in named} - {before for before, _ in named}
    lines = [f"    [*] --> {first}"]
    lines += [f"    {before} --> {after}: {', '.join(whats)}" for (before, after), whats in named.items()]
    lines += [f"    {state} --> [*]" for state in sorted(last)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def session_picture() -> str:
    moves = ((before.value, _tag(kind), after.value) for (before, kind), after in session.MOVES.items())
    return _diagram(moves, session.State.IDLE.value)


def _tag(kind: type[messages.Message]) -> str:
    return str(kind.__struct_config__.tag)


def case_picture() -> str:
    moves = ((before, kind.removeprefix("case."), after) for (before, kind), after in cases.MOVES.items())
    return _diagram(moves, "new")


def life_picture() -> str:
    return _diagram(((before, what, after) for (before, what), after in life.MOVES.items()), life.DRAFTED)


def life_table() -> str:
    rows = [f"| {before} | `{what}` | {after} |" for (before, what), after in life.MOVES.items()]
    return "\n".join(["| state | what is done | next state |", "| --- | --- | --- |", *rows])


def case_table() -> str:
    rows = [f"| {before} | `{kind}` | {after} |" for (before, kind), after in cases.MOVES.items()]
    return "\n".join(["| status | fact | next status |", "| --- | --- | --- |", *rows])


def exclusive_kinds() -> str:
    return ", ".join(f"`{kind}`" for kind in sorted(cases.EXCLUSIVE))


def access_kinds() -> str:
    return ", ".join(f"`{kind}`" for kind in sorted(cases.ACCESS))


def pull_reasons() -> str:
    return _reasons(cases.PULL_REASONS)


def decline_reasons() -> str:
    return _reasons(cases.DECLINE_REASONS)


def relations() -> str:
    rows = [
        f"| `{code}` | {chinese} · {english} | {f'`{cases.INVERSE[code]}`' if code in cases.INVERSE else '—'} |"
        for code, (chinese, english) in cases.RELATIONS.items()
    ]
    head = ["| `relation` | the agent is the applicant's | the applicant is the agent's |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _reasons(table: dict[str, tuple[str, str]]) -> str:
    rows = [f"| `{code}` | {chinese} · {english} |" for code, (chinese, english) in table.items()]
    return "\n".join(["| reason | in words |", "| --- | --- |", *rows])


def families() -> str:
    rows = [
        f"| {tier} | {', '.join(f'`{family}`' for family in granted)} |" for tier, granted in roster.FAMILIES.items()
    ]
    return "\n".join(["| tier | families of kinds that it may be granted |", "| --- | --- |", *rows])


LIMITS: tuple[tuple[str, int, str], ...] = (
    ("size of an integer, at most", canonical.INTEGER_MAX, "2^53 - 1, in every canonical value"),
    ("levels of nesting", canonical.DEPTH_MAX, "in every canonical value"),
    ("header, bytes", records.HEADER_BYTES_MAX, ""),
    ("text in a header, characters", records.TEXT_MAX, "actor, area, incarnation, kind, node, subject"),
    ("parents of a record", records.PARENTS_MAX, ""),
    ("body, bytes", records.BODY_BYTES_MAX, ""),
    ("text of a case, characters", cases.TEXT_MAX, "reasons, receivers, results; not bound on reading"),
    ("note on a pull or a release, characters", cases.NOTE_MAX, "not bound on reading"),
    ("cases that a station is given in a day by pulling", pulls.PULLS_A_DAY, "section 8"),
    ("frame, bytes", frames.FRAME_BYTES_MAX, "form and payload, as it travels"),
    ("message, bytes", frames.UNPACKED_BYTES_MAX, "unpacked"),
    ("window of a packed message, bits", frames.WINDOW_BITS_MAX, "a larger one is refused"),
    ("message that is packed, bytes", frames.COMPRESS_FROM_BYTES, "smaller ones travel as they are"),
    ("records in a push", messages.RECORDS_MAX, "what a parent takes"),
    ("records in a push that a child sends", child_side.PUSH_RECORDS, ""),
    ("bytes of records in a push that a child sends", child_side.PUSH_BYTES, "headers and bodies"),
    ("earlier places in a pull", landmarks.LANDMARKS_MAX, "for each stream; more are passed over"),
    ("entries of a stream in an answer", parent_side.ENTRIES_MAX, "for each stream"),
    ("bytes of records in an answer", parent_side.ENTRIES_BYTES_MAX, "headers and bodies, all streams together"),
    ("place in a journal or stream", messages.PLACE_MAX, "2^53 - 1"),
    ("request, bytes", server.REQUEST_BYTES_MAX, "answered with status 413 beyond that"),
    ("answer, bytes", client.ANSWER_BYTES_MAX, "a child breaks off beyond that"),
    ("long poll, milliseconds", server.WAIT_MS_MAX, "a longer wish is cut to this"),
    ("sessions of a child", greeting.SESSIONS_PER_CHILD_MAX, "the one that rested longest is forgotten"),
    ("sessions of a hub", greeting.SESSIONS_MAX, "likewise"),
    ("session at rest, milliseconds", greeting.SESSION_IDLE_MS, "may be forgotten after that"),
    ("silence of a line, milliseconds", int(client.ANSWER_SECONDS * 1000), "a child counts it as dead after that"),
    ("request with its answer, milliseconds", int(client.EXCHANGE_SECONDS * 1000), "a child gives it up after that"),
    ("silence within a request, milliseconds", int(server.SILENCE_SECONDS * 1000), "a hub forgets the session then"),
    ("messages that a parent works on at once", turns.AT_ONCE, "one of a child"),
    ("requests that wait for their turn", turns.WAITING_MAX, "half as many before no session is begun"),
    ("turns of others before a class that waits", turns.PATIENCE, ""),
    ("requests of a session at once", server.REQUESTS_OF_A_SESSION_MAX, "more are told to come back"),
    (
        "time to come back, milliseconds",
        int(turns.AFTER_SECONDS_MAX * 1000),
        "what a parent says, and a quarter",
    ),
    ("time to come back that a child obeys, milliseconds", client.AFTER_MS_MAX, ""),
    ("message that needs no space, bytes", bodies.FREE_BYTES, "also the largest before a session is open"),
    ("large message, milliseconds", int(bodies.FRAME_SECONDS * 1000), "to come in whole, from when there is space"),
    ("memory for large messages, bytes", bodies.SPACE_BYTES, "of all children of a parent"),
    ("request that a child aims at, milliseconds", int(pace.AIM_SECONDS * 1000), "with its answer; no limit"),
    ("piece of an attachment, bytes", attachments.PIECE_BYTES, "every piece but the last has exactly these"),
    ("part of a piece, bytes, at least", attachments.PART_BYTES_MIN, "unless the piece ends with it"),
    ("attachment, bytes", attachments.FILE_BYTES_MAX, ""),
    ("files that a parent names in an answer", filing.LACKING_MAX, "those that it lacks"),
    ("envelope of a bundle, bytes", bundle.ENVELOPE_BYTES_MAX, "in each part"),
    ("box of a chunk, bytes", bundle.BOX_BYTES_MAX, "a frame with its length, and 16 bytes"),
    ("parts of a bundle", bundle.PARTS_MAX, ""),
    ("leaves in an audit", messages.AUDIT_LEAVES_MAX, "receipts that a child asks for at once"),
    ("checkpoint or cosignature, bytes", checkpoints.PAYLOAD_BYTES_MAX, "the payload"),
    ("from one checkpoint to the next, milliseconds", int(witness.PRESENT_SECONDS * 1000), "at least"),
    ("invitation, characters", joining.TEXT_MAX, ""),
    ("pause after a failure, seconds", int(agent.BACKOFF_SECONDS_MAX), "doubled from 0.2 on, and shortened at random"),
)
"""What is bounded, the number, and a remark."""


def limits_table() -> str:
    rows = [f"| {what} | {number:,} | {remark} |" for what, number, remark in LIMITS]
    return "\n".join(["| what | limit | |", "| --- | --- | --- |", *rows])


DRAWINGS: dict[str, Callable[[], str]] = {
    "session": session_picture,
    "cases": case_picture,
    "life": life_picture,
    "life_moves": life_table,
    "moves": case_table,
    "exclusive": exclusive_kinds,
    "access": access_kinds,
    "pull_reasons": pull_reasons,
    "decline_reasons": decline_reasons,
    "relations": relations,
    "families": families,
    "limits": limits_table,
}


def main() -> int:
    for name in PAGES:
        path = DOCS / name
        before = path.read_text(encoding="utf-8")
        after = page(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.name}: drawn anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
