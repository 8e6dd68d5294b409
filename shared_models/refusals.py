"""Every reason to say no, as a value.

A refusal carries a code, which names its sentence in `shared_models.texts`, and the values that fill the sentence.
It is raised or returned, never a bare assert; whoever shows it picks the language. A code is `room.reason`; its
sentence stands in `texts/<room>.py`, and a test fails for a code without a sentence in both languages.
"""

from __future__ import annotations

from shared_models import texts


class Refusal(Exception):
    """`code` names the sentence; `values` fill it. Never put a resident's data into `values` of a logged refusal."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return texts.sentence(self.code, "zh", **self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and (self.code, self.values) == (other.code, other.values)

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.values.items()))))
