"""Who has a reason to hold a case, worked out from the records that the world has seen: nothing else is asked.

A case concerns whoever wrote on it, everybody above the writer, and, for as long as nobody has given it back, whoever
pulled it, with everybody above. A station is given so many cases a day by pulling: which one is too many is up to the
order in which its hub heard of them, so of a day with more pulls than that none is owed, and each may be given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from shared_models.cases import ACCESS, PULLED, RELEASED
from shared_models.roster import STATION
from tests.world.ledger import Ledger, Seen
from tests.world.places import PULLS_A_DAY, Place

CHINA_MS, DAY_MS = 8 * 3_600_000, 86_400_000


class Grants:
    """As of the records in `ids`: those that anybody holds, or that one place holds. `places` = every place by the name
    of its node."""

    def __init__(self, ledger: Ledger, places: dict[str, Place], ids: Collection[str]) -> None:
        self._places = places
        records = [ledger.records[each] for each in ids]
        cases = [each for each in records if each.kind.startswith("case.")]
        self.writers: dict[str, set[str]] = {}
        """Subject -> names of the nodes that wrote on the case."""
        self.pulls = [each for each in cases if each.kind == PULLED]
        for each in cases:
            if each.kind not in ACCESS:
                self.writers.setdefault(each.subject, set()).add(each.node)
        releases = [each for each in cases if each.kind == RELEASED]
        self.standing = [pull for pull in self.pulls if not any(self._ends(each, pull) for each in releases)]
        days = Counter((pull.node, _day(pull)) for pull in self.pulls)
        self.owed = [pull for pull in self.standing if days[pull.node, _day(pull)] <= PULLS_A_DAY]

    def _ends(self, release: Seen, pull: Seen) -> bool:
        """Said by the node that pulled, or by a hub for the area of the pull."""
        by_hub = self._places[release.node].site.tier != STATION and release.header["area"] == pull.header["area"]
        return pull.id in release.header["parents"] and (release.node == pull.node or by_hub)


def _day(seen: Seen) -> int:
    return int((int(seen.header["hlc"][0]) + CHINA_MS) // DAY_MS)
