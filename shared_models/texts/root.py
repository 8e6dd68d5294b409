"""Sentences about the city's root key and its ceremony."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # what is asked of the root, shown before it signs
    "root.asked_admit": (
        "接纳“{name}”为城市 {city} 的市级中心，节点 {node}。它可以接纳和吊销全市的区级中心和站点，发布目录和工作日历。"
        "请与中心屏幕上显示的节点名逐字核对。",
        "Admit “{name}” as the hub of the city {city}, node {node}. It may admit and revoke every district and"
        " station of"
        " the city, and publish catalogue and calendar. Compare the node's name with the one that the hub showed.",
    ),
    "root.asked_revoke": (
        "吊销城市 {city} 的市级中心“{name}”，节点 {node}。它最后一段记录中第 {seq} 条以后的内容不再生效。"
        "吊销不能撤回。",
        "Revoke “{name}”, hub of the city {city}, node {node}. What it wrote behind record {seq} of its last chain"
        " has no"
        " effect. This cannot be undone.",
    ),
    # what was done
    "root.created": (
        "根密钥已生成，保存在 {path}，名称 {root}。请把名称抄在纸上，把文件复制两份，分别离线保管；口令另处保管。",
        "The root key was made and rests in {path}. Its name is {root}: write it down. Keep two copies of the file"
        " offline, in two places, and the passphrase in a third.",
    ),
    "root.requested": (
        "“{name}”的申请已写入 {path}，节点 {node}。请抄下节点名，把文件带到保管根密钥的机器上，"
        "用 tongban-hub root sign 签字，再用 root admit 带回。",
        "The request about “{name}” is in {path}, node {node}. Write the node's name down, carry the file to the"
        " machine"
        " that has the root key, sign it there with tongban-hub root sign, and bring the answer back with root admit.",
    ),
    "root.signed": (
        "已用根密钥 {root} 签字，结果在 {path}。请带回中心，用 tongban-hub root admit 收下。",
        "Signed with the root key {root}; the answer is in {path}. Carry it back to the hub: tongban-hub root admit.",
    ),
    "root.admitted_first": (
        "市级中心“{name}”（节点 {node}）已由根密钥 {root} 接纳，可以启动。请核对根密钥名称与签字时抄下的一致。",
        "The city hub “{name}” (node {node}) is admitted by the root key {root} and may start. Compare the root's name"
        " with the one that was written down when it was made.",
    ),
    "root.admitted": (
        "根密钥 {root} 的记录 {kind} 已收下，涉及“{name}”（节点 {node}）。",
        "The record {kind} of the root key {root} was taken in; it is about “{name}” (node {node}).",
    ),
    "root.exported": (
        "根密钥 {root} 已写入 {path}，并已从数据目录删除。此前的备份里仍有它：请销毁那些备份，"
        "或连同存储密钥一起妥善保管。",
        "The root key {root} is in {path} and no longer in the data folder. Backups made before still hold it: destroy"
        " them, or guard them together with the storage key.",
    ),
    # refusals
    "root.not_a_request": (
        "这不是给根密钥的申请文件，没有签字。请用 tongban-hub init --root-request 或 root request 重新生成。",
        "This is no request to the root, and nothing was signed. Make it anew with tongban-hub init --root-request or"
        " root"
        " request.",
    ),
    "root.request_changed": (
        "申请文件在途中被改动过，没有签字。请在中心重新生成，并查明是谁改的。",
        "The request was changed on its way, and nothing was signed. Make it anew at the hub, and find out who"
        " changed it.",
    ),
    "root.other_root": (
        "这座城市的根密钥是 {asked}，而这把是 {root}，没有改动。请使用正确的根密钥。",
        "The root key of this city is {asked}, and this one is {root}. Nothing was changed; use the right one.",
    ),
    "root.not_an_answer": (
        "这不是根密钥的签字结果，没有改动。请带回 tongban-hub root sign 写出的文件。",
        "This is no answer of the root, and nothing was changed. Bring the file that tongban-hub root sign wrote.",
    ),
    "root.answer_changed": (
        "签字结果在途中被改动过，没有收下。请重新带回，并查明是谁改的。",
        "The answer was changed on its way and was not taken in. Bring it again, and find out who changed it.",
    ),
    "root.answer_for_another": (
        "这份签字结果接纳的不是本中心，没有收下。请带回针对本中心申请的那一份。",
        "This answer does not admit this hub and was not taken in. Bring the one to the request of this hub.",
    ),
    "root.only_the_city": (
        "只有市级中心才能向根密钥提出申请，所涉及的也只能是市级中心。",
        "Only a city hub asks the root, and only about a city hub.",
    ),
    "root.file_exists": (
        "文件 {path} 已存在，没有覆盖。请换一个文件名。",
        "The file {path} exists and was not overwritten. Choose another name.",
    ),
    "root.not_a_key": (
        "{path} 不是根密钥文件，或者已损坏。请换另一份副本。",
        "{path} is no root key file, or it is damaged. Take the other copy.",
    ),
    "root.wrong_passphrase": (
        "口令不对，打不开根密钥 {path}，没有签字。请重试；如文件损坏，请换另一份副本。",
        "The passphrase does not open the root key {path}, and nothing was signed. Try again; take the other copy if"
        " the"
        " file is damaged.",
    ),
    "root.passphrase_missing": (
        "没有输入根密钥口令，没有改动。请重新执行并输入，或用 --root-passphrase-file 指定文件。",
        "The passphrase of the root key was not given, and nothing was changed. Run again and type it, or name a file"
        " with"
        " --root-passphrase-file.",
    ),
    "root.not_signed": (
        "没有签字。",
        "Nothing was signed.",
    ),
    "root.not_here": (
        "{path} 里没有根密钥：它已被取走，或者从未放在这里。",
        "There is no root key in {path}: it was taken away, or never lay there.",
    ),
}
