"""The vault: what is personal rests sealed under the node's storage key, which is never in the database.

Bodies and case cards are sealed with XSalsa20-Poly1305; look-ups by id number or by pseudonym go through a keyed hash.
A copy of the database, a replica or a stick tells a thief nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared_models import signing
from shared_models.signing import NONCE_SIZE, derive, keyed_hash, seal, unseal

Entropy = Callable[[int], bytes]
"""n -> n random bytes; os.urandom in the product, a seeded generator in a simulated world."""


class Vault:
    """Seals and opens with keys derived from one 32-byte storage key. Raises signing.Damaged."""

    def __init__(self, storage_key: bytes, entropy: Entropy) -> None:
        self._bodies = derive(storage_key, "bodies")
        self._cards = derive(storage_key, "cards")
        self._pieces = derive(storage_key, "pieces")
        self._lookup = derive(storage_key, "lookup")
        self._entropy = entropy

    def seal_bodies(self, bodies: list[bytes | None]) -> list[bytes | None]:
        """Each body sealed; None stays None."""
        return [
            None if body is None else seal(self._bodies, nonce, body)
            for body, nonce in zip(bodies, self._nonces(len(bodies)), strict=True)
        ]

    def open_body(self, sealed: bytes | None) -> bytes | None:
        return None if sealed is None else unseal(self._bodies, sealed)

    def seal_card(self, plain: bytes) -> bytes:
        return seal(self._cards, self._entropy(NONCE_SIZE), plain)

    def seal_cards(self, plain: Sequence[bytes]) -> list[bytes]:
        """Each card sealed."""
        return [seal(self._cards, nonce, card) for card, nonce in zip(plain, self._nonces(len(plain)), strict=True)]

    def _nonces(self, count: int) -> list[bytes]:
        """One draw of randomness for a whole batch."""
        drawn = self._entropy(NONCE_SIZE * count)
        return [drawn[start : start + NONCE_SIZE] for start in range(0, NONCE_SIZE * count, NONCE_SIZE)]

    def open_card(self, sealed: bytes) -> bytes:
        return unseal(self._cards, sealed)

    def seal_piece(self, plain: bytes) -> bytes:
        return seal(self._pieces, self._entropy(NONCE_SIZE), plain)

    def open_piece(self, sealed: bytes) -> bytes:
        return unseal(self._pieces, sealed)

    def lookup(self, space: str, text: str) -> str:
        """The keyed hash under which `text` is found again in the table or column named by `space`."""
        return signing.text_of(keyed_hash(self._lookup, f"{space}\0{text}".encode()))
