"""Fonts that a PDF is written with: which there are on this machine, and which characters they have.

A paper that a resident takes home names people, and names hold characters that few fonts have. So it is known before a
PDF is made whether every character can be shown: the first font is asked, then the others, and what none of them has
is named. Nothing is ever printed as an empty box. Noto Sans CJK (Debian's `fonts-noto-cjk`) has every ideograph of the
basic block and of extension A, as GB 18030 asks for, and those of the later blocks that 通用规范汉字表 lists.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
)
"""Where systems keep Chinese fonts: those for everything first, then those for what is rare."""
COMMON = ((0x20, 0x7E), (0x3000, 0x3011), (0x4E00, 0x9FA5), (0xFF01, 0xFF5E), (0x2014, 0x201D))
"""What every Chinese font has: to know that, none is opened."""
LEVEL_2 = ((0x4E00, 0x9FEF), (0x3400, 0x4DB5))
"""The two blocks of ideographs that GB 18030-2022 asks for at its second level: 27,558 characters. Those beyond them
that it asks for as well are looked at paper by paper."""
_FACES_MAX = 32


class Font(NamedTuple):
    """A font that can be read: its file, which face of it, its name, and the code points that it has."""

    path: Path
    face: int
    name: str
    characters: frozenset[int]


class Missing(NamedTuple):
    """A character that no font here has, and the label of what it stands in."""

    character: str
    label: str

    def __str__(self) -> str:
        return f"{self.label}：{self.character}（U+{ord(self.character):04X}）"


class Fonts:
    """The fonts of this machine. `named` are asked first; each is read when the first paper needs it, and once. May be
    asked from any thread."""

    def __init__(self, named: Sequence[Path] = (), places: Sequence[str] = PLACES) -> None:
        self._paths = (*named, *(Path(each) for each in places))
        self._lock = threading.Lock()
        self._found: tuple[Font, ...] | None = None
        self.unreadable: list[tuple[Path, str]] = []
        """What is there, or was named, and could not be read; filled by `found`."""
        self._named = frozenset(named)

    def found(self) -> tuple[Font, ...]:
        """The fonts that can be read, the one for everything first."""
        with self._lock:
            if self._found is None:
                self._found = tuple(self._read())
            return self._found

    def _read(self) -> Iterable[Font]:
        # What reads fonts takes a quarter of a second to import, and most stations print from the browser.
        from fontTools.ttLib import TTLibError

        for path in self._paths:
            if path not in self._named and not path.exists():
                continue
            try:
                yield _font(path)
            except (OSError, TTLibError, struct.error, KeyError, ValueError, AssertionError) as error:
                self.unreadable.append((path, type(error).__name__))

    def missing(self, texts: Iterable[tuple[str, str]], *, exactly: bool = False) -> tuple[Missing, ...]:
        """What no font has of these (label, text), each character once. Without any font that is all that is rare.
        `exactly` = what every Chinese font should have is looked at as well."""
        rare: dict[str, str] = {}
        for label, text in texts:
            for character in text:
                if not character.isspace() and (exactly or not is_common(character)):
                    rare.setdefault(character, label)
        fonts = self.found() if rare else ()
        return tuple(
            Missing(character, label)
            for character, label in rare.items()
            if not any(ord(character) in font.characters for font in fonts)
        )


def is_common(character: str) -> bool:
    """Whether every Chinese font has it, or it takes no ink."""
    return character.isspace() or any(first <= ord(character) <= last for first, last in COMMON)


def share_of_level_2(fonts: Sequence[Font]) -> tuple[int, int]:
    """How many of the ideographs of `LEVEL_2` these have together, and how many there are."""
    wanted = [code for first, last in LEVEL_2 for code in range(first, last + 1)]
    return sum(any(code in font.characters for font in fonts) for code in wanted), len(wanted)


def _font(path: Path) -> Font:
    from fontTools.ttLib import TTFont

    names: list[str] = []
    for face in range(_faces(path)):
        with path.open("rb") as file, TTFont(file, fontNumber=face, lazy=True) as opened:
            names.append(str(opened["name"].getBestFullName() or path.stem))
    chosen = next((place for place, name in enumerate(names) if " SC" in name and "Mono" not in name), 0)
    with path.open("rb") as file, TTFont(file, fontNumber=chosen, lazy=True) as opened:  # its map alone is read: 45,000
        return Font(path, chosen, names[chosen], frozenset(opened.getBestCmap() or ()))


def _faces(path: Path) -> int:
    """How many faces a file has: one, or those of a collection. Raises OSError, struct.error."""
    with path.open("rb") as file:
        head = file.read(12)
    return min(int(struct.unpack(">4sII", head)[2]), _FACES_MAX) if head.startswith(b"ttcf") else 1
