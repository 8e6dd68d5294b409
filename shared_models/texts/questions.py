"""Sentences about the questions that tell a resident's situation."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "questions.unanswered": (
        "还有问题没有回答：“{text}”。请问过居民后选择一个答案，或直接从列表里选情形。",
        "A question is still open: “{text}”. Ask the resident and choose an answer, or choose the situation from the "
        "list.",
    ),
    "questions.no_one_situation": (
        "这些回答对不上唯一的一种情形。请从列表里选，并告诉市级管理员修订目录。",
        "These answers do not lead to one situation. Choose it from the list, and tell the city administrator.",
    ),
    "questions.unknown": (
        "回答了本事项没有的问题（{question}）。目录可能已经更新，请重新回答。",
        "A question was answered that this item does not have ({question}). The catalogue may have changed; please "
        "answer again.",
    ),
    "questions.unknown_answer": (
        "“{text}”没有所选的这个答案。目录可能已经更新，请重新回答。",
        "“{text}” has no such answer. The catalogue may have changed; please answer again.",
    ),
    "questions.not_asked": (
        "按其他回答，不用问“{text}”，却有它的答案。请重新回答。",
        "After the other answers “{text}” is not asked, and yet it was answered. Please answer again.",
    ),
    "questions.other_situation": (
        "这些回答说明不是“{situation}”。请重新回答，或从列表里选情形。",
        "These answers do not lead to “{situation}”. Please answer again, or choose the situation from the list.",
    ),
    "questions.material_left_out": (
        "按目录和这些回答应当收“{material}”，办件里没有它。请核对，必要时要求补正。",
        "By the catalogue and these answers “{material}” is needed, and the case does not have it. Please check, and "
        "ask for it where needed.",
    ),
}
