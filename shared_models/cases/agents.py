"""Who acts for an applicant (代办人), and how the two are related. It imports nothing of the other modules."""

from __future__ import annotations

import msgspec

RELATIONS: dict[str, tuple[str, str]] = {
    "spouse": ("配偶", "husband or wife"),
    "child": ("子女", "child"),
    "parent": ("父母", "parent"),
    "sibling": ("兄弟姐妹", "brother or sister"),
    "grandchild": ("孙子女、外孙子女", "grandchild"),
    "grandparent": ("祖父母、外祖父母", "grandparent"),
    "guardian": ("监护人", "guardian"),
    "staff": ("村（社区）代办员", "helper of the village or community"),
    "other": ("其他受托人", "somebody else who was asked to"),
}
"""What the agent is to the applicant: code -> (Chinese, English)."""

INVERSE: dict[str, str] = {
    "spouse": "spouse",
    "child": "parent",
    "parent": "child",
    "sibling": "sibling",
    "grandchild": "grandparent",
    "grandparent": "grandchild",
}
"""What the applicant is to the agent, for the relations of a family: they hold whichever of the two applies."""


class Agent(msgspec.Struct, frozen=True, gc=False):
    """Who came to the counter for the applicant. `relation` is one of RELATIONS: what the agent is to the applicant."""

    name: str
    id_number: str
    phone: str
    relation: str
