"""What is said when an inquiry is answered as not ours."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "declining.asked_missing": (
        "请写明居民要办什么事。",
        "Say what the resident asks for.",
    ),
    "declining.reason_missing": (
        "请至少选一条不予受理的理由。",
        "Choose at least one reason why it is not for this counter.",
    ),
    "declining.note_missing": (
        "选了“其他原因”的，请写明是什么原因。",
        "“Another reason” needs a few words that say which.",
    ),
    "declining.ask_missing": (
        "请写明应当找哪个单位或者窗口，居民才知道下一步去哪里。",
        "Name the body or counter to ask instead, so that the resident knows where to go.",
    ),
    "declining.too_long": (
        "文字太长，最多 {most} 个字，请精简。",
        "The text is too long; it has at most {most} characters. Shorten it.",
    ),
}
