"""Sentences on items that are suspended or cancelled: at the hub that says so, and at the counter that shows it."""

SENTENCES: dict[str, tuple[str, str]] = {
    "halts.which": (
        "没有说明是哪些事项，或者超过 {most} 项。请写出事项编码。",
        "It was not said which items, or there are more than {most}. Give the codes of items.",
    ),
    "halts.reason_missing": (
        "没有写原因。窗口要把原因告诉群众，请填写。",
        "There is no reason. Counters tell it to residents; write one.",
    ),
    "halts.reason_too_long": ("原因最多 {most} 个字，请写短一些。", "A reason has at most {most} characters."),
    "halts.day_malformed": (
        "“{value}”不是日期，请写成 2026-12-01 这样。",
        "“{value}” is no day; write it like 2026-12-01.",
    ),
    "halts.until_before": (
        "截止日在开始日之前，或者已经过去。请改截止日。",
        "The last day is before the first one, or past. Give a later one.",
    ),
    "halts.not_suspended": (
        "事项“{item}”没有暂停，不用恢复。请刷新后再看。",
        "The item “{item}” is not suspended, so there is nothing to resume.",
    ),
    "halts.already_cancelled": (
        "事项“{item}”已经取消，取消不能收回。需要再办的，请用新的编码另建事项。",
        "The item “{item}” is cancelled, and that cannot be taken back. Make a new item with another code.",
    ),
    "halts.code_spent": (
        "编码“{item}”属于已取消的事项，不能再用，没有发布。请删除这份草稿，用新的编码另建。",
        "The code “{item}” is that of a cancelled item and cannot be used again, so nothing was published. Discard the"
        " draft, and make a new one with another code.",
    ),
    "halts.told_suspend": (
        "已暂停 {items} 个事项，写在第 {number} 版里，正在下发。",
        "{items} items are suspended by version {number}, which is on its way to all stations.",
    ),
    "halts.told_resume": (
        "已恢复 {items} 个事项，写在第 {number} 版里，正在下发。",
        "{items} items are resumed by version {number}, which is on its way to all stations.",
    ),
    "halts.told_cancel": (
        "已取消 {items} 个事项，写在第 {number} 版里，正在下发。",
        "{items} items are cancelled by version {number}, which is on its way to all stations.",
    ),
    "halts.done_suspend": ("已暂停，正在下发到各站点。", "Suspended; all stations are being told."),
    "halts.done_resume": ("已恢复，正在下发到各站点。", "Resumed; all stations are being told."),
    "halts.done_cancel": ("已取消，正在下发到各站点。", "Cancelled; all stations are being told."),
    "halts.suspended": (
        "“{item}”自 {since} 起暂停办理，暂不受理新的申请。原因：{reason}。"
        "已经受理的照常办；填了一半的登记会留着，恢复后接着办。",
        "“{item}” is suspended since {since}, and no new application is accepted. Reason: {reason}."
        " Accepted cases go on; what was filled in stays here until it is resumed.",
    ),
    "halts.suspended_until": (
        "“{item}”自 {since} 起至 {until} 暂停办理，暂不受理新的申请。原因：{reason}。"
        "已经受理的照常办；填了一半的登记会留着，恢复后接着办。",
        "“{item}” is suspended from {since} until {until}, and no new application is accepted. Reason: {reason}."
        " Accepted cases go on; what was filled in stays here until then.",
    ),
    "halts.cancelled": (
        "“{item}”已于 {since} 取消，不再受理。原因：{reason}。已经受理的照常办完。",
        "“{item}” was cancelled on {since} and is not accepted any more. Reason: {reason}."
        " Accepted cases are concluded.",
    ),
}
