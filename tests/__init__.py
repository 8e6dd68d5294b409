"""The tests mirror the rooms: `tests/store/test_log.py` holds `sync_protocol/store/log.py` to its promises.

Folders below need no `__init__.py`: files are imported by their path, so that two may share a name; a helper is
imported as `from tests.house.source import modules`. A fake is a whole object with the real interface; nothing is
patched.
"""
