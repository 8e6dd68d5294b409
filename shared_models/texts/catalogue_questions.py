"""What an audit says of the questions that tell a situation."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "catalogue.question_reason_missing": (
        "问题“{text}”没有写为什么要问。请写一句居民听得懂的理由。",
        "Question “{text}” does not say why it is asked. Give a reason that a resident understands.",
    ),
    "catalogue.question_answers_few": (
        "问题“{text}”的答案不到两个，问了也分不出情形。请写明可选的答案。",
        "Question “{text}” has fewer than two answers, so it tells nothing apart. List the answers.",
    ),
    "catalogue.given_unknown_question": (
        "“{name}”取决于问题“{value}”，它不在提问表里，或排在后面。请填写前面某个问题的编码。",
        "“{name}” depends on question “{value}”, which is not there or comes later. Name an earlier question.",
    ),
    "catalogue.given_unknown_answer": (
        "“{name}”取决于答案“{value}”，问题“{text}”没有这个答案。请填写它的答案编码。",
        "“{name}” depends on answer “{value}”, which question “{text}” does not have. Name one of its answers.",
    ),
    "catalogue.answers_lead_nowhere": (
        "有 {number} 组回答到不了任何情形，例如：{example}。请给它们指定情形。",
        "{number} sets of answers lead to no situation, such as: {example}. Say which situation that is.",
    ),
    "catalogue.answers_lead_to_several": (
        "有 {number} 组回答同时符合几种情形，例如：{example}，符合“{situations}”。请让每组回答只到一种情形。",
        "{number} sets of answers lead to several situations, such as: {example}, to “{situations}”. Let each lead to "
        "one.",
    ),
    "catalogue.given_never_holds": (
        "没有一组回答会问到或要到“{name}”。请改正它的条件，或删去它。",
        "No set of answers ever asks for “{name}”. Correct its condition, or remove it.",
    ),
    "catalogue.ways_too_many": (
        "提问有超过 {most} 种走法，没有人看得过来。请减少问题，或让后面的问题只在需要时才问。",
        "There are more than {most} ways through the questions, more than anybody can look over. Ask fewer, or ask "
        "later ones only where they are needed.",
    ),
}
