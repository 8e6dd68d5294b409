"""Working calendars and what a deadline's light means."""

SENTENCES: dict[str, tuple[str, str]] = {
    "deadlines.calendar_malformed": (
        "这份工作日历读不懂。需要截止日期 known_until，以及 holidays 和 workdays 两个日期列表（格式 2026-10-01）。",
        "This working calendar cannot be read. It needs known_until and the two lists of days holidays and workdays"
        " (written 2026-10-01).",
    ),
    "deadlines.calendar_contradiction": (
        "工作日历自相矛盾：{day} 既列为放假又列为上班。请对照国务院办公厅的通知改正。",
        "The working calendar contradicts itself: {day} is listed as off and as worked."
        " Correct it by the State Council's notice.",
    ),
    "deadlines.years_unknown": (
        "节假日数据只有 {first} 年至 {last} 年。请在这个范围内选择年份，或更新数据后再试。",
        "Holidays are known for the years {first} to {last} only. Choose years within, or update the data.",
    ),
    "deadlines.provisional": (
        "这是暂定日期：{known_until} 之后的节假日安排尚未公布，公布后会重新计算。",
        "This date is provisional: the holidays after {known_until} are not published yet."
        " It is computed again when they are.",
    ),
    "deadlines.stopped": (
        "自 {stopped_on} 起进入特别程序，时限暂停计算，结束后继续。",
        "A special procedure has stopped the clock since {stopped_on}; it runs on when the procedure ends.",
    ),
    "deadlines.green": (
        "时限充足，还有 {days} 个工作日。",
        "There is time: {days} working days are left.",
    ),
    "deadlines.yellow": (
        "即将到期，还有 {days} 个工作日，请尽快办理。",
        "Due soon: {days} working days are left. Please act now.",
    ),
    "deadlines.red": (
        "已超期 {days} 个工作日，请立即办理并说明原因。",
        "Overdue by {days} working days. Act at once and state the reason.",
    ),
}
