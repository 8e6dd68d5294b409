"""`python -m shared_models.texts` prints docs/refusals.md: every code with its sentences, by room."""

from __future__ import annotations

from shared_models import texts

SENTENCES: dict[str, tuple[str, str]] = {}
"""Empty: this module is a command, not a room."""

_HEAD = """# What Tongban says when it says no, and the states that it shows

Written by `make texts` from `shared_models/texts/`; change the sentences there. A code is `room.reason`; a word in
braces is filled in when the sentence is shown.
"""


def page() -> str:
    """The whole page as Markdown: one section a room, one row a code, both in alphabetical order."""
    rooms: dict[str, list[str]] = {}
    for code, (chinese, english) in sorted(texts.sentences().items()):
        cells = (f"`{code}`", chinese.replace("|", "\\|"), english.replace("|", "\\|"))
        rooms.setdefault(code.split(".")[0], []).append(f"| {' | '.join(cells)} |")
    sections = (
        f"\n## {room}\n\n| code | 中文 | English |\n| --- | --- | --- |\n" + "\n".join(rows)
        for room, rows in rooms.items()
    )
    return _HEAD + "".join(f"{section}\n" for section in sections)


if __name__ == "__main__":
    print(page(), end="")
