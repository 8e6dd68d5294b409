"""`rotate-key`: the command by which a node takes another key, the same at a station and at a hub.

    main.add_command(rotate_command())

What it needs is imported when it is called: `run` starts Python twice, and every import delays the counter.
"""

from __future__ import annotations

import click

from sync_protocol.host.commands import Home, at_home, print_json, say


def rotate_command() -> click.Command:
    """`rotate-key DATA`."""

    @click.command("rotate-key")
    @at_home
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a sentence.")
    def rotate_key(home: Home, as_json: bool) -> None:
        """Take another signing key. The node's name, its records and its line go on; the old key signs nothing new."""
        from sync_protocol.host import key_life

        done = key_life.rotate_at(home)
        if as_json:
            print_json(done)
        else:
            say("keys.rotated", node=done.node, key=done.key)

    return rotate_key
