"""Sentences about the keys of people, and the mandates under which they act."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "mandates.malformed": (
        "节点 {node} 关于工作人员密钥的记录内容不完整，没有接收。请联系该节点的管理员更新程序。",
        "A record of node {node} about the key of one of its people is incomplete and was not taken in. Ask its"
        " administrator to update the program.",
    ),
    "mandates.not_proven": (
        "节点 {node} 以工作人员 {actor} 的名义提交的授权没有本人密钥的签字，没有接收。请查明是谁在使用该节点。",
        "A mandate that node {node} brought in the name of {actor} is not signed by that person's key and was not taken"
        " in. Find out who is using that node.",
    ),
    "mandates.not_seated": (
        "本次登录不能证明是您本人在办理，没有办理任何事项。请退出后重新登录，再办一次。",
        "This login does not prove that it is you, and nothing was done. Log out, log in again, and repeat it.",
    ),
    "mandates.held": (
        "本件中有上级中心撤销资格的工作人员办理的内容，暂不生效，等待上级中心裁定；材料都已保留。",
        "Somebody acted on this case whose right a hub above has ended. That has no effect until the hub rules on it;"
        " nothing of it is lost.",
    ),
    "mandates.revoked": (
        "上级中心已撤销您的办理资格，没有办理任何事项。如有疑问，请联系上级中心。",
        "A hub above has ended your right to act, and nothing was done. If you think this is wrong, ask that hub.",
    ),
}
