"""Sentences on the log of receipts: what the witness cosigned, what a hub owes, and a hub that contradicted itself."""

SENTENCES: dict[str, tuple[str, str]] = {
    "witness.not_proven": (
        "节点 {node} 提交的矛盾证据不成立，未予采信。证据本身错误或被改动，请核查该节点。",
        "What node {node} handed in as a proof against a hub proves nothing, and accuses nobody: it is wrong, or was"
        " changed. Have a look at that node.",
    ),
    "witness.log_damaged": (
        "本中心的签收日志与其根值不符，可能是磁盘损坏，已停止送市级见证。业务照常；"
        "请停止本中心，用 restore --at 恢复到损坏之前的时间。",
        "The log of receipts of this hub does not have the root that it was given, probably by a failing disk; it is no"
        " longer shown to the witness. Work goes on; stop this hub and restore a time before the damage with restore"
        " --at.",
    ),
    "witness.bad_answer": (
        "见证方的回答没有有效签名，未予采信；系统会再次送请见证。若持续出现，请检查线路并告知市级管理员。",
        "The witness's answer is not signed as it should be and was not believed; the log will be shown to it again. If"
        " this lasts, have the line checked and tell the city's administrator.",
    ),
    "witness.bad_checkpoint": (
        "送来的签收日志检查点没有有效签名，或不是本中心见证过的，未予见证；对方会再次送来。若持续出现，请核查该中心。",
        "A checkpoint of a log of receipts is not signed as it should be, or goes on from what was never cosigned here;"
        " it was not cosigned and will be shown again. If this lasts, have that hub looked at.",
    ),
    "witness.contradiction": (
        "该中心签名的两份签收日志互相矛盾，未予见证，双方签名已存为证据。请立即核查该中心，并在查清前以各站自存的回执为准。",
        "Two statements about its log of receipts under that hub's own signature contradict each other; it was not"
        " cosigned, and both are kept as proof. Have that hub examined at once; until then go by the receipts that the"
        " stations hold.",
    ),
    "witness.epoch_over": (
        "该中心接着一段已经结束的签收日志送请见证，未予见证；可能有两台机器用同一数据运行。请核查该中心是否被复制。",
        "That hub goes on with a part of its log of receipts that is over; it was not cosigned. Two machines may run on"
        " the same data: find out whether the hub was copied.",
    ),
    "witness.witnessed": (
        "上级给的回执已由市级见证 {receipts} 份，见证到上级签收日志第 {leaves} 项。",
        "{receipts} receipts of the hub are witnessed by the city, which cosigned {leaves} leaves of the hub's log.",
    ),
    "witness.nobody_above": (
        "上级之上没有见证方，回执只凭上级自己的签名。",
        "No hub stands above the parent, so nobody witnesses its receipts: they rest on its own signature.",
    ),
    "witness.waiting": (
        "上级给的回执有 {receipts} 份尚未见证，最早的已等 {days} 天。请询问上级中心与市级的连接，业务照常。",
        "{receipts} receipts of the hub are not witnessed yet, the oldest for {days} days. Ask how that hub's line to"
        " the city is; work goes on.",
    ),
    "witness.owed": (
        "上级给的回执有 {receipts} 份按见证记录应在其日志中，但上级没有出示，最早的在 {days} 天前。"
        "请保留本机数据并报告市级管理员。",
        "{receipts} receipts must be in the log that the city cosigned, but the hub does not show them, the oldest for"
        " {days} days. Keep this node's data and report it to the city's administrator.",
    ),
    "witness.lost": (
        "上级从备份恢复后丢失了 {receipts} 份回执，最早的在 {days} 天前；系统会重新上报并取得新回执，之后自动结清。",
        "The hub came back from a copy that lacks {receipts} receipts, the oldest for {days} days; what they cover is"
        " delivered again, and they are settled by the next receipts.",
    ),
    "witness.proof": (
        "{name}（{node}）自相矛盾：{kind}，由 {found_by} 发现，证据经签名核实。"
        "请市级立即核查该中心；证据可用 witness --proofs 导出。",
        "{name} ({node}) contradicted itself: {kind}, found by {found_by}, and the proof holds. Have that hub examined"
        " at once; the proof can be written to a file with witness --proofs.",
    ),
    "witness.own_ok": (
        "本中心的签收日志有 {size} 项，市级见证到第 {cosigned} 项。",
        "This hub's log of receipts has {size} leaves, of which the city has cosigned {cosigned}.",
    ),
    "witness.below_ok": (
        "下级 {name} 的签收日志已见证到第 {size} 项。",
        "The log of receipts of {name} is cosigned up to {size} leaves.",
    ),
    "witness.below_lost": (
        "下级 {name} 从备份恢复过：见证过 {size} 项，只接着第 {kept} 项继续。"
        "其间的回执由各站重新上报后补发，请留意 {name} 的站点是否都已结清。",
        "{name} came back from a copy: {size} leaves were cosigned, and it goes on from {kept}. Its children deliver"
        " again what the lost receipts covered; see that all of them are settled.",
    ),
    "witness.below_refused": (
        "下级 {name}（{node}）的签收日志未予见证（{reason}）。请核查该中心；在查清前以各站自存的回执为准。",
        "The log of receipts of {name} ({node}) was not cosigned ({reason}). Have that hub looked at; until then go by"
        " the receipts that the stations hold.",
    ),
    "witness.written": (
        "写出了 {proofs} 份证据，在 {path}；任何人凭文件中的公钥即可核验。",
        "{proofs} proofs were written into {path}; anybody can check them with the key that stands in each file.",
    ),
    "witness.below_never": (
        "下级 {name} 的签收日志还没有送来见证。",
        "The log of receipts of {name} has not been shown for cosigning yet.",
    ),
}
