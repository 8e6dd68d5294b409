"""Where the hand goes next: the control of the form that has the focus when the page opens, so that Enter leads on.

A check, a fill-in and a mark each come back as a page; who works by the keyboard shall not look for the place again.
While something is wrong the summary of it has the focus, which the page's script sees to; before the first check the
field of the id number has it. Otherwise, in this order: the offer to fill in what an earlier case holds, the first
empty field that must be filled in, the button that marks what nothing was said of as received, and then the button
that takes the application in, or gives the notice where something is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge_node.web.filling import WHO

if TYPE_CHECKING:
    from edge_node.web.apply import ApplyPage


def led_on(page: ApplyPage) -> ApplyPage:
    """The page with the focus on the control that is wanted next."""
    return replace(page, form=replace(page.form, focus=next_control(page)))


def next_control(page: ApplyPage) -> str:
    """The name of a field, or the action of a button: "adopt", "all", "accept", "notice"; "" = none of them."""
    if page.errors or not page.checked:
        return ""
    if page.may_adopt:
        return "adopt"
    own = (f"field.{each.code}" for each in page.fields if each.required and each.code in page.asked_fields)
    for name in (*WHO, *own):
        if not page.form.text(name):
            return name
    if any(each.material.required and not each.waived_by and not each.state for each in page.asked):
        return "all"
    return "accept" if page.ready else "notice"
