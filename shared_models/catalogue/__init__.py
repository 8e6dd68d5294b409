"""The catalogue: service items, what is wrong with them, versions of the whole, and finding one.

- `items`     an item and its parts, as frozen structs and as plain JSON
- `codes`     the code tables of GB/T 39046-2020 and our own, each code with its Chinese and English label
- `findings`  every code of what can be wrong, with its severity
- `audit`     `check`: everything that keeps an item from being published, and everything odd about it; with `paths`
              (situations, steps, counters) and `sizes` (texts and lists)
- `comparing` `compare`: what only shows beside the other items and the base list
- `questions` which question to ask next, which situation the answers lead to, what remains to be brought; with
              `question_audit`
- `layers`    what an item leaves to the base list
- `versions`  a published version as code -> content hash, and the difference between two of them
- `words`     texts and queries as a full-text index takes them (`phrases`); for the pages of a hub
- `search`    an index by part of the name, pinyin, everyday word or code; imported by itself, as only counters need it
"""

from shared_models.catalogue.audit import check, check_base, complete
from shared_models.catalogue.comparing import basic_code, compare
from shared_models.catalogue.findings import ERROR, SEVERITY, WARNING, Finding
from shared_models.catalogue.items import (
    Answer,
    Answered,
    BaseItem,
    Department,
    FormField,
    Item,
    Material,
    Question,
    Result,
    Situation,
    Step,
    base_of,
    content_hash,
    item_of,
    needed,
    to_value,
)
from shared_models.catalogue.layers import BaseChange, BaseList, base_change, inherited, inherits
from shared_models.catalogue.versions import Difference, Halt, Version, apply_difference, difference

__all__ = [
    "ERROR",
    "SEVERITY",
    "WARNING",
    "Answer",
    "Answered",
    "BaseChange",
    "BaseItem",
    "BaseList",
    "Department",
    "Difference",
    "Finding",
    "FormField",
    "Halt",
    "Item",
    "Material",
    "Question",
    "Result",
    "Situation",
    "Step",
    "Version",
    "apply_difference",
    "base_change",
    "base_of",
    "basic_code",
    "check",
    "check_base",
    "compare",
    "complete",
    "content_hash",
    "difference",
    "inherited",
    "inherits",
    "item_of",
    "needed",
    "to_value",
]
