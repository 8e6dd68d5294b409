"""Sentences about the people of nodes, as a hub lists and revokes them."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "clerks.unknown": (
        "节点 {node} 没有编号为 {actor} 的工作人员密钥，没有撤销。请用 tongban-hub clerk list 核对编号。",
        "Node {node} has named no key of a person with the id {actor}; nothing was revoked. Look the id up with"
        " tongban-hub clerk list.",
    ),
    "clerks.revoked_already": (
        "工作人员 {actor} 此前已被撤销，无需再次办理。",
        "{actor} was revoked before; there is nothing left to do.",
    ),
    "clerks.revoked": (
        "已撤销 {place} 的工作人员 {actor}。此前收到的业务照常有效；以后收到的暂不生效，请到“暂不生效”中逐件裁定。",
        "{actor} at {place} is revoked. What was received before stays good; what comes later is held: rule on it under"
        " Held records.",
    ),
    "clerks.none": (
        "本中心范围内还没有工作人员登记密钥。工作人员登录办理业务后会自动登记。",
        "Nobody in this hub's area has a key yet. It is named when a person logs in and does something.",
    ),
    "clerks.active": ("密钥有效。", "The key is good."),
    "clerks.ended": ("密钥已由所在站点停用。", "The node itself has ended the key."),
    "clerks.state_revoked": ("已被中心撤销。", "Revoked by a hub."),
}
