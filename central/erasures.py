"""Erasure by order at a hub: two people give it, and the report tells which nodes have carried it out.

One person proposes (`propose`), which this hub keeps for itself; another one confirms (`confirm`), and what he signs is
the order: the record `roster.erasure_ordered`, which has effect on every node that it reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared_models import erasure
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.node import View


class OrderErasure(NamedTuple):
    """What the second person signs. `subject` is `case/<number>` or `attestation/<id>`."""

    subject: str
    reason: str
    basis: str
    proposed_by: str
    actor: str

    def decide(self, view: View) -> Sequence[Draft]:
        if not self.actor or self.actor == self.proposed_by:
            raise Refusal("erasure.two_people")
        body = erasure.content(self.reason, self.basis, self.proposed_by)
        return [Draft(erasure.ORDERED, self.subject, body, PUBLIC, view.me.area, actor=self.actor)]
