"""What a change of the catalogue costs on the line: bytes for a station, and for all stations of a city.

It is compared with the same content as packed JSON without any proof: the items as they are now, and which content each
code has in the new version."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from central import publishing
from deploy import catalogue
from shared_models import canonical
from shared_models.catalogue import Item, content_hash, to_value
from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import Flow, pack
from sync_protocol.core.messages import Message
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store.drafts import Drafts
from tests.bench.catalogue import items
from tests.bench.materials import attachments_of, small_city
from tests.bench.report import tell
from tests.central.places import approve_all

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHANGED = 20
LEVEL = 3


def publish(count: int, stations: int) -> None:
    """Publishes a catalogue of `count` items, then a change of twenty real ones; the station reads both."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        city = small_city(Path(name))
        parent = ParentSide(city.hub, city.hub.roster.members[city.station.name])
        child = ChildSide(city.station, city.hub.name, city.hub_pair.public, attachments_of(Path(name), city.station))
        starter = catalogue.load()[:CHANGED]
        _publish(city.hub, [*items(count - len(starter)), *starter])
        _read(child, parent)
        changed = [replace(item, fee=f"{item.fee}（{number}）") for number, item in enumerate(starter)]
        _publish(city.hub, changed)
        up, down = _read(child, parent)
        values = [to_value(item) for item in changed]
        plain = {
            "items": values,
            "set": {item.code: content_hash(value) for item, value in zip(changed, values, strict=True)},
        }
        difference = len(zstd.compress(canonical.encode(plain), LEVEL))
        tell(
            f"publishing a change of {len(changed)} items, read by one station", unit="B", bytes_up=up, bytes_down=down,
            compressed_difference=difference, ratio=round((up + down) / difference, 2), target_ratio=2,
            items=count, stations=stations, mib_for_all=round(stations * (up + down) / 2**20, 1),
        )  # fmt: skip
        city.hub.database.close()
        city.station.database.close()


def _publish(hub: Node, drafts: Sequence[Item]) -> None:
    now_ms = hub.now()
    hub.database.write(lambda db: Drafts(db).put_many(drafts, "bench", now_ms, "actor-admin"))
    hub.database.write(lambda db: approve_all(db, now_ms))
    publishing.publish(hub, "actor-admin")
    while hub.fold():
        pass


def _read(child: ChildSide, parent: ParentSide) -> tuple[int, int]:
    """The station asks until nothing is new; gives the bytes of its questions and of the answers."""
    up = down = 0
    while True:
        answers, asked, told = _asked(child.follow(), parent)
        up, down = up + asked, down + told
        if not answers:
            return up, down


def _asked(flow: Flow, parent: ParentSide) -> tuple[int, int, int]:
    """One run of a flow: how many messages were answered, and bytes either way."""
    count = up = down = 0
    request = next(flow, None)
    while isinstance(request, Message):
        answers = parent.answer(request)
        up += len(pack(request))
        down += sum(len(pack(answer)) for answer in answers)
        count += len(answers)
        try:
            request = flow.send(answers)
        except StopIteration:
            break
    return count, up, down
