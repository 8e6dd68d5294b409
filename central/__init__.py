"""A hub: district or city, by its settings."""

import sync_protocol.host.lean  # noqa: F401  # before anything that it concerns
