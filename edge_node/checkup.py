"""What a station's doctor looks at beside what every node has: the fonts that its papers are written with."""

from __future__ import annotations

from collections.abc import Iterator

from edge_node.fonts import Fonts, share_of_level_2
from sync_protocol.host.doctor import OK, WARNING, Check, Finding, Patient, found
from sync_protocol.store.database import Connection


def fonts_check(fonts: Fonts) -> Check:
    """Whether papers can be written as PDF, and how many ideographs there are for it."""

    def check(_patient: Patient, _db: Connection) -> Iterator[Finding]:
        held = fonts.found()
        for path, reason in fonts.unreadable:
            yield found("fonts", WARNING, "papers.font_unreadable", path=str(path), reason=reason)
        if not held:
            yield found("fonts", WARNING, "papers.fonts_missing")
            return
        have, level = share_of_level_2(held)
        names = "、".join(font.name for font in held)
        yield found("fonts", OK if have == level else WARNING, "papers.fonts_ok", names=names, level=level, held=have)

    return check
