"""Several children ask the same hub at the same moment: what they bring shares one transaction, and whoever is refused
in it takes nothing of the others along."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

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


class Asked(NamedTuple):
    """What a child asks; `talk` is the conversation in which it does, None where nobody waits for the answer."""

    child: Place
    messages: list[Message]
    talk: Conversation | None = None


class Together(Fault):
    weight = 6

    def act(self) -> None:
        world, random = self.world, self.world.random
        hub = random.choice([place for place in world.places if place.hub])
        children = [child for child in world.children if child.parent is hub]
        talks = [talk for child in children if (talk := self._talk(child))]
        asked = [Asked(talk.child, carried(talk.frames(random), random), talk) for talk in talks]
        if not asked:
            return
        if random.random() < 0.5:  # a child that was restored, or has never been here
            stray = Push((random.randint(1, PLACE_MAX), text_of(random.randbytes(32))), [])
            asked.insert(random.randrange(len(asked) + 1), Asked(random.choice(children), [stray]))
        if len(asked) > 1 and not hub.disk.is_armed and random.random() < 0.4:
            hub.disk.arm(1, random.choice(CUTS), random)
        self._asked(hub, asked)

    def _talk(self, child: Place) -> Conversation | None:
        """A conversation of this child in which it is its turn to ask."""
        line, kind = self.world.line, self.world.random.choice(KINDS)
        talk = line.conversations.get((child.name, kind)) or Conversation.begin(child, kind)
        if child.name in line.cut or talk.answers is not None or talk.request is None:
            return None
        line.conversations[child.name, kind] = talk
        return talk

    def _asked(self, hub: Place, asked: list[Asked]) -> None:
        world = self.world
        turns, beside = hub.disk.at_once([partial(self._answered, hub, each) for each in asked])
        failed = [error for error in (beside, *(turn.error for turn in turns)) if error is not None]
        if any(isinstance(error, PowerCut) for error in failed):
            world.hit("power cut in a shared transaction")
            world.power_fails(hub)
        for each, turn in zip(asked, turns, strict=True):
            for answer in turn.result or []:
                world.line.answer_is_true(hub, each.child.node.name, answer)
            if each.talk is not None:
                self._hears(each.talk, turn.result)
        if len(asked) > 1:
            world.hit(f"{len(asked)} at once")
        world.tell(f"{len(asked)} children ask {hub.name} at once; {len(failed)} are not answered")
        for error in failed:
            if not isinstance(error, PowerCut) and not (isinstance(error, Refusal) and error.code == FULL):
                raise error

    def _answered(self, hub: Place, asked: Asked) -> list[Message]:
        child = asked.child
        return [answer for message in asked.messages for answer in hub.answer(child.node.name, message, child)]

    def _hears(self, talk: Conversation, answers: list[Message] | None) -> None:
        if answers is None:
            self.world.line.hang_up(talk, f"{talk.child.name} is not answered")
        else:
            talk.answers = carried(answers, self.world.random)
