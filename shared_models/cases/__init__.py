"""A case: what may be asked for, what has happened, and what follows from it.

Commands are imperative and may be refused; facts are past tense and have happened. Each module imports only those
above it:

- `moves`        the kinds of facts, and the one table of legal moves
- `application`  what a clerk takes in
- `commands`     what may be asked for, and by whom
- `case_file`    facts, the timeline, and everything known of a case
- `deciding`     `decide`: a command becomes drafts of facts, or a Refusal
- `applying`     `apply`: a case and a fact become the next case
"""

from shared_models.cases.application import (
    MISSING,
    RECEIVED,
    WAIVED,
    Application,
    Attachment,
    Deadline,
    ItemTerms,
    Material,
    Resident,
    merged,
)
from shared_models.cases.applying import apply
from shared_models.cases.case_file import ERASED, CaseFile, Event, Fact, erased, subject_of
from shared_models.cases.commands import (
    DENIED,
    GRANTED,
    STANDS,
    YIELDS,
    Accept,
    Command,
    Decide,
    Deliver,
    GiveNotice,
    Rate,
    Settle,
    Supplement,
    Withdraw,
    Writer,
)
from shared_models.cases.deciding import HOMES, TEXT_MAX, decide
from shared_models.cases.moves import (
    ACCEPTED,
    CRITICAL_KNOWN,
    DECIDED,
    DELIVERED,
    EXCLUSIVE,
    MOVES,
    NOTIFIED,
    RATED,
    SETTLED,
    SUPPLEMENTED,
    WITHDRAWN,
    is_critical,
)

__all__ = [
    "ACCEPTED",
    "CRITICAL_KNOWN",
    "DECIDED",
    "DELIVERED",
    "DENIED",
    "ERASED",
    "EXCLUSIVE",
    "GRANTED",
    "HOMES",
    "MISSING",
    "MOVES",
    "NOTIFIED",
    "RATED",
    "RECEIVED",
    "SETTLED",
    "STANDS",
    "SUPPLEMENTED",
    "TEXT_MAX",
    "WAIVED",
    "WITHDRAWN",
    "YIELDS",
    "Accept",
    "Application",
    "Attachment",
    "CaseFile",
    "Command",
    "Deadline",
    "Decide",
    "Deliver",
    "Event",
    "Fact",
    "GiveNotice",
    "ItemTerms",
    "Material",
    "Rate",
    "Resident",
    "Settle",
    "Supplement",
    "Withdraw",
    "Writer",
    "apply",
    "decide",
    "erased",
    "is_critical",
    "merged",
    "subject_of",
]
