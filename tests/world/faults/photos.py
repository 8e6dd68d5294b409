"""Photos go along with applications: they arrive whole, or not at all, at every hub that wants them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from shared_models.refusals import Refusal
from shared_models.signing import Damaged, text_of
from sync_protocol.store.attachments import PIECE_BYTES
from tests.world import people
from tests.world.faults import Fault
from tests.world.ledger import Broken
from tests.world.places import Place

if TYPE_CHECKING:
    from tests.world.simulation import World

SIZES = (12, 4096, 5000, 9000, 20_000)
LARGE, LARGE_OF = PIECE_BYTES + 5000, 25


class Photos(Fault):
    weight = 4

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.taken: list[bytes] = []

    def act(self) -> None:
        """An application with a photo; now and then one that was taken before, here or elsewhere."""
        world = self.world
        again = self.taken and world.random.random() < 0.3
        size = LARGE if world.random.randrange(LARGE_OF) == 0 else world.random.choice(SIZES)
        photo = world.random.choice(self.taken) if again else world.random.randbytes(size)
        place = world.random.choice(world.stations)
        done = people.accept(place, world.random, photo)
        self.taken.append(photo)
        world.hit("photo again" if again else "photo")
        world.tell(f"{place.name} {done} with a photo of {len(photo)} bytes")

    def safe(self) -> None:
        """What is said to be whole has the content that its name says."""
        for place in self.world.places:
            for name in whole(place):
                content = content_of(place, name)
                if content is not None and text_of(hashlib.sha256(content).digest()) != name:
                    raise Broken("another file", f"{place.name} holds {name} with another content")

    def check(self) -> None:
        """What a child holds, its parent holds, if a case there names it; and the other way round."""
        for place in self.world.children:
            above = place.parent
            if above is None:
                continue
            wanted, there = named(above), set(whole(above))
            for name in whole(place):
                if content_of(place, name) is None or name not in wanted:
                    continue
                if name not in there:
                    raise Broken("file lost", f"{above.name} lacks {name}, which {place.name} holds")
                if content_of(above, name) is None:
                    raise Broken("file lost", f"{above.name} says that it holds {name}, and does not")
                self.world.hit("photo arrived")
            self._came_down(place, above)

    def _came_down(self, place: Place, above: Place) -> None:
        """What came from above names files that the child asks for, as long as they are not whole."""
        with place.node.read() as db:
            waiting = [row.hash for row in place.attachments.to_fetch(db)]
        for name in set(waiting) & set(whole(above)):
            if content_of(above, name) is not None:
                raise Broken("file lost", f"{place.name} lacks {name}, which {above.name} holds")


def named(place: Place) -> set[str]:
    with place.node.read() as db:
        return {row[0] for row in db.execute("SELECT hash FROM attachment")}


def whole(place: Place) -> list[str]:
    with place.node.read() as db:
        return place.attachments.whole(db)


def content_of(place: Place, name: str) -> bytes | None:
    """The file, None where it is not on the disk, or not whole."""
    with place.node.read() as db:
        row = place.attachments.row(db, name)
    try:
        return None if row is None else b"".join(place.attachments.read(row))
    except (OSError, Damaged, Refusal):
        return None
