"""Sentences on versions of the protocol, and on kinds of records that only a newer version knows."""

SENTENCES: dict[str, tuple[str, str]] = {
    "versions.node_too_old": (
        "本机的软件版本太旧，上级中心已不再支持，暂不能同步。业务照常办理，记录不会丢；请升级本机软件，升级后会自动补报。",
        "The software of this node is too old for its hub, so they do not sync. Work goes on and nothing is lost;"
        " update the software of this node, and what waits is delivered by itself.",
    ),
    "versions.parent_too_old": (
        "上级中心的软件版本太旧，与本机没有共同的协议版本，暂不能同步。业务照常办理，记录不会丢；请告知上级中心升级软件。",
        "The software of the hub is too old for this node, so they do not sync. Work goes on and nothing is lost; tell"
        " the hub to update its software.",
    ),
    "versions.lowered": (
        "本机与上级中心约定的协议版本在途中被人改低，连接已放弃，会自动重试。如果反复出现，请检查网络和代理。",
        "Somebody on the way lowered the protocol version that this node and its hub would speak; the connection was"
        " given up and is tried again. If this goes on, look into the network and its proxies.",
    ),
    "versions.frozen_cases": (
        "有 {cases} 个办件含有本机软件还不认识的重要记录，只能查看。请升级本机软件。",
        "{cases} cases hold an important record that this software does not know and are read-only. Update it.",
    ),
}
