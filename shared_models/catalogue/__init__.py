"""The catalogue: service items, what is wrong with them, versions of the whole, and finding one.

- `items`     an item and its parts, as frozen structs and as plain JSON
- `codes`     the code tables of GB/T 39046-2020 and our own, each code with its Chinese and English label
- `audit`     `check`: everything that keeps an item from being published, and everything odd about it
- `versions`  a published version as code -> content hash, and the difference between two of them
- `search`    an index by part of the name, pinyin, everyday word or code; imported by itself, as only counters need it
"""

from shared_models.catalogue.audit import ERROR, WARNING, Finding, check, complete
from shared_models.catalogue.items import (
    Department,
    FormField,
    Item,
    Material,
    Result,
    Situation,
    Step,
    content_hash,
    item_of,
    needed,
    to_value,
)
from shared_models.catalogue.versions import Difference, Version, apply_difference, difference

__all__ = [
    "ERROR",
    "WARNING",
    "Department",
    "Difference",
    "Finding",
    "FormField",
    "Item",
    "Material",
    "Result",
    "Situation",
    "Step",
    "Version",
    "apply_difference",
    "check",
    "complete",
    "content_hash",
    "difference",
    "item_of",
    "needed",
    "to_value",
]
