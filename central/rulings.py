"""What officers do with cases: decide them, and settle what contradicts.

Each command goes through `Node.write`, which is the only way into the log. `gaps_…` says what is still missing, by the
name of the field, before anything is written, so that a form can show everything at once.
"""

from __future__ import annotations

from shared_models.cases import DENIED, GRANTED, STANDS, TEXT_MAX, YIELDS, Decide, Settle
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand
from sync_protocol.node import Node

OUTCOMES = (GRANTED, DENIED)
RULINGS = (STANDS, YIELDS)
Gap = tuple[str, Refusal]
"""(field, what is wrong with it)."""


def gaps_of_decision(decision: Decide) -> list[Gap]:
    """What keeps a decision from being made: no outcome, a refusal without reasons, a text that is too long."""
    gaps: list[Gap] = []
    if decision.outcome not in OUTCOMES:
        gaps.append(("outcome", Refusal("central.outcome_missing")))
    if decision.outcome == DENIED and not decision.reasons.strip():
        gaps.append(("reasons", Refusal("central.reasons_missing")))
    return gaps + _too_long(("reasons", decision.reasons), ("result", decision.result))


def gaps_of_ruling(ruling: Settle) -> list[Gap]:
    """What keeps a ruling from being made: no choice between the two versions, no reason."""
    gaps: list[Gap] = []
    if ruling.ruling not in RULINGS:
        gaps.append(("ruling", Refusal("central.ruling_missing")))
    if not ruling.reason.strip():
        gaps.append(("reason", Refusal("central.reason_missing")))
    return gaps + _too_long(("reason", ruling.reason))


def decide(node: Node, number: str, decision: Decide, actor: str) -> None:
    """Concludes a case. Raises Refusal (rooms `central` and `cases`)."""
    _write(node, number, decision, gaps_of_decision(decision), actor)


def settle(node: Node, number: str, ruling: Settle, actor: str) -> None:
    """Rules on an open conflict. Raises Refusal (rooms `central` and `cases`)."""
    _write(node, number, ruling, gaps_of_ruling(ruling), actor)


def _write(node: Node, number: str, command: Decide | Settle, gaps: list[Gap], actor: str) -> None:
    if gaps:
        raise gaps[0][1]
    node.write(CaseCommand(number, command, actor))


def _too_long(*fields: tuple[str, str]) -> list[Gap]:
    return [(name, Refusal("central.text_too_long", most=TEXT_MAX)) for name, text in fields if len(text) > TEXT_MAX]
