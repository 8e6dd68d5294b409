"""A station: the counter of a community or township."""

import sync_protocol.host.lean  # noqa: F401  # before anything that it concerns
