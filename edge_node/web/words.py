"""The words that screens and lists share: (Chinese, English)."""

from __future__ import annotations

from shared_models import cases
from shared_models.catalogue import codes

Pair = tuple[str, str]

STATUSES: dict[str, Pair] = {
    "notified": ("待补正", "to be completed"),
    "accepted": ("办理中", "being handled"),
    "decided": ("已办结", "concluded"),
    "delivered": ("已送达", "handed over"),
    "rated": ("已评价", "rated"),
    "withdrawn": ("已撤回", "withdrawn"),
    "declined": ("不予受理", "not ours"),
    "new": ("未收件", "not taken in"),
}
TO_HAND_OVER = "to_hand_over"
LISTS: dict[str, Pair] = {
    **{name: words for name, words in STATUSES.items() if name != "new"},
    TO_HAND_OVER: ("待送达", "to hand over"),
}
"""What the list of cases can be asked for: a status, or the concluded cases that can be handed over."""
STATUS_CHIPS = {
    "notified": "warn", "accepted": "info", "decided": "ok", "delivered": "ok", "rated": "ok", "withdrawn": "plain",
    "declined": "plain", "new": "plain",
}  # fmt: skip
KEPT: dict[str, Pair] = {
    "station": ("已存本机", "saved here"),
    "district": ("区已收", "district has it"),
    "city": ("市已存", "city keeps it"),
    "pending": ("待处理", "needs attention"),
}
KEPT_MACRO = {"station": "saved", "district": "district", "city": "city", "pending": "held"}
"""Our states by the names that the macro `state` knows."""

EVENTS: dict[str, Pair] = {
    cases.ACCEPTED: ("受理", "Accepted"),
    cases.NOTIFIED: ("出具一次性告知", "One-time notice given"),
    cases.DECLINED: ("告知不属于本窗口", "Answered: not ours"),
    cases.SUPPLEMENTED: ("补充材料", "Materials supplemented"),
    cases.WITHDRAWN: ("申请人撤回", "Withdrawn by the applicant"),
    cases.DECIDED: ("作出决定", "Decided"),
    cases.DELIVERED: ("送达结果", "Result handed over"),
    cases.RATED: ("居民评价", "Rated by the resident"),
    cases.SETTLED: ("裁定矛盾记录", "Conflict settled"),
    cases.PULLED: ("调取到另一站继续办理", "Asked for by another station"),
    cases.RELEASED: ("退还调取的办件", "Given back"),
}
EFFECTS: dict[str, Pair] = {
    "applied": ("", ""),
    "kept": ("已留存，未改变办件状态", "kept; the case did not move"),
    "conflict": ("与另一条记录矛盾，待裁定", "contradicts another record; to be settled"),
    "irregular": ("不合规则，未生效", "irregular; without effect"),
}
OUTCOMES: dict[str, Pair] = {cases.GRANTED: ("准予", "granted"), cases.DENIED: ("不予", "refused")}
GRADES: dict[int, Pair] = {
    1: ("非常满意", "very satisfied"),
    2: ("满意", "satisfied"),
    3: ("基本满意", "fairly satisfied"),
    4: ("不满意", "dissatisfied"),
    5: ("非常不满意", "very dissatisfied"),
}
HOMES: dict[str, Pair] = {
    "station": ("本站办结", "concluded here"),
    "district": ("区级办结", "concluded by the district"),
    "city": ("市级办结", "concluded by the city"),
}
PARTS: dict[str, Pair] = {
    "header": ("头部", "header"),
    "body": ("正文", "body"),
    "signature": ("签名", "signature"),
}
RELATIONS = cases.RELATIONS
ROLES: dict[str, Pair] = {"clerk": ("窗口人员", "clerk"), "admin": ("站点管理员", "administrator")}
FORMS, GRADES_OF_EVIDENCE = codes.FORMS, codes.GRADES

HANDLING: dict[str, Pair] = {
    "A": ("系统已核验，不用收原件", "checked by system; no original is needed"),
    "B": ("窗口核对原件", "compare with the original"),
    "C": ("先收照片或复印件，原件后核", "take a photo or copy; the original is checked later"),
    "D": ("申请人签字承诺即可", "the applicant's signed promise is enough"),
}
"""What a clerk does with a material of each grade of evidence."""
