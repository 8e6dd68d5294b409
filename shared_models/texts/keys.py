"""Sentences about the life of nodes' keys."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "keys.rotated": (
        "节点 {node} 已换用新密钥 {key}，名称不变，业务照常。请按《运行和维护》重新备份密钥文件。",
        "Node {node} has taken another key, {key}. Its name stays, and work goes on. Copy its sealed keys again, as"
        " docs/operations.md says.",
    ),
    # ------------------------------------------------------------ what is said of this node itself
    "keys.own_lapsed": (
        "本节点“{name}”已超期暂停：新写的记录已留存、待核，暂不生效，什么都不会丢。请联网或用U盘送交，并请上级中心核实后执行续期。",
        "This node, {name}, has lapsed: what it writes is kept and waits for a ruling, without effect; nothing is lost."
        " Connect it or send a stick, and ask the hub above to renew it.",
    ),
    "keys.own_over": (
        "本节点已 {days} 天没有与上级中心联系，超过允许的 {most} 天：上级可能已将它暂停，此后写的记录要等核实。"
        "请尽快联网或用U盘送交，并请上级中心续期。",
        "This node has not been in contact with its hub for {days} days, longer than the {most} that it may: the hub"
        " may have suspended it, and what it writes may wait for a ruling. Connect it or send a stick, and ask the hub"
        " to renew it.",
    ),
    "keys.own_soon": (
        "本节点已 {days} 天没有与上级中心联系，再过 {left} 天将超期暂停。请联网，或用U盘送交，或请上级中心续期。",
        "This node has not been in contact with its hub for {days} days; it lapses in {left}. Connect it, send a stick,"
        " or ask the hub to renew it.",
    ),
    "keys.own_heard": (
        "与上级中心的联系在期限内：还可离线 {left} 天。",
        "Contact with the hub is in time: this node may stay offline for {left} more days.",
    ),
    "keys.key_over": (
        "本节点的密钥已用 {days} 天，超过规定的 {most} 天，且没有自动更换。请在本机执行 rotate-key，"
        "然后联网或用U盘送交。",
        "The key of this node has been in use for {days} days, longer than the {most} that it may, and was not changed"
        " by itself. Run rotate-key on this machine, then connect it or send a stick.",
    ),
    "keys.key_soon": (
        "本节点的密钥再过 {left} 天到期。它会自动更换；上一次更换还没有被上级签收时须先联网或用U盘送交。",
        "The key of this node ends in {left} days. It is changed by itself; where the hub has not acknowledged the last"
        " change yet, connect this node or send a stick first.",
    ),
    "keys.key_good": (
        "本节点的密钥已用 {days} 天，还可用 {left} 天，到期前自动更换。",
        "The key of this node has been in use for {days} days and is good for {left} more; it is changed by itself"
        " before that.",
    ),
    # ------------------------------------------------------------ what a hub says of the nodes below it
    "keys.child_lapsed": (
        "“{name}”（{area}，{node}）已超期暂停，送来的记录留存待核。请核实该站，然后在“站点”页或用 node renew 续期。",
        "{name} ({area}, {node}) has lapsed; what it sends is kept and waits for a ruling. Look into it, then renew it"
        " on the page of nodes or with node renew.",
    ),
    "keys.child_due": (
        "“{name}”（{area}，{node}）已到暂停期限，但同时到期的节点太多，没有自动暂停。请先查本中心的线路；确实停用的，在“站点”页或用"
        " node lapse 暂停，其余的续期。",
        "The time of {name} ({area}, {node}) is over, but too many nodes are due at once, so it did not lapse by"
        " itself. Check this hub's own line first; then let it lapse on the page of nodes or with node lapse, or renew"
        " it.",
    ),
    "keys.child_soon": (
        "“{name}”（{area}，{node}）再过 {left} 天没有联系将超期暂停。请催该站联网或送U盘；确知原因的，可先续期。",
        "{name} ({area}, {node}) lapses in {left} days unless it is heard. Ask the place to connect or to send a stick;"
        " renew it where you know the reason.",
    ),
    "keys.child_key_over": (
        "“{name}”（{area}，{node}）的密钥已过规定期限，没有更换；再联系七天仍不更换将暂停。请在该站执行 rotate-key。",
        "The key of {name} ({area}, {node}) is past its end and was not changed; after seven more days of contact the"
        " node lapses. Run rotate-key there.",
    ),
    "keys.child_key_soon": (
        "“{name}”（{area}，{node}）的密钥再过 {left} 天到期，还没有自动更换。请查该站，必要时在该站执行 rotate-key。",
        "The key of {name} ({area}, {node}) ends in {left} days and was not changed by itself yet. Look at that node;"
        " run rotate-key there if need be.",
    ),
    "keys.children_good": (
        "下级节点的联系和密钥都在期限内（{children} 个）。",
        "Contact and keys of the nodes below are in time ({children}).",
    ),
    # ------------------------------------------------------------ what a person does about it
    "keys.renewed": (
        "“{name}”已续期：从现在起它送来的记录生效，期限重新计算。暂停期间送来的 {held} 条仍待核。",
        "{name} is renewed: what it delivers from now on counts, and its time begins anew. {held} records that came"
        " meanwhile still wait for a ruling.",
    ),
    "keys.lapsed": (
        "“{name}”已暂停：此后送来的记录留存待核。续期后恢复。",
        "{name} has lapsed: what it delivers from now on is kept and waits for a ruling, until it is renewed.",
    ),
    "keys.node_renewed": (
        "该节点已续期：从现在起它送来的记录生效，期限重新计算。暂停期间送来的仍在“待核记录”。",
        "The node is renewed: what it delivers from now on counts, and its time begins anew. What came meanwhile still"
        " waits on the page of held records.",
    ),
    "keys.node_lapsed": (
        "该节点已暂停：此后送来的记录留存待核，续期后恢复。",
        "The node has lapsed: what it delivers from now on waits for a ruling, until it is renewed.",
    ),
    "keys.terms_set": (
        "“{name}”的期限已改为：可离线 {offline_days} 天，密钥使用 {key_days} 天。",
        "{name} may now be offline for {offline_days} days and use a key for {key_days} days.",
    ),
    "keys.lapsed_already": (
        "“{name}”已经暂停，不用再办。核实后可以续期。",
        "{name} has lapsed already; nothing was done. Renew it once you have looked into it.",
    ),
    "keys.not_lapsed": (
        "“{name}”没有暂停，也不由本中心直接联系，不用续期。请由它的上级中心办理。",
        "{name} has not lapsed and does not deliver to this hub, so there is nothing to renew here. Ask its own hub.",
    ),
    "keys.not_due": (
        "“{name}”还没有到期，不能暂停。密钥外泄的请吊销该节点。",
        "The time of {name} is not over, so it cannot lapse. Revoke it where its key got out.",
    ),
    "keys.days_outside": (
        "天数须在 {least} 到 {most} 之间，没有更改。请重新填写。",
        "A number of days lies between {least} and {most}; nothing was changed. Please give another one.",
    ),
}
