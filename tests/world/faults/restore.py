"""Places are copied, and restored from a copy taken earlier."""

from __future__ import annotations

from shared_models.trust import REKEYED
from tests.world import checks
from tests.world.checks import Family
from tests.world.disk import copy_machine
from tests.world.faults import Fault
from tests.world.places import Copy, Place

COPIES_MAX = 3


class BackUp(Fault):
    weight, stormy = 5, 14

    def act(self) -> None:
        world = self.world
        place = world.random.choice(world.places)
        path = world.folder / f"{place.name}-copy-{world.random.randrange(10**9)}" / "tongban.db"
        copy_machine(place.node.database.path, path)
        place.copies = [*place.copies[-COPIES_MAX + 1 :], Copy(path, frozenset(world.ledger.look(place).ids))]
        world.tell(f"{place.name} is copied")


class Restore(Fault):
    weight, stormy = 4, 14

    def act(self) -> None:
        world = self.world
        place = world.random.choice([*world.places, *(place for place in world.places if place.hub)])
        good = [copy for copy in place.copies if self.may_go_back(place, copy)]
        if not good:
            return
        copy = world.random.choice(good)
        lost = len(world.ledger.look(place).ids - copy.ids)
        world.hit(f"{place.site.tier} restored")
        world.tell(f"{place.name} is restored from a copy and loses {lost} records")
        world.line.forget(place)
        world.went_back.add(place.name)
        world.ledger.restored(place, copy.ids)
        place.restart(copy.path)
        world.ledger.look(place)

    def may_go_back(self, place: Place, copy: Copy) -> bool:
        """Whether nothing would be gone for good that was promised to stay: what a receipt covers, a hub wrote, or
        names another key, is held by its author, by a hub above it, or, of a hub's own, by one of those below it."""
        promised = set().union(*self.world.ledger.promised.values())
        family = Family(self.world.places)
        for identity in self.world.ledger.look(place).ids - copy.ids:
            seen = self.world.ledger.records[identity]
            written_by_hub = family.by_node[seen.node].hub and seen.kind != "node.opened"
            if identity not in promised and not written_by_hub and seen.kind != REKEYED:
                continue
            author = family.by_node[seen.node]
            holders = [other for other in checks.upward(author) if other is not place]
            if written_by_hub and not seen.kind.startswith("catalogue."):
                holders += [other for other in family.by_node.values() if other is not place]
            if seen.kind == REKEYED and not self._is_known_below(author, identity):
                return False
            if not any(identity in self.world.ledger.look(other).ids for other in holders):
                return False
        return True

    def _is_known_below(self, hub: Place, identity: str) -> bool:
        """Whether all children of a hub have heard of its other key. One that has not could not judge what the hub
        signs before its rotation is back: that is the one case in which a restored hub is not followed yet."""
        children = [other for other in self.world.places if other.parent is not None and other.parent.site == hub.site]
        return all(identity in self.world.ledger.look(child).ids for child in children)
