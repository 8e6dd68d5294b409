"""Sentences on erasure by order."""

SENTENCES: dict[str, tuple[str, str]] = {
    "erasure.reason_missing": (
        "请选择删除的原因：本人申请、保存期满、收集不当，或者司法、行政机关依法要求。",
        "Choose why it is erased: request, expired, unlawful or court.",
    ),
    "erasure.basis_missing": (
        "请写明删除所依据的法律条文或文书编号，最多 {most} 个字，不要写姓名和号码。",
        "State the legal basis or the number of the document, in at most {most} characters, without names or numbers.",
    ),
    "erasure.two_people": (
        "删除须由两人办理：一人提出，另一人核准。请由另一位监督员核准。",
        "An erasure takes two people: one proposes it, another one confirms it. Ask another supervisor to confirm.",
    ),
    "erasure.reason.request": ("本人申请删除。", "The resident asked for it."),
    "erasure.reason.expired": ("保存期限已满。", "The time for keeping it is over."),
    "erasure.reason.unlawful": ("收集或使用不当，应当删除。", "It was collected or used without right."),
    "erasure.reason.court": (
        "司法机关或者行政机关依法要求删除。",
        "A court or an authority requires it.",
    ),
    "erasure.done": (
        "办件 {number} 已于 {day} 依法删除，个人信息不再保存。依据：{basis}。",
        "Case {number} was erased by order on {day}; no personal data of it is kept. Basis: {basis}.",
    ),
}
