"""Switches of libraries that must be set before anything imports them; `edge_node` and `central` import this first.

pypinyin loads a dictionary of phrases that the search does not need: 44 MB and a third of a second less without it.
"""

from __future__ import annotations

import os

os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
