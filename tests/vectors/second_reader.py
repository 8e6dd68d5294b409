"""A second reader: checks an export of Tongban, and opens a bundle, by docs/protocol.md alone.

    python second_reader.py EXPORT.jsonl ROOT_KEY CITY

ROOT_KEY is the city's root key in base64url and CITY its division code: both stand in every invitation. Nothing of
Tongban is imported, and of libsodium neither: besides the standard library it needs `cryptography`, of which it uses
Ed25519, X25519 and Poly1305. XSalsa20, which that lacks, stands below in plain Python.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from struct import pack, unpack
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.poly1305 import Poly1305

RECORD_TYPE = "application/vnd.tongban.record+json;version=1"
REKEY_TYPE = "application/vnd.tongban.rekey+json;version=1"
MANDATE_TYPE = "application/vnd.tongban.mandate+json;version=1"
BUNDLE_TYPE = "application/vnd.tongban.bundle+json;version=1"
RANKS = {"root": 0, "city": 1, "district": 2, "station": 3}
FAMILIES = {
    "root": {"roster"},
    "city": {"roster", "calendar", "catalogue", "attestation", "case", "node"},
    "district": {"roster", "attestation", "case", "node"},
    "station": {"case", "node"},
}


class NotProven(Exception):
    """A line is not what it says. The text names what is wrong."""


# ---------------------------------------------------------------- primitives


P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def good(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature holds, as libsodium sees it: nothing of small order, no key in a second form."""
    if len(signature) != 64 or len(key) != 32:
        return False
    if _y_of(key) >= P or _has_small_order(key) or _has_small_order(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _y_of(point: bytes) -> int:
    return int.from_bytes(point, "little") & (2**255 - 1)


def _has_small_order(point: bytes) -> bool:
    """Whether eight times the point is the neutral one (y = 1). Doubling needs y alone (RFC 8032, section 5.1)."""
    y = _y_of(point) % P
    for _ in range(3):
        yy = y * y % P
        xx = (yy - 1) * pow(D * yy + 1, P - 2, P) % P
        y = (yy + xx) * pow(1 - D * xx * yy, P - 2, P) % P
    return y == 1


def url_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def url_bytes(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if url_text(data) != text:
        raise NotProven("a text is not base64url in its one form")
    return data


def standard_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def name_of_key(key: bytes) -> str:
    return base64.b32encode(hashlib.sha256(key).digest()[:10]).decode().lower()


def encoding_to_sign(payload: bytes, payload_type: str = RECORD_TYPE) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def canonical_object(data: bytes) -> dict[str, Any]:
    """The object in canonical bytes."""
    value = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_once)
    if not isinstance(value, dict):
        raise NotProven("not an object")
    _small(value, 0)
    if json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() != data:
        raise NotProven("not in canonical form")
    return value


def _refuse(text: str) -> Any:
    raise NotProven(f"a number that is no plain integer: {text[:20]}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs) or not all(key.isascii() for key in value):
        raise NotProven("a key twice, or one that is not ASCII")
    return value


def _small(value: Any, depth: int) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        raise NotProven("a number of 2^53 or more")
    if isinstance(value, dict | list):
        if depth == 32:
            raise NotProven("nested too deep")
        for inner in value.values() if isinstance(value, dict) else value:
            _small(inner, depth + 1)


# ---------------------------------------------------------------- boxes

SIGMA = b"expand 32-byte k"
QUARTERS = (
    (0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
    (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14),
)  # fmt: skip


def _rounds(key: bytes, place: bytes) -> tuple[list[int], list[int]]:
    """Salsa20's state of a key and 16 bytes, before and after its twenty rounds
    (https://cr.yp.to/snuffle/spec.pdf, sections 3 to 9)."""
    state = unpack("<16I", SIGMA[:4] + key[:16] + SIGMA[4:8] + place + SIGMA[8:12] + key[16:] + SIGMA[12:])
    x = list(state)
    for _ in range(10):
        for a, b, c, d in QUARTERS:
            for to, one, two, by in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                word = (x[one] + x[two]) & 0xFFFFFFFF
                x[to] ^= (word << by | word >> (32 - by)) & 0xFFFFFFFF
    return list(state), x


def hsalsa20(key: bytes, place: bytes) -> bytes:
    """A key of 32 bytes from a key and 16 bytes (https://cr.yp.to/snuffle/xsalsa-20110204.pdf, section 2)."""
    _, x = _rounds(key, place)
    return pack("<8I", x[0], x[5], x[10], x[15], *x[6:10])


def xsalsa20(key: bytes, nonce: bytes, size: int) -> bytes:
    """The first `size` bytes of the stream of a key and a nonce of 24 bytes."""
    inner, blocks = hsalsa20(key, nonce[:16]), []
    for number in range(-(-size // 64)):
        before, after = _rounds(inner, nonce[16:] + pack("<Q", number))
        blocks.append(pack("<16I", *((one + two) & 0xFFFFFFFF for one, two in zip(before, after, strict=True))))
    return b"".join(blocks)[:size]


def open_secret_box(box: bytes, nonce: bytes, key: bytes) -> bytes:
    """What is in a box: 16 bytes of Poly1305, then the ciphertext (https://nacl.cr.yp.to/secretbox.html)."""
    tag, sealed = box[:16], box[16:]
    stream = xsalsa20(key, nonce, 32 + len(sealed))
    try:
        Poly1305.verify_tag(stream[:32], sealed, tag)
    except (InvalidSignature, ValueError):
        raise NotProven("a box that does not open") from None
    return bytes(one ^ two for one, two in zip(sealed, stream[32:], strict=True))


def open_own_box(sealed: bytes, seed: bytes) -> bytes:
    """What is sealed to the owner of an Ed25519 seed: ephemeral X25519 key, nonce, box
    (https://nacl.cr.yp.to/box.html). The X25519 form of the secret is the one that Ed25519 signs with."""
    secret = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])
    try:
        shared = secret.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
    except ValueError:
        raise NotProven("a box of a key that is none") from None
    return open_secret_box(sealed[56:], sealed[32:56], hsalsa20(shared, bytes(16)))


# ---------------------------------------------------------------- envelopes


class Envelope:
    """Header, signature and body of a line, a certificate or a voucher; nothing of it is proven yet."""

    def __init__(self, line: dict[str, Any]) -> None:
        if line["payloadType"] != RECORD_TYPE:
            raise NotProven("not the payload type of a record")
        (signature,) = line["signatures"]
        self.header_bytes = standard_bytes(line["payload"])
        self.header = canonical_object(self.header_bytes)
        self.id = url_text(hashlib.sha256(self.header_bytes).digest())
        self.signature = standard_bytes(signature["sig"])
        self.body = None if line["body"] is None else standard_bytes(line["body"])
        if signature["keyid"] != self.header["node"]:
            raise NotProven("the signature is said to be of another node than the author")
        if (self.header["version"], self.header["suite"]) != (1, 1):
            raise NotProven("another format version or suite")

    def is_signed_by(self, key: bytes) -> bool:
        return good(key, encoding_to_sign(self.header_bytes), self.signature)

    def check_body(self) -> None:
        if self.body is None:
            return
        claim = self.header["body"]
        if len(self.body) != claim["size"] or url_text(hashlib.sha256(self.body).digest()) != claim["hash"]:
            raise NotProven("the body is not the one that was signed")
        canonical_object(self.body)


class Author:
    """Who may write: name, keys (the newest last), tier, area and the families of kinds."""

    def __init__(self, key: bytes, tier: str, area: str, families: set[str]) -> None:
        self.name = name_of_key(key)
        self.keys = [key]
        self.tier = tier
        self.area = area
        self.families = families

    def check(self, envelope: Envelope) -> None:
        """Whether this author may have written that record; says nothing of the signature."""
        header = envelope.header
        if header["kind"].split(".")[0] not in self.families:
            raise NotProven("the author may not write this kind")
        if not header["area"].startswith(self.area):
            raise NotProven("the author may not write in this area")

    def admits(self, body: dict[str, Any]) -> Author:
        """The node that the body of an admission by this author admits."""
        admitted = Author(url_bytes(body["key"]), body["tier"], body["area"], set(body["families"]))
        if admitted.name != body["node"]:
            raise NotProven("a name that is not the name of its key")
        if RANKS.get(admitted.tier, 0) <= RANKS[self.tier] or not admitted.area.startswith(self.area):
            raise NotProven("an admission beyond what its author holds")
        if not admitted.families <= FAMILIES[admitted.tier]:
            raise NotProven("more kinds than the tier may have")
        return admitted

    def takes(self, body: dict[str, Any]) -> None:
        """Another key, which signs for itself over the name, the key before it and itself."""
        said = {"new": body["key"], "node": self.name, "old": url_text(self.keys[-1])}
        payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        key = url_bytes(body["key"])
        if not good(key, encoding_to_sign(payload, REKEY_TYPE), url_bytes(body["proof"])):
            raise NotProven("a new key that does not sign for itself")
        self.keys.append(key)


class Authors:
    """Everybody that certificates lead to, by name."""

    def __init__(self, root_key: bytes, city: str) -> None:
        root = Author(root_key, "root", city, FAMILIES["root"])
        self._by_name = {root.name: root}

    def of(self, envelope: Envelope) -> Author:
        """The author of a record, who may write it."""
        author = self._by_name.get(envelope.header["node"])
        if author is None:
            raise NotProven("no certificate leads to the author")
        author.check(envelope)
        return author

    def learn(self, certificate: Envelope) -> None:
        author = self.of(certificate)
        if not any(certificate.is_signed_by(key) for key in author.keys):
            raise NotProven("a certificate that its author did not sign")
        certificate.check_body()
        if certificate.body is None:
            raise NotProven("a certificate without its body")
        body, kind = canonical_object(certificate.body), certificate.header["kind"]
        if kind == "roster.admitted":
            admitted = author.admits(body)
            self._by_name[admitted.name] = admitted
        elif kind == "node.rekeyed":
            author.takes(body)
        elif kind == "roster.rekeyed":
            node = self._by_name[body["node"]]
            if RANKS[node.tier] <= RANKS[author.tier] or not node.area.startswith(author.area):
                raise NotProven("a key given to a node that does not stand below")
            node.takes(body)
        else:
            raise NotProven("a certificate of another kind")


def _is_vouched(envelope: Envelope, vouchers: list[dict[str, Any]], key: bytes) -> bool:
    """Whether later records of the same chain, each naming the one before it, end in a good signature."""
    before = envelope
    for voucher in map(Envelope, vouchers):
        mine = [before.header[name] for name in ("node", "incarnation")]
        same = [voucher.header[name] for name in ("node", "incarnation")]
        if mine != same or voucher.header["seq"] != before.header["seq"] + 1 or voucher.header["prev"] != before.id:
            return False
        before = voucher
    return before is not envelope and before.is_signed_by(key)


def check_line(line: dict[str, Any], root_key: bytes, city: str) -> Envelope:
    """The record of a line, proven. Raises NotProven."""
    try:
        authors = Authors(root_key, city)
        for certificate in map(Envelope, line["certificates"]):
            authors.learn(certificate)
        envelope = Envelope(line)
        key = authors.of(envelope).keys[-1]
        if not envelope.is_signed_by(key) and not _is_vouched(envelope, line["vouchers"], key):
            raise NotProven("the signature is not good, and nothing vouches for it")
        envelope.check_body()
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError) as error:
        raise NotProven(f"malformed: {type(error).__name__}") from None
    return envelope


# ---------------------------------------------------------------- people


class People:
    """Whose records count (section 6, People). `take` is given what is kept of each node, in the order of receipt; what
    else may speak against a record is judged elsewhere."""

    def __init__(self) -> None:
        self._origins: dict[tuple[str, str], tuple[str, int]] = {}
        self._ends: dict[tuple[str, str], dict[str, list[tuple[str, int]]]] = {}
        self._free: dict[tuple[str, str], dict[str, int]] = {}
        self._words: dict[tuple[str, str, str], list[tuple[int, bool]]] = {}
        self._trusted: dict[tuple[str, str], list[dict[str, int]]] = {}

    def take(self, header: dict[str, Any], body: dict[str, Any]) -> bool:
        """Whether a record counts, as far as its person goes. Raises NotProven."""
        node, place, kind = header["node"], (header["incarnation"], header["seq"]), header["kind"]
        if kind == "node.opened":
            self._origins[node, place[0]] = (body["incarnation"], body["seq"])
        elif kind == "roster.clerk_revoked":
            self._trusted.setdefault((body["node"], body["actor"]), []).append(_chains(body))
        elif kind.startswith("node.clerk_"):
            self._learn(kind, node, place, body)
        return not header["actor"] or self._counts((node, header["actor"]), place)

    def _counts(self, person: tuple[str, str], place: tuple[str, int]) -> bool:
        if any(place[1] > trusted.get(place[0], 0) for trusted in self._trusted.get(person, [])):
            return False
        words = [word for word in self._words.get((person[0], place[0], person[1]), []) if word[0] < place[1]]
        if person not in self._free or not words:
            return person not in self._free or place[1] <= self._free[person].get(place[0], 0)
        return max(words)[1]

    def _learn(self, kind: str, node: str, place: tuple[str, int], body: dict[str, Any]) -> None:
        person, key, good_word = (node, body["actor"]), body["key"], False
        if len(url_bytes(key)) != 32:
            raise NotProven("a key of another size")
        ends = self._ends.setdefault(person, {})
        if kind == "node.clerk_admitted":
            for other in ends:
                ends[other] += [place] if other != key else []
            ends.setdefault(key, [])
            self._free.setdefault(person, _chains(body))
        elif kind == "node.clerk_ended":
            ends.get(key, []).append(place)
        else:
            self._check_mandate(node, place, body)
            reach = {**self._behind(node, place[0]), place[0]: place[1]}
            good_word = key in ends and not any(seq <= reach.get(name, 0) for name, seq in ends[key])
        self._words.setdefault((node, place[0], body["actor"]), []).append((place[1], good_word))

    def _check_mandate(self, node: str, place: tuple[str, int], body: dict[str, Any]) -> None:
        said = {"actor": body["actor"], "incarnation": place[0], "node": node, "seq": place[1]}
        payload = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if not good(url_bytes(body["key"]), encoding_to_sign(payload, MANDATE_TYPE), url_bytes(body["proof"])):
            raise NotProven("a mandate that the person's key has not signed")

    def _behind(self, node: str, incarnation: str) -> dict[str, int]:
        """How far each earlier chain of a node leads to this one."""
        found: dict[str, int] = {}
        name, seq = self._origins.get((node, incarnation), ("", 0))
        while name and name not in found:
            found[name] = seq
            name, seq = self._origins.get((node, name), ("", 0))
        return found


def _chains(body: dict[str, Any]) -> dict[str, int]:
    return {**body["chains"], body["incarnation"]: body["seq"]}


# ---------------------------------------------------------------- bundles


def _cut(data: bytes, place: int, size: int) -> bytes:
    if place + size > len(data):
        raise NotProven("cut short")
    return data[place : place + size]


def open_head(part: bytes, receiver_seed: bytes, sender_key: bytes) -> tuple[dict[str, Any], int]:
    """The head of a part, and where its chunks begin."""
    own = Ed25519PrivateKey.from_private_bytes(receiver_seed).public_key().public_bytes_raw()
    if part[:9] != b"TONGBAN\x01\x01" or _cut(part, 9, 16).decode("latin-1") != name_of_key(own):
        raise NotProven("no bundle of version 1 and suite 1 for this receiver")
    size = int.from_bytes(_cut(part, 25, 2), "big")
    if size < 32 + 24 + 16 + 64:
        raise NotProven("the envelope is too short")
    plain = open_own_box(_cut(part, 27, size), receiver_seed)
    head = canonical_object(plain[64:])
    if not good(sender_key, encoding_to_sign(plain[64:], BUNDLE_TYPE), plain[:64]):
        raise NotProven("the head is not signed by the sender")
    if (head["version"], head["suite"], head["receiver"]) != (1, 1, name_of_key(own)):
        raise NotProven("the head is for another receiver, or of another form")
    if head["sender"] != name_of_key(sender_key):
        raise NotProven("the head names another sender")
    return head, 27 + size


def read_bundle(parts: list[bytes], receiver_seed: bytes, sender_key: bytes) -> tuple[list[bytes], str]:
    """The frames of a bundle up to its first fault, and what the fault is: "" where the end was reached."""
    frames: list[bytes] = []
    try:
        opened = [(*open_head(part, receiver_seed, sender_key), part) for part in parts]
        number = None
        for head, place, part in sorted(opened, key=lambda each: int(each[0]["part"])):
            if number not in (None, head["first"]):
                raise NotProven("a part is missing")
            number = int(head["first"])
            while place < len(part):
                size = int.from_bytes(_cut(part, place, 4), "big")
                box = _cut(part, place + 4, size)
                frame = open_secret_box(box, number.to_bytes(24, "big"), url_bytes(head["key"]))
                if not frame:
                    return frames, ""
                frames.append(frame)
                number, place = number + 1, place + 4 + size
    except NotProven as fault:
        return frames, str(fault)
    return frames, "there is no end"


def headers_in(records: list[str]) -> list[bytes]:
    """The headers of the records of one message, each record as the text in which it stands there. Raises NotProven."""
    found: list[bytes] = []
    for text in records:
        members = _members(text)
        header, body, short = members["header"], members.get("body", "null"), int(members.get("short", "0"))
        if short not in (0, 1, 2) or (short and body == "null") or (short == 2 and not found):
            raise NotProven("a shortened header without that which it leaves out")
        if short:
            hashed = url_text(hashlib.sha256(body.encode()).digest())
            header = header.replace('"hash":""', f'"hash":"{hashed}"', 1)
        if short == 2:
            before = url_text(hashlib.sha256(found[-1]).digest())
            header = header.replace('"prev":""', f'"prev":"{before}"', 1)
        found.append(header.encode())
    return found


def _members(text: str) -> dict[str, str]:
    """The members of an object, each value as it stands."""
    decoder, found, place = json.JSONDecoder(), {}, text.index("{") + 1
    while (place := _next(text, place, ",")) < len(text) and text[place] != "}":
        name, place = decoder.raw_decode(text, place)
        start = _next(text, place, ":")
        _, place = decoder.raw_decode(text, start)
        found[str(name)] = text[start:place]
    return found


def _next(text: str, place: int, mark: str) -> int:
    while text[place : place + 1] in (*" \t\r\n", mark):
        place += 1
    return place


# ---------------------------------------------------------------- the witness


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, over hashes of leaves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return _node_hash(tree_root(leaves[:middle]), tree_root(leaves[middle:]))


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root to which an audit path leads from a leaf, or None: from above, along RFC 6962's own recursion."""
    if not 0 <= index < size or (size == 1) != (not path):
        return None
    if size == 1:
        return leaf
    middle = 1 << ((size - 1).bit_length() - 1)
    if index < middle:
        left = root_by_path(leaf, index, middle, path[:-1])
        return None if left is None else _node_hash(left, path[-1])
    right = root_by_path(leaf, index - middle, size - middle, path[:-1])
    return None if right is None else _node_hash(path[-1], right)


def extends(first: int, first_root: bytes, second: int, second_root: bytes, path: list[bytes]) -> bool:
    """Whether a consistency proof leads to both roots."""
    if first in (0, second):
        return not path and first_root == (second_root if first else hashlib.sha256(b"").digest())
    roots = _both_roots(first, second, path, first_root, whole=True) if first < second else None
    return roots == (first_root, second_root)


def _both_roots(
    first: int, second: int, path: list[bytes], first_root: bytes, *, whole: bool
) -> tuple[bytes, bytes] | None:
    """The roots over the first leaves, and over all, of a subtree; `whole` = the first are the whole first tree."""
    if first == second:
        if whole:
            return None if path else (first_root, first_root)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    middle, last = 1 << ((second - 1).bit_length() - 1), path[-1]
    if first <= middle:
        found = _both_roots(first, middle, path[:-1], first_root, whole=whole)
        return None if found is None else (found[0], _node_hash(found[1], last))
    found = _both_roots(first - middle, second - middle, path[:-1], first_root, whole=False)
    return None if found is None else (_node_hash(last, found[0]), _node_hash(last, found[1]))


def _statement(said: dict[str, str], key: bytes, kind: str) -> dict[str, Any]:
    """What was signed under a type. `payload` is the text itself, or base64url of it."""
    payload = said["payload"].encode() if said["payload"].startswith("{") else url_bytes(said["payload"])
    signed = encoding_to_sign(payload, f"application/vnd.tongban.{kind}+json;version=1")
    if not good(key, signed, url_bytes(said["signature"])):
        raise NotProven(f"a {kind} under another signature")
    content = canonical_object(payload)
    if (content.get("suite"), content.get("version")) != (1, 1):
        raise NotProven(f"a {kind} of another version")
    return content | {"hash": url_text(hashlib.sha256(payload).digest()), "leaf": url_text(leaf_hash(payload))}


def _checkpoint(said: dict[str, str], hub_key: bytes) -> dict[str, Any]:
    content = _statement(said, hub_key, "checkpoint")
    if content["hub"] != name_of_key(hub_key):
        raise NotProven("a checkpoint of another hub")
    return content


def cosigned_tree(
    checkpoint: dict[str, str], cosignature: dict[str, str], hub_key: bytes, witness_key: bytes
) -> dict[str, Any]:
    """The tree that a hub signed and its witness cosigned. Raises NotProven."""
    shown, word = _checkpoint(checkpoint, hub_key), _statement(cosignature, witness_key, "cosignature")
    if (word["checkpoint"], word["hub"], word["witness"]) != (shown["hash"], shown["hub"], name_of_key(witness_key)):
        raise NotProven("a cosignature of something else")
    tree: dict[str, Any] = shown["tree"]
    return tree


def contradicted_itself(proof: dict[str, Any], hub_key: bytes) -> bool:
    """Whether a proof against the hub with this key holds."""
    try:
        shown = [_checkpoint(each, hub_key) for each in proof.get("checkpoints", [])]
        given = [_statement(each, hub_key, "receipt") for each in proof.get("receipts", [])]
        if proof["hub"] != name_of_key(hub_key) or any(each["hub"] != proof["hub"] for each in given):
            return False
        match proof["kind"], shown, given:
            case "two_receipts", [], [one, other]:
                return bool(one["log"][0]) and one["log"] == other["log"] and one["hash"] != other["hash"]
            case "other_leaf", [tree], [receipt]:
                return _holds_another(proof, tree["tree"], receipt)
            case "two_trees", [one, other], []:
                pairs = [(a, b) for a in (one["tree"], one["previous"]) for b in (other["tree"], other["previous"])]
                return any(a["root"] != b["root"] and a | {"root": ""} == b | {"root": ""} for a, b in pairs)
            case "own_words", [one], []:
                return one["lost"][0] == one["tree"]["epoch"] or not _follows(one)
        return False
    except (NotProven, KeyError, ValueError):
        return False


def _holds_another(proof: dict[str, Any], tree: dict[str, Any], receipt: dict[str, Any]) -> bool:
    path = [url_bytes(each) for each in proof.get("path", [])]
    root = root_by_path(url_bytes(proof["leaf"]), receipt["log"][1], tree["size"], path)
    there = root is not None and url_text(root) == tree["root"]
    return there and receipt["log"][0] == tree["epoch"] and proof["leaf"] != receipt["leaf"]


def _follows(checkpoint: dict[str, Any]) -> bool:
    one, other = checkpoint["previous"], checkpoint["tree"]
    path = [url_bytes(each) for each in checkpoint["proof"]]
    return extends(one["size"], url_bytes(one["root"]), other["size"], url_bytes(other["root"]), path)


def main(path: str, root_key: str, city: str) -> int:
    proven = refused = 0
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                envelope = check_line(json.loads(text), url_bytes(root_key), city)
            except NotProven as error:
                refused += 1
                print(f"line {number}: not proven: {error}")
                continue
            proven += 1
            header = envelope.header
            print(f"line {number}: {envelope.id} {header['kind']} {header['subject']} by {header['node']}")
    print(f"{proven} proven, {refused} not")
    return 1 if refused else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
