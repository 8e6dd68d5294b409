"""Sample pictures: published once by the city, carried to all, and never another one than was named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.cli import main
from central.sampling import Picture, PublishSamples, publish_samples
from shared_models.catalogue.samples import SAMPLE_BYTES_MAX, Sample, sample, sample_of
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.signing import digest, text_of
from sync_protocol.store import samples
from tests.central.places import JPEG, Places, Site
from tests.edge_node.station import Write

PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)


def held(site: Site, *names: str) -> set[str]:
    with site.runtime.node.read() as db:
        return set(samples.held(db, names))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def test_pictures_reach_every_node_and_are_sent_once(places: Places) -> None:
    asked = PublishSamples((Picture("表.jpg", JPEG), Picture("证.png", PNG)))
    first = publish_samples(places.city.hub, asked).pictures
    assert [(each.file, each.new) for each in first] == [("表.jpg", True), ("证.png", True)]
    assert [each.new for each in publish_samples(places.city.hub, asked).pictures] == [False, False]
    places.sync()
    names = [each.sample for each in first]
    assert held(places.station, *names) == held(places.district, *names) == set(names)


def test_none_is_published_where_one_is_no_picture_or_too_large(places: Places) -> None:
    for wrong, code in ((b"%PDF-1.7", "sample_not_a_picture"), (JPEG + bytes(SAMPLE_BYTES_MAX), "sample_too_large")):
        asked = PublishSamples((Picture("表.png", PNG), Picture("证", wrong)))
        assert refused(partial(publish_samples, places.city.hub, asked)) == f"catalogue.{code}"
    assert held(places.city, sample(PNG, "").name) == set()


def test_only_the_city_publishes(places: Places) -> None:
    assert refused(lambda: publish_samples(places.district.hub, PublishSamples((Picture("a", PNG),)))) == (
        "central.city_only"
    )


def test_a_record_that_is_not_what_it_says_has_no_effect_and_the_log_goes_on(places: Places) -> None:
    other = text_of(digest(b"another"))
    for body in (Sample(other, "image/png", PNG).to_value(), Sample(other, "image/png", b"x").to_value(), {}):
        draft = Draft("catalogue.sample", "sample/x", body, PUBLIC, places.city.runtime.node.member.area)
        places.city.runtime.node.write(Write((draft,)))
    publish_samples(places.city.hub, PublishSamples((Picture("a", PNG),)))
    places.sync()
    assert held(places.station, other, sample(PNG, "").name) == {sample(PNG, "").name}


def test_what_a_record_holds_is_the_picture() -> None:
    assert sample_of(sample(JPEG, "a.jpg").to_value()) == sample(JPEG, "a.jpg")


def test_the_command_prints_the_name_of_each(places: Places, tmp_path: Path) -> None:
    path = tmp_path / "表.png"
    path.write_bytes(PNG)
    places.city.runtime.close()
    done = CliRunner().invoke(main, ["catalogue", "sample", str(places.folder / "city"), str(path)])
    assert (done.exit_code, done.output.split()) == (0, [sample(PNG, "").name, "表.png"])
