"""Editing the catalogue at the city hub: what a form says becomes one change of one draft.

- `fields`    the parts of an item and their fields, drawn from the columns of a catalogue file: a new
              column is a new field
- `changing`  one change of an item: pure; tells whether somebody else changed the same meanwhile
- `drafting`  the drafts that changes are made to: an item that was published, a new one, a copy
- `bulk`      one field of many items at once, shown before it is done, and taken back
"""
