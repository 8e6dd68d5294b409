"""Sentences on who may write what."""

SENTENCES: dict[str, tuple[str, str]] = {
    "roster.unknown_node": (
        "名册中没有节点 {node}，它写的记录不予接收。请先由上级中心发出邀请并接入。",
        "Node {node} is not in the roster; what it writes is not taken in. Let its parent hub invite and admit it.",
    ),
    "roster.outside_grant": (
        "节点 {node} 的区划 {area} 或权限超出了授权单位的范围，未予接入。请由有权的中心办理。",
        "Area {area} or the rights of node {node} go beyond what its grantor holds. Ask the hub that is entitled.",
    ),
    "roster.key_mismatch": (
        "节点 {node} 的名称与其公钥不符，未予接入。请在该节点上重新执行接入。",
        "The name of node {node} does not belong to its key; it was not admitted. Join again on that node.",
    ),
    "roster.not_up_to_date": (
        "节点 {node} 现在不能换密钥：它已吊销，或者还没有从上级取回自己最近的记录。请先恢复联网，再试。",
        "The key of node {node} cannot be changed now: it is revoked, or has not got its own last records back from the"
        " hub above. Connect it and try again.",
    ),
    "roster.rekey_not_proven": (
        "节点 {node} 的新密钥没有自己的签字证明，没有采用。请在该节点重新执行 rotate-key。",
        "The new key of node {node} does not prove itself and was not taken. Run rotate-key at that node again.",
    ),
    "roster.rekey_used": (
        "节点 {node} 的新密钥已经用过，没有采用。请在该节点重新执行 rotate-key。",
        "The new key of node {node} was in use before and was not taken. Run rotate-key at that node again.",
    ),
    "roster.revoked": (
        "节点 {node} 已被吊销，不能再次接入。请用新密钥重新建立节点。",
        "Node {node} is revoked and cannot be admitted again. Set the node up anew with a new key.",
    ),
    "roster.issuer_revoked": (
        "“{name}”出具核验信息的资格已被吊销，不能再次启用。请为该部门建立新的密钥。",
        "The right of {name} to issue attestations is revoked and cannot be given again. Make a new key for it.",
    ),
    "roster.not_the_grantor": (
        "“{name}”的出具资格由另一个中心授予，本中心不能更改。请由授予的中心或其上级办理。",
        "Another hub admitted {name} as an issuer, and this one cannot change that. Ask that hub, or one above it.",
    ),
    "roster.malformed": (
        "名册记录的内容不完整，未予采用。请联系市级管理员。",
        "A roster record is incomplete and was not applied. Please tell the city administrator.",
    ),
}
