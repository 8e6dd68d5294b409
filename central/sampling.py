"""Sample pictures of materials: the city publishes them, and materials call them by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from central.hub import Hub
from central.node_life import OPERATOR
from shared_models.catalogue.samples import KIND, SAMPLE_BYTES_MAX, Sample, sample
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.commands import View
from sync_protocol.host.commands import Home, at_home, print_json, read_file
from sync_protocol.host.verbs import Verb
from sync_protocol.node import Node
from sync_protocol.store import samples

READ_BYTES_MAX = 8 * SAMPLE_BYTES_MAX
"""So much of a file is read, to say how much too large it is."""


class _Publish(NamedTuple):
    """Publishes the pictures that no record holds yet."""

    pictures: Sequence[Sample]
    actor: str

    def decide(self, view: View) -> list[Draft]:
        if view.me.tier != CITY:
            raise Refusal("central.city_only")
        known = samples.held(view.db, [each.name for each in self.pictures])
        fresh = {each.name: each for each in self.pictures if each.name not in known}
        return [
            Draft(KIND, f"sample/{name}", each.to_value(), PUBLIC, view.me.area, actor=self.actor)
            for name, each in fresh.items()
        ]


def publish(node: Node, pictures: Sequence[Sample], actor: str) -> tuple[bool, ...]:
    """Publishes pictures; whether each was new. Raises Refusal central.city_only."""
    with node.read() as db:
        known = samples.held(db, [each.name for each in pictures])
    node.write(_Publish(pictures, actor))
    return tuple(each.name not in known for each in pictures)


# ---------------------------------------------------------------- the command


class Picture(msgspec.Struct, frozen=True):
    file: str
    content: bytes


class PublishSamples(msgspec.Struct, frozen=True):
    pictures: tuple[Picture, ...]


class SampleReport(msgspec.Struct, frozen=True):
    """A picture as published: the name by which materials call it, and whether it was `new`."""

    file: str
    sample: str
    new: bool


class SamplesReport(msgspec.Struct, frozen=True):
    pictures: tuple[SampleReport, ...]


def publish_samples(hub: Hub, asked: PublishSamples, actor: str = OPERATOR) -> SamplesReport:
    """Raises Refusal catalogue.sample_too_large, catalogue.sample_not_a_picture, central.city_only: then none is
    published."""
    pictures = [sample(each.content, each.file) for each in asked.pictures]
    told = zip(pictures, asked.pictures, publish(hub.node, pictures, actor), strict=True)
    return SamplesReport(tuple(SampleReport(asked.file, each.name, new) for each, asked, new in told))


VERBS = {"catalogue-sample": Verb(PublishSamples, SamplesReport, publish_samples, signs=True)}


def sample_command(operate: Callable[[Home, str, msgspec.Struct], Any]) -> click.Command:
    """`catalogue sample`."""

    @click.command("sample")
    @at_home
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
    def sample(home: Home, files: tuple[Path, ...], as_json: bool) -> None:
        """Publish FILES (JPEG, PNG or WebP) as pictures that show how a material should look, and print the name by
        which a material calls each."""
        read = tuple(Picture(path.name, read_file(path, READ_BYTES_MAX)) for path in files)
        report: SamplesReport = operate(home, "catalogue-sample", PublishSamples(read))
        if as_json:
            print_json(report)
        else:
            for each in report.pictures:
                click.echo(f"{each.sample}  {each.file}")

    return sample
