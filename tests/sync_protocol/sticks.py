"""Places of the simulated city with a stick between them: the product's own files, no process and no command line."""

from __future__ import annotations

from pathlib import Path

from shared_models.refusals import Refusal
from shared_models.signing import text_of
from sync_protocol.host import sticks
from sync_protocol.host.bundle_files import PART_BYTES
from sync_protocol.host.commands import Home
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.settings import NodeSettings, Parent
from sync_protocol.host.sticks import Confirmed, Exported, Reached, Received
from sync_protocol.wire import stick
from tests.sync_protocol.world import CITY_AREA, Place

NO_FAULTS: list[Refusal] = []


def reach(place: Place) -> Reached:
    """A place as a command reaches it while nothing runs."""
    parent = None
    if place.parent is not None:
        parent = Parent("http://127.0.0.1:1", place.parent.node.name, text_of(place.parent.keys.public))
    settings = NodeSettings(tier=place.tier, area=place.area, name=place.name, city=CITY_AREA, parent=parent)
    keyring = Keyring(place.folder, bytes(range(32)))
    node = place.node
    opened = Runtime(
        DataFolder(place.folder), keyring, settings, node.database, node.vault, node, place.attachments, bytes(32)
    )
    return Reached(Home(place.folder), opened, running=False)


def export(place: Place, folder: Path, part_bytes: int = PART_BYTES) -> Exported:
    """Writes what `place` asks with into `folder`, which is made."""
    folder.mkdir(exist_ok=True)
    here = reach(place)
    outline = stick.outline(place.node, place.attachments)
    return sticks.export(here, outline, folder, part_bytes)


def take(place: Place, *paths: Path) -> tuple[list[Received | Confirmed], list[Refusal]]:
    """Takes in what is for `place` among these files and folders; answers are written beside. Gives what was done and
    what was wrong."""
    here = reach(place)
    bundles, faults = sticks.look(here, list(paths))
    last = sticks.newest(bundles)
    done: list[Received | Confirmed] = []
    for bundle in bundles:
        out = bundle.parts[0].path.parent if last.get(bundle.head.sender) is bundle else None
        done.append(sticks.import_bundle(here, bundle, out, faults))
    return done, faults


def received(place: Place, *paths: Path) -> Received:
    """What a hub took in, where nothing was wrong with it."""
    done, faults = take(place, *paths)
    assert faults == NO_FAULTS
    assert isinstance(done[-1], Received)
    return done[-1]


def confirmed(place: Place, *paths: Path) -> Confirmed:
    """What a child learnt from an answer with which nothing was wrong."""
    done, faults = take(place, *paths)
    assert faults == NO_FAULTS
    assert isinstance(done[-1], Confirmed)
    return done[-1]


def round_trip(place: Place, folder: Path) -> tuple[Received, Confirmed]:
    """The stick goes up and comes back."""
    assert place.parent is not None
    export(place, folder)
    up = received(place.parent, folder)
    return up, confirmed(place, folder)
