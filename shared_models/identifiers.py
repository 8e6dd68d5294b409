"""Numbers that people type, scan and read aloud: each has one written form, and says itself when it is wrong.

Every reader takes what a keyboard, a Chinese input method or a scanner gives (full-width characters, spaces, line ends,
small letters) and returns the one normal form, or raises `Refusal("identifiers.…")`. No refusal carries the number.

Sources: GB 11643 (resident id) and GB 32100 (unified social credit code); ISO 7064 MOD 11-2 and MOD 37,36;
GB/T 39046-2020 (levels of exercise). `stdnum` computes check characters; its own `validate` is stricter than life.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import stdnum.cn.uscc
import stdnum.iso7064.mod_11_2
import stdnum.iso7064.mod_37_36

from shared_models.refusals import Refusal

TEXT_MAX = 512
"""Characters of an input that are looked at; nothing here is longer."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_IGNORED = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def _plain(text: str) -> str:
    """`text` in half-width capitals, without spaces, line ends and invisible characters, with one kind of hyphen."""
    wide = unicodedata.normalize("NFKC", text[:TEXT_MAX])
    return "".join(c for c in wide if unicodedata.category(c) not in _IGNORED).translate(_DASHES).upper()


# Resident id number

PROVINCES = frozenset(
    str(prefix)
    for group in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84))
    for prefix in range(*group)
)
"""First two digits of a region. 83 stands on residence permits of Taiwan residents."""

BORN_FIRST = date(1880, 1, 1)

Sex = Literal["male", "female"]


@dataclass(frozen=True)
class ResidentId:
    """A resident id number whose check digit and birth date hold. `repr` tells neither number nor birth date."""

    number: str = field(repr=False)
    """18 characters; the last may be a capital X."""
    birth: date = field(repr=False)
    sex: Sex
    region: str
    """6 digits: the division where the number was first given out."""
    region_known: bool
    """Whether the province of `region` exists. If not, warn (`identifiers.resident_id_region`) and go on."""


def resident_id(text: str, today: date) -> ResidentId:
    """The resident id in `text`. Raises Refusal: length, old 15 digits, characters, date, future, check."""
    number = _plain(text)
    if re.fullmatch(r"[0-9]{15}", number):
        raise Refusal("identifiers.resident_id_old")
    if len(number) != 18:
        raise Refusal("identifiers.resident_id_length", length=len(number))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise Refusal("identifiers.resident_id_characters")
    birth = _day(number[6:14])
    if birth is None or birth < BORN_FIRST:
        raise Refusal("identifiers.resident_id_date")
    if birth > today:
        raise Refusal("identifiers.resident_id_future")
    if not stdnum.iso7064.mod_11_2.is_valid(number):
        raise Refusal("identifiers.resident_id_check")
    sex: Sex = "male" if int(number[16]) % 2 else "female"
    return ResidentId(number, birth, sex, number[:6], number[:2] in PROVINCES)


def age_on(birth: date, today: date) -> int:
    """Whole years of age on a day."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


# Unified social credit code

_CREDIT = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}")


def credit_code(text: str) -> str:
    """The unified social credit code in `text`, 18 characters. Raises Refusal: length, characters, check."""
    code = _plain(text)
    if len(code) != 18:
        raise Refusal("identifiers.credit_code_length", length=len(code))
    if not _CREDIT.fullmatch(code):
        raise Refusal("identifiers.credit_code_characters")
    if stdnum.cn.uscc.calc_check_digit(code) != code[17]:
        raise Refusal("identifiers.credit_code_check")
    return code


def credit_code_checked(text: str) -> str | None:
    """The credit code that begins with the first 17 characters of `text`, with the check digit that fits them. None
    where one of them cannot stand there, or there are not 18."""
    code = _plain(text)
    if len(code) != 18 or not _CREDIT.fullmatch(code[:17] + "0"):
        return None
    return code[:17] + str(stdnum.cn.uscc.calc_check_digit(code))


# Division codes

Tier = Literal["province", "city", "district", "street", "community"]
TIERS: dict[int, Tier] = {2: "province", 4: "city", 6: "district", 9: "street", 12: "community"}
"""Length of a division code -> its tier. `street` stands for towns and townships as well."""


def division(text: str) -> str:
    """The division code in `text`, in its short form: 511602000000 and 511602 are both 511602. Raises Refusal."""
    code = _plain(text)
    tier_of(code)
    for length in (9, 6, 4, 2):
        if len(code) > length and set(code[length:]) == {"0"}:
            code = code[:length]
    return code


def tier_of(code: str) -> Tier:
    """The tier of a division code, by its length. Raises Refusal where it is malformed."""
    if len(code) not in TIERS or not re.fullmatch(r"[1-9][0-9]*", code):
        raise Refusal("identifiers.division")
    return TIERS[len(code)]


def contains(outer: str, inner: str) -> bool:
    """Whether the division `inner` is `outer` or lies in it. Both in short form. Raises Refusal where malformed."""
    tier_of(outer)
    tier_of(inner)
    return inner.startswith(outer)


def ancestors(code: str) -> tuple[str, ...]:
    """The divisions around `code`, nearest first, without itself. Raises Refusal where it is malformed."""
    tier_of(code)
    return tuple(code[:length] for length in sorted(TIERS, reverse=True) if length < len(code))


# Case number

COUNTER_MAX = 99_999_999
_AREA_LENGTHS = (4, 6, 9, 12)
_CASE = re.compile(r"([0-9]+)-([0-9]{8})-([A-Z2-7]{8})-([0-9]{4}|[1-9][0-9]{4,7})-([0-9A-Z])")
_CASE_JOINED = re.compile(r"[0-9]{12,20}[A-Z2-7]{8}[0-9]{4,8}[0-9A-Z]")


@dataclass(frozen=True)
class CaseNumber:
    """A case number taken apart. `text` is its one written form, at most 50 characters."""

    text: str
    area: str
    """Division code (4, 6, 9 or 12 digits) of the node that accepted the case."""
    day: date
    incarnation: str
    """The first 8 characters of the log's incarnation, in capitals."""
    counter: int


def case_number(area: str, day: date, incarnation: str, counter: int) -> str:
    """`<area>-<yyyymmdd>-<8 of incarnation>-<counter, 4 digits or more>-<check character>`.

    `incarnation` is the 16 characters (a-z, 2-7) that name this run of the node's log; `counter` counts within it,
    0 to COUNTER_MAX. So a number is never given twice, whatever was restored or copied. Raises ValueError for an
    incarnation or a counter of another shape, Refusal for a malformed area.
    """
    area = division(area)
    if len(area) not in _AREA_LENGTHS or not re.fullmatch(r"[a-z2-7]{16}", incarnation):
        raise ValueError("a case number needs an area of 4, 6, 9 or 12 digits and an incarnation of 16 characters")
    if not 0 <= counter <= COUNTER_MAX:
        raise ValueError(f"the counter of a case number is beyond 0 to {COUNTER_MAX}")
    parts = (area, f"{day:%Y%m%d}".zfill(8), incarnation[:8].upper(), f"{counter:04}")
    return "-".join((*parts, stdnum.iso7064.mod_37_36.calc_check_digit("".join(parts))))


def parse_case_number(text: str) -> CaseNumber:
    """The case number in `text`; hyphens may be missing. Raises Refusal: form, check, ambiguous.

    The check character (MOD 37,36) finds every wrong single character, and every swap of two neighbouring
    characters that are not neighbours in 0-9A-Z as well (of those, 1 in 36 is missed).
    """
    plain = _plain(text)
    found = [case for parts in _splits(plain) if (case := _case(*parts))]
    if not found:
        raise Refusal("identifiers.case_number_form")
    if not stdnum.iso7064.mod_37_36.is_valid(plain.replace("-", "")):
        raise Refusal("identifiers.case_number_check")
    if len(found) > 1:
        raise Refusal("identifiers.case_number_ambiguous")
    return found[0]


def _splits(plain: str) -> Iterator[tuple[str, ...]]:
    """The ways to cut `plain` into the five parts: one with its hyphens, else one for each length of the area."""
    if exact := _CASE.fullmatch(plain):
        yield exact.groups()
        return
    joined = plain.replace("-", "")
    if not _CASE_JOINED.fullmatch(joined):
        return
    for n in _AREA_LENGTHS:
        parts = (joined[:n], joined[n : n + 8], joined[n + 8 : n + 16], joined[n + 16 : -1], joined[-1])
        if _CASE.fullmatch("-".join(parts)):
            yield parts


def _case(area: str, digits: str, incarnation: str, counter: str, check: str) -> CaseNumber | None:
    day = _day(digits)
    if day is None or len(area) not in _AREA_LENGTHS or area[0] == "0":
        return None
    return CaseNumber("-".join((area, digits, incarnation, counter, check)), area, day, incarnation, int(counter))


# Query code and QR payload

QUERY_ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
"""29 characters of which no two look alike; of each group of look-alikes one is left, and stands for the others."""
QUERY_BYTES = 8
_LOOK_ALIKES = str.maketrans("OILZSBU", "011258V")


def query_code(random_bytes: bytes) -> str:
    """A resident's query code `XXXX-XXXX` (29**8 of them) out of QUERY_BYTES random bytes, handed in."""
    if len(random_bytes) != QUERY_BYTES:
        raise ValueError(f"a query code is made of {QUERY_BYTES} random bytes")
    number, characters = int.from_bytes(random_bytes, "big"), ""
    for _ in range(8):
        number, digit = divmod(number, len(QUERY_ALPHABET))
        characters += QUERY_ALPHABET[digit]
    return f"{characters[:4]}-{characters[4:]}"


def normal_query_code(text: str) -> str:
    """The query code in `text` as `XXXX-XXXX`, look-alikes mapped (O is 0, I and L are 1 …). Raises Refusal."""
    code = _plain(text).replace("-", "").translate(_LOOK_ALIKES)
    if len(code) != 8 or not set(code) <= set(QUERY_ALPHABET):
        raise Refusal("identifiers.query_code")
    return f"{code[:4]}-{code[4:]}"


_QR = re.compile(r"(?:.*[/?#=&])?TB1(?::|%3A)([0-9A-Z-]+)(?::|%3A)([0-9A-Z-]+)")


def qr_payload(case: str, query: str) -> str:
    """What a receipt's QR code says: `TB1:<case number>:<query code>`. Alphanumeric mode of QR holds all of it."""
    return f"TB1:{case}:{query}"


def parse_qr(text: str) -> tuple[CaseNumber, str]:
    """Case number and query code of a scanned payload, or of an address that ends with one. Raises Refusal."""
    found = _QR.fullmatch(_plain(text))
    if not found:
        raise Refusal("identifiers.qr")
    return parse_case_number(found[1]), normal_query_code(found[2])


# Implementation code of a service item

_BASIC = re.compile(r"[0-9A-Z]{12}")


@dataclass(frozen=True)
class ItemCode:
    """An implementation code taken apart. `text` is its 31 characters."""

    text: str
    credit: str
    """Unified social credit code of the department, 18 characters."""
    level: int
    """1 nation, 2 province, 3 city, 4 district, 5 town or street, 6 village or community."""
    basic: str
    """Basic code, 12 characters, the same at every level."""


def item_code(text: str) -> ItemCode:
    """The implementation code in `text`. Raises Refusal: length, credit code, level, basic code."""
    code = _plain(text)
    if len(code) != 31:
        raise Refusal("identifiers.item_code_length", length=len(code))
    try:
        credit = credit_code(code[:18])
    except Refusal:
        raise Refusal("identifiers.item_code_credit") from None
    if code[18] not in "123456":
        raise Refusal("identifiers.item_code_level")
    if not _BASIC.fullmatch(code[19:]):
        raise Refusal("identifiers.item_code_basic")
    return ItemCode(code, credit, int(code[18]), code[19:])


def implementation_code(credit: str, level: int, basic: str) -> str:
    """The 31 characters for a department's credit code, a level 1 to 6 and a basic code. Raises as `item_code`."""
    return item_code(f"{credit_code(credit)}{level}{_plain(basic)}").text


# One field for everything that is scanned

Kind = Literal["resident_id", "credit_code", "case_number", "qr", "query_code", "item_code", "text"]

_QUERY = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}|(?=[0-9]*[A-Z])(?=[A-Z]*[0-9])[0-9A-Z]{8}")
"""How a query code is typed: in two groups, or in one of digits and letters; letters alone are a word in pinyin."""


def what_is(text: str) -> Kind:
    """What `text` means to be, so that its own reader can take it or say what is wrong with it."""
    plain = _plain(text)
    if _QR.fullmatch(plain):
        return "qr"
    if any(True for _ in _splits(plain)):
        return "case_number"
    if _QUERY.fullmatch(plain) and set(plain.replace("-", "").translate(_LOOK_ALIKES)) <= set(QUERY_ALPHABET):
        return "query_code"
    if len(plain) == 31 and _CREDIT.fullmatch(plain[:18]) and plain[18] in "123456" and _BASIC.fullmatch(plain[19:]):
        return "item_code"
    id_like = bool(re.fullmatch(r"[0-9]{17}[0-9X]", plain))
    if id_like and _day(plain[6:14]) and stdnum.iso7064.mod_11_2.is_valid(plain):
        return "resident_id"
    if _CREDIT.fullmatch(plain) and stdnum.cn.uscc.calc_check_digit(plain) == plain[17]:
        return "credit_code"
    if id_like or (re.fullmatch(r"[0-9]{15}", plain) and _day("19" + plain[6:12])):
        return "resident_id"
    return "credit_code" if _CREDIT.fullmatch(plain) else "text"
