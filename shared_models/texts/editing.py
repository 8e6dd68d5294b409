"""Sentences on editing the catalogue in the browser."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "editing.unknown_item": (
        "没有编码为“{item}”的事项，可能已被删除或改了编码。请重新查找。",
        "There is no item with the code “{item}”; it may have been removed or given another code. Search for it again.",
    ),
    "editing.changed_meanwhile": (
        "您打开之后，别人已修改了这里，您的修改还没有保存。请对照现在的内容，再决定是否保存。",
        "Somebody else has changed this since you opened it, so yours was not saved. Compare it with what stands there"
        " now, and save again if you still want it.",
    ),
    "editing.entry_gone": (
        "您打开之后，别人已删除了这一条，您的修改还没有保存。仍需要的话，请再次保存，它会作为新的一条添加。",
        "Somebody else has removed this entry since you opened it, so yours was not saved. Save again to add it anew.",
    ),
    "editing.code_published": (
        "已发布的事项不能更改编码。请复制为新事项，再撤下旧编码。",
        "The code of a published item cannot be changed. Copy it as a new item, and withdraw the old code.",
    ),
    "editing.code_taken": (
        "编码“{item}”已有事项，没有重复新建。请打开那一项修改，或换一个编码。",
        "There is an item with the code “{item}” already, and no second one was made. Edit that one, or choose another"
        " code.",
    ),
    "editing.basic_code": (
        "基本编码“{value}”不是 12 位数字或大写字母，请对照基本目录填写。",
        "The basic code “{value}” is not 12 digits or capitals. Enter it as in the base list.",
    ),
    "editing.level_missing": ("请选择行使层级。", "Choose the level."),
    "editing.bulk_none": (
        "没有选中任何事项。请先在列表中勾选，或按条件查找后选择全部。",
        "No item was chosen. Tick some in the list, or search and choose all that are found.",
    ),
    "editing.bulk_too_many": (
        "一次最多修改 {most} 项，请缩小查找条件，分几次修改。",
        "At most {most} items can be changed at once. Narrow the search, and do it in several parts.",
    ),
    "editing.bulk_what": ("请选择要修改的内容。", "Choose what is to be changed."),
    "editing.bulk_missing": ("这一栏不能为空，请填写。", "This cannot be empty. Fill it in."),
    "editing.bulk_too_large": (
        "事项“{item}”改后超出长度限制（{field}），全部都没有修改。请缩短内容，或不选这一项。",
        "Item “{item}” would be too long afterwards ({field}), so nothing was changed. Shorten the value, or leave that"
        " item out.",
    ),
    "editing.bulk_changed": (
        "预览之后有事项被别人修改了，全部都没有改动。请看新的预览，再确认一次。",
        "Some of the items were changed since the preview, so nothing was done. Look at the new preview, and confirm"
        " once more.",
    ),
    "editing.bulk_gone": (
        "没有可撤回的批量修改，可能已经撤回。",
        "There is no bulk edit to take back; it may have been taken back already.",
    ),
    "editing.bulk_touched": (
        "事项“{item}”在批量修改之后又改过，所以没有撤回任何一项。请逐项修改。",
        "Item “{item}” was changed again after the bulk edit, so nothing was taken back. Edit the items one by one.",
    ),
    "editing.bulk_done": ("批量修改已完成，可以撤回。", "The bulk edit is done; it can be taken back."),
    "editing.bulk_back": (
        "已撤回批量修改，草稿与修改前相同。",
        "The bulk edit was taken back: the drafts are as before.",
    ),
    "editing.saved": ("已保存为草稿。", "Saved as a draft."),
    "editing.removed": ("已删除这一条。", "The entry was removed."),
    "editing.begun": ("已新建草稿，请逐部分填写。", "The draft is there: fill in its parts."),
    "editing.discarded": ("已放弃草稿。", "The draft was discarded."),
}
