"""Sentences on the audit of the catalogue at a hub."""

SENTENCES: dict[str, tuple[str, str]] = {
    "auditing.done": ("审计完成，结果见下表。", "The audit is done; what it found is listed below."),
    "auditing.none": (
        "还没有审计结果可以导出。请先审计，再导出。",
        "There is no audit to be exported yet. Audit first, then export.",
    ),
    "auditing.kind": ("{number} 次：{sentence}第一处在 {item}。", "{number} times: {sentence} The first is at {item}."),
    "auditing.held": (
        "目录第 {version} 版共 {items} 项：{errors} 处错误，{warnings} 处提醒。",
        "Version {version} of the catalogue, {items} items: {errors} errors, {warnings} warnings.",
    ),
    "auditing.held_drafts": (
        "草稿共 {items} 份：{errors} 处错误，{warnings} 处提醒。",
        "{items} drafts: {errors} errors, {warnings} warnings.",
    ),
}
