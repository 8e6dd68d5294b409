"""Several children ask the same hub at the same moment: what they bring shares one transaction, and whoever is refused
in it takes nothing of the others along."""

from __future__ import annotations

from functools import partial

from shared_models.refusals import Refusal
from shared_models.signing import text_of
from sync_protocol.core.messages import Message, Push
from tests.world.disk import Cut, PowerCut
from tests.world.faults import Fault
from tests.world.line import FULL
from tests.world.network import Conversation, carried
from tests.world.places import Place

KINDS = ("deliver", "deliver", "follow")
PLACE_MAX = 10**6
CUTS = (Cut.BEFORE, Cut.DURING, Cut.DURING, Cut.DURING, Cut.CHECKPOINT, Cut.AFTER)


class Together(Fault):
    weight = 6

    def act(self) -> None:
        world, random = self.world, self.world.random
        hub = random.choice([place for place in world.places if place.hub])
        talks = [talk for child in world.children if child.parent is hub and (talk := self._talk(child))]
        asked: list[tuple[str, list[Message]]] = [
            (talk.child.node.name, carried(talk.frames(random), random)) for talk in talks
        ]
        if not asked:
            return
        if random.random() < 0.5:  # a child that was restored, or has never been here
            other = random.choice([child for child in world.children if child.parent is hub])
            stray = Push((random.randint(1, PLACE_MAX), text_of(random.randbytes(32))), [])
            asked.insert(random.randrange(len(asked) + 1), (other.node.name, [stray]))
        if len(asked) > 1 and not hub.disk.is_armed and random.random() < 0.4:
            hub.disk.arm(1, random.choice(CUTS), random)
        self._asked(hub, talks, asked)

    def _talk(self, child: Place) -> Conversation | None:
        """A conversation of this child in which it is its turn to ask."""
        line, kind = self.world.line, self.world.random.choice(KINDS)
        talk = line.conversations.get((child.name, kind)) or Conversation.begin(child, kind)
        if child.name in line.cut or talk.answers is not None or talk.request is None:
            return None
        line.conversations[child.name, kind] = talk
        return talk

    def _asked(self, hub: Place, talks: list[Conversation], asked: list[tuple[str, list[Message]]]) -> None:
        world = self.world
        turns, beside = hub.disk.at_once([partial(self._answered, hub, child, messages) for child, messages in asked])
        failed = [error for error in (beside, *(turn.error for turn in turns)) if error is not None]
        cut = next((error for error in failed if isinstance(error, PowerCut)), None)
        if cut is not None:
            world.hit("power cut in a shared transaction")
            world.power_fails(hub)
        for (child, _), turn in zip(asked, turns, strict=True):
            for answer in turn.result or []:
                world.line.answer_is_true(hub, child, answer)
        given = {child: turn.result for (child, _), turn in zip(asked, turns, strict=True) if turn.result is not None}
        for talk in talks:
            self._hears(talk, given.get(talk.child.node.name))
        if len(asked) > 1:
            world.hit(f"{len(asked)} at once")
        world.tell(f"{len(asked)} children ask {hub.name} at once; {len(failed)} are not answered")
        for error in failed:
            if not isinstance(error, PowerCut) and not (isinstance(error, Refusal) and error.code == FULL):
                raise error

    def _answered(self, hub: Place, child: str, messages: list[Message]) -> list[Message]:
        return [answer for message in messages for answer in hub.answer(child, message)]

    def _hears(self, talk: Conversation, answers: list[Message] | None) -> None:
        if answers is None:
            self.world.line.hang_up(talk, f"{talk.child.name} is not answered")
        else:
            talk.answers = carried(answers, self.world.random)
