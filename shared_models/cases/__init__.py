"""A case: what may be asked for, what has happened, and what follows from it.

Commands are imperative and may be refused; facts are past tense and have happened. Each module imports only those
above it:

- `moves`        the kinds of facts, and the one table of legal moves
- `application`  what a clerk takes in
- `commands`     what may be asked for, and by whom
- `case_file`    facts, the timeline, and everything known of a case
- `access`       who pulled the case to another station, and gave it back
- `deciding`     `decide`: a command becomes drafts of facts, or a Refusal
- `applying`     `apply`: a case and a fact become the next case; `opened`: the shorter way for the first of them
"""

from shared_models.cases.access import HUBS, NOTE_MAX
from shared_models.cases.application import (
    MISSING,
    PROMISED,
    RECEIVED,
    WAIVED,
    Application,
    Attachment,
    Deadline,
    ItemTerms,
    Material,
    Promise,
    Resident,
    application_in,
    merged,
)
from shared_models.cases.applying import apply, opened
from shared_models.cases.case_file import ERASED, CaseFile, Event, Fact, Pulled, erased, is_home, subject_of
from shared_models.cases.commands import (
    DENIED,
    GRANTED,
    OTHER,
    PULL_REASONS,
    STANDS,
    YIELDS,
    Accept,
    Command,
    Decide,
    Deliver,
    GiveNotice,
    Pull,
    Rate,
    Release,
    Settle,
    Supplement,
    Withdraw,
    Writer,
)
from shared_models.cases.deciding import HOMES, TEXT_MAX, decide
from shared_models.cases.moves import (
    ACCEPTED,
    ACCESS,
    CRITICAL_KNOWN,
    DECIDED,
    DELIVERED,
    EXCLUSIVE,
    MOVES,
    NOTIFIED,
    PULLED,
    RATED,
    RELEASED,
    SETTLED,
    SUPPLEMENTED,
    WITHDRAWN,
    is_critical,
)

__all__ = [
    "ACCEPTED",
    "ACCESS",
    "CRITICAL_KNOWN",
    "DECIDED",
    "DELIVERED",
    "DENIED",
    "ERASED",
    "EXCLUSIVE",
    "GRANTED",
    "HOMES",
    "HUBS",
    "MISSING",
    "MOVES",
    "NOTE_MAX",
    "NOTIFIED",
    "OTHER",
    "PROMISED",
    "PULLED",
    "PULL_REASONS",
    "RATED",
    "RECEIVED",
    "RELEASED",
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
    "Promise",
    "Pull",
    "Pulled",
    "Rate",
    "Release",
    "Resident",
    "Settle",
    "Supplement",
    "Withdraw",
    "Writer",
    "application_in",
    "apply",
    "decide",
    "erased",
    "is_critical",
    "is_home",
    "merged",
    "opened",
    "subject_of",
]
