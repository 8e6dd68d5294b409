"""Runs of records around the life of a key: another key, a lapse, a renewal, a revocation that names several chains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared_models.records import Record
from shared_models.roster import REVOKED, admission
from shared_models.signing import text_of
from shared_models.trust import EXPIRED, LAPSED, REKEYED_BY_HUB, RENEWED, rekeying
from tests.shared_models.writers import Writer, flipped, with_signature
from tests.vectors.judged import FIRST, SECOND, THIRD, VECTORS, Given, gives, other_first
from tests.vectors.pieces import FRESH, KEYS, ONE, THREE, TWO, admissions, member, writer

__all__ = ["VECTORS"]

NAME = writer("station").node


def rekeyed(seq: int = 3, chains: Mapping[str, int] | None = None) -> Record:
    """The station takes its second key with record `seq` of its first chain."""
    made = writer("station")
    made.run(seq - 1)
    made.seq, made.head = seq - 1, (FIRST, SECOND)[seq - 2].id
    return made.rekey(FRESH, chains)


def going_on() -> Writer:
    """The station under its second key, in a fresh incarnation."""
    after = Writer(FRESH, writer("station").area, TWO, name=NAME)
    after.head = rekeyed().id
    return after


def thief() -> Writer:
    """Who found the first key, and writes in an incarnation that the station never opened."""
    return writer("station", THREE)


def said(*kinds: tuple[str, Mapping[str, Any]]) -> list[Record]:
    """What the district says of the station, one record after the other."""
    district = writer("district")
    district.seq, district.head = 2, admissions()[-1].id
    return [district.control(kind, f"roster/{NAME}", {"node": NAME, **body}) for kind, body in kinds]


def trusted(seq: int, **chains: int) -> dict[str, Any]:
    return {"chains": chains, "incarnation": ONE, "seq": seq}


# ---------------------------------------------------------------- another key


@gives("accepted", "accepted", "accepted", "accepted")
def another_key() -> Given:
    """A node takes another key with the last record of a chain, and goes on under it in a fresh incarnation."""
    return Given([FIRST, SECOND, rekeyed(), going_on().write("case.noted", "case/1", {})])


@gives("held")
def old_key_in_another_incarnation() -> Given:
    """Under the old key nothing new counts."""
    return Given([thief().write("case.noted", "case/1", {})], kept=[FIRST, SECOND], roster=[rekeyed()])


@gives("held")
def old_key_by_a_stream() -> Given:
    """The same by the other route."""
    return Given([thief().write("case.noted", "case/1", {})], roster=[rekeyed()], route="stream")


@gives("accepted", "accepted")
def late_records_of_the_old_key() -> Given:
    """What stands before the rekeying in its chain is good, whoever hears of it when."""
    return Given([FIRST, SECOND], roster=[rekeyed()], route="stream")


@gives("accepted", "held")
def late_records_of_an_earlier_chain() -> Given:
    """The rekeying says how far the node's other chains go."""
    earlier = thief().run(2)
    return Given(earlier, roster=[rekeyed(chains={THREE: 1})])


@gives("sync.bad_signature")
def contradiction_under_an_old_key() -> Given:
    """Who found an old key proves no fork where it does not count any more."""
    after = going_on()
    kept = after.write("case.noted", "case/1", {})
    false = Writer(KEYS["station"][0], after.area, TWO, ms=after.ms + 1, head=rekeyed().id)
    return Given([false.write("case.noted", "case/1", {})], kept=[FIRST, SECOND, kept], roster=[rekeyed()])


@gives("sync.fork")
def contradiction_in_the_time_of_the_old_key() -> Given:
    """Where the old key counts, two records at one place are a fork, as ever."""
    return Given(other_first()[:1], kept=[FIRST, SECOND], roster=[rekeyed()])


@gives("roster.rekey_not_proven")
def new_key_without_its_proof() -> Given:
    """The new key must sign for itself."""
    made = writer("station")
    body = rekeying(NAME, text_of(KEYS["hall"][0].public), FRESH, {})
    return Given([made.control("node.rekeyed", f"node/{NAME}", body)])


@gives("roster.rekey_used")
def key_that_was_there_before() -> Given:
    """No key comes back, and no key of somebody else is taken."""
    return Given([writer("station").rekey(KEYS["hall"][0])])


@gives("sync.bad_signature")
def rekeying_that_the_old_key_did_not_sign() -> Given:
    """The new key alone changes nothing."""
    record = writer("station").rekey(FRESH)
    return Given([with_signature(record, flipped(record.signature, 3))])


@gives("accepted", "held")
def key_given_by_the_hub() -> Given:
    """A hub gives a node below it another key, where the old one was lost; it says how far the old one is trusted."""
    body = {**rekeying(NAME, text_of(KEYS["station"][0].public), FRESH, {}), **trusted(2)}
    return Given([going_on().write("case.noted", "case/1", {}), THIRD], kept=[FIRST, SECOND],
                 roster=said((REKEYED_BY_HUB, body)))  # fmt: skip


# ---------------------------------------------------------------- lapse, renewal, revocation


@gives("accepted", "held", "held")
def lapsed() -> Given:
    """A node that was not heard for too long: what lies behind what its hub holds is held."""
    other = thief().write("case.noted", "case/1", {})
    return Given([SECOND, THIRD, other], kept=[FIRST], roster=said((LAPSED, trusted(2))))


@gives("accepted", "held")
def another_key_while_it_lapsed() -> Given:
    """A node that is away does not know that it lapsed: its rekeying counts, and what follows is held all the same."""
    after = going_on().write("case.noted", "case/1", {})
    return Given([rekeyed(), after], kept=[FIRST, SECOND], roster=said((LAPSED, trusted(2))))


@gives("held")
def another_key_after_a_revocation() -> Given:
    """A revoked node takes none."""
    return Given([rekeyed()], kept=[FIRST, SECOND], roster=said((REVOKED, trusted(2))))


@gives("held")
def key_past_its_end() -> Given:
    """A node that was heard with a key past its end lapses like one that was not heard; no clock is asked."""
    return Given([THIRD], kept=[FIRST, SECOND], roster=said((LAPSED, {**trusted(2), "reason": EXPIRED})))


@gives("held", "accepted", "held")
def renewed() -> Given:
    """Renewed it counts again, behind what the hub held when it was renewed; what was held by then stays held."""
    gap = going_back()
    after = said((LAPSED, trusted(2)), (RENEWED, trusted(3, **{THREE: 1})))
    fourth = writer("station")
    fourth.seq, fourth.head = 3, THIRD.id
    return Given([THIRD, fourth.write("case.noted", "case/4", {}), gap], kept=[FIRST, SECOND], roster=after)


def going_back() -> Record:
    """The first record of another chain."""
    return thief().write("case.noted", "case/1", {})


@gives("accepted", "held")
def revoked_with_several_chains() -> Given:
    """A revocation says how far each chain is trusted."""
    return Given(thief().run(2), roster=said((REVOKED, trusted(2, **{THREE: 1}))))


@gives("roster.revoked")
def renewed_after_a_revocation() -> Given:
    """Nothing is said of a revoked node any more."""
    district = writer("district")
    district.seq, district.head = 3, said((REVOKED, trusted(2)))[0].id
    renewal = district.control(RENEWED, f"roster/{NAME}", {"node": NAME, **trusted(3)})
    return Given([renewal], roster=said((REVOKED, trusted(2))))


@gives("accepted")
def admission_for_keys_of_some_days() -> Given:
    """An admission may say for how many days a key is meant."""
    return Given([_admitted_anew(90)])


@gives("roster.malformed")
def admission_for_keys_of_no_day() -> Given:
    """A key is meant for a day at least."""
    return Given([_admitted_anew(0)])


def _admitted_anew(key_days: int) -> Record:
    district = writer("district")
    district.seq, district.head = 2, admissions()[-1].id
    body = {**admission(member("station")), "key_days": key_days}
    return district.control("roster.admitted", f"roster/{NAME}", body)


@gives("roster.malformed")
def lapse_that_names_no_number() -> Given:
    """How far a chain is trusted is a number."""
    (record,) = said((LAPSED, {"chains": {TWO: "all"}, "incarnation": ONE, "seq": 2}))
    return Given([record])
