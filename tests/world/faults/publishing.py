"""Hubs publish what others need: catalogue versions and attestations."""

from __future__ import annotations

from tests.world import people
from tests.world.faults import Fault


class Publishing(Fault):
    weight = 3

    def act(self) -> None:
        world, random = self.world, self.world.random
        city = world.places[0]
        if random.random() < 0.5:
            city.node.write(people.Publish(random.randrange(1000)))
            world.tell("city publishes a catalogue version")
            return
        hub = random.choice([place for place in world.places if place.hub])
        areas = sorted({place.site.area for place in world.places if place.site.area.startswith(hub.site.area)})
        which = random.randrange(4)
        identity, area = f"a{which}-{hub.name}", areas[which % len(areas)]
        revoked = random.random() < 0.3
        hub.node.write(people.Attest(identity, area, revoked))
        world.tell(f"{hub.name} {'revokes' if revoked else 'issues'} attestation {identity} for {area}")
