"""Check 7: how far the keys of a node are trusted, as the control records say that the roster names."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from shared_models.records import Header, Position, Record, is_signed_by_one_of, signature_is_good
from shared_models.roster import Member
from shared_models.trust import (
    CLERK_REVOKED,
    LAPSED,
    REKEYED,
    REKEYED_BY_HUB,
    RENEWED,
    REVOKED,
    Chains,
    chains_of,
    covers,
)

RecordAt = Callable[[Position], Record | None]
SAYS_HOW_FAR = (REVOKED, CLERK_REVOKED, REKEYED, REKEYED_BY_HUB, LAPSED, RENEWED)
"""The kinds whose body says how far the chains of a node, or one of its people there, are trusted."""


class Signed(Enum):
    """What is said of a signature: good and in its time, good under a key whose time was over, or not good."""

    WELL = "well"
    IN_THE_PAST = "in the past"
    BADLY = "badly"


class Trust:
    """How far the keys of nodes are trusted, as the control records say that the roster names. `record_at` finds what
    is kept; those of a run are told by `learn`."""

    def __init__(self, record_at: RecordAt) -> None:
        self._record_at = record_at
        self._said: dict[Position, Chains] = {}

    def learn(self, record: Record) -> None:
        if record.header.kind in SAYS_HOW_FAR:
            self._said[record.position] = chains_of(record)

    def signed(self, record: Record, member: Member) -> Signed:
        """What the record's own signature says."""
        if signature_is_good(record, member.public):
            return Signed.WELL
        if not is_signed_by_one_of(record, member.publics[1:]):
            return Signed.BADLY
        return Signed.IN_THE_PAST if self.is_past(member, record) else Signed.WELL

    def ends(self, member: Member, header: Header) -> bool:
        """Whether this place lies beyond what is trusted of the member, whatever key it is signed with."""
        place = header.incarnation, header.seq
        if member.revoked and not all(covers(said, *place) for said in self._revoked(member)):
            return True
        return header.kind != REKEYED and any(  # another key says no more than the one that signs for it
            not self._covers(spell.lapsed, header) and (spell.renewed is None or self._covers(spell.renewed, header))
            for spell in member.spells
        )

    def windows(self, member: Member) -> list[tuple[Chains, Chains | None]]:
        """Between which places the records of a member are held: (how far it is trusted, up to where they are held;
        None = all that follows)."""
        ended: list[tuple[Chains, Chains | None]] = [(said, None) for said in self._revoked(member)]
        spells = [
            (self._chains(spell.lapsed), None if spell.renewed is None else self._chains(spell.renewed))
            for spell in member.spells
        ]
        return (ended if member.revoked else []) + spells

    def ends_clerk(self, member: Member, header: Header) -> bool:
        """Whether the person who did this was revoked, and the record lies beyond what is trusted of that person."""
        return any(not self._covers(place, header) for place in member.clerks.get(header.actor, ()))

    def is_past(self, member: Member, record: Record) -> bool:
        """Whether a record that is signed with a key of the past stands where only the keys that followed it count."""
        signed = [each for each in member.past if signature_is_good(record, each.public)]
        return not any(self._covers(each.ended, record.header) for each in signed)

    def _revoked(self, member: Member) -> list[Chains]:
        """What each revocation trusts; of one that is not kept here, the place that the roster has."""
        return [self._chains(place) or dict([member.trusted]) for place in member.ended] or [dict([member.trusted])]

    def _covers(self, place: Position, header: Header) -> bool:
        return covers(self._chains(place), header.incarnation, header.seq)

    def _chains(self, place: Position) -> Chains:
        said = self._said.get(place)
        if said is None:
            record = self._record_at(place)
            said = self._said[place] = {} if record is None else chains_of(record)
        return said
