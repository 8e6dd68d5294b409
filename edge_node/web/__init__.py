"""The pages of a station, split by concern; each page is a frozen dataclass beside its template.

- `search`    home, the one field that takes everything, an item with its situations
- `asking`    the questions that tell the situation
- `apply`     the form: check, accept, one-time notice
- `hand`      where the hand goes next: what has the focus when the form opens
- `papers`    receipt and one-time notice, to be printed
- `cases`     the list and its CSV
- `case`      one case: everything known of it, and what may be done next
- `files`     photos and papers of a case, and files chosen before a form is finished
- `samples`   pictures that show how a material should look
- `status`    how this station stands, for people and for programs
- `accounts`  who works here
- `state`     the state of a case as it changes
- `context`, `words`   what all of them stand on
"""
