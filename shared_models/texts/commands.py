"""Sentences of the command lines that a station and a hub share."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "commands.unreachable": (
        "连不上对方节点，这次没有办成。请确认对方正在运行、网络可用后再试。",
        "The other node cannot be reached and nothing was done. Make sure that it runs and that the line is up, then"
        " try again.",
    ),
    "commands.protocol": (
        "对方节点的答复无法识别，这次没有办成。请确认地址属于通办节点，且两边的版本相近。",
        "The answer of the other node cannot be understood and nothing was done. Make sure that the address is that of"
        " a Tongban node of a similar version.",
    ),
    "commands.operator_refused": (
        "正在运行的节点没有接受这条命令的口令。请稍候再试；如果仍不行，请重新启动该节点。",
        "The running node did not accept this command's token. Try again in a moment; if that does not help, restart"
        " the node.",
    ),
    "commands.operator_unknown": (
        "正在运行的节点不认识命令“{verb}”。请升级后重新启动该节点，再执行一次。",
        "The running node does not know the command “{verb}”. Upgrade and restart the node, then try again.",
    ),
    "commands.request_malformed": (
        "命令的内容不完整或格式不对，没有执行。请用同一版本的程序重试。",
        "What the command asked for is incomplete or malformed, and nothing was done. Use a program of the same"
        " version.",
    ),
    "commands.passphrase_empty": (
        "口令文件 {path} 是空的。请写入口令后再试。",
        "The passphrase file {path} is empty. Write the passphrase into it and try again.",
    ),
    "commands.file_unreadable": (
        "读不出文件 {path}。请检查路径和权限后再试。",
        "The file {path} cannot be read. Check its path and permissions and try again.",
    ),
    "commands.file_too_large": (
        "文件 {path} 超过 {megabytes} MB，没有读取。请确认选对了文件。",
        "The file {path} is larger than {megabytes} MB and was not read. Make sure that it is the right file.",
    ),
    "commands.invitation_missing": (
        "没有给出邀请。请把邀请文字写在命令后面，或用 --file 指定邀请文件。",
        "No invitation was given. Write its text after the command, or name its file with --file.",
    ),
    "commands.initialised": (
        "数据目录 {path} 已初始化，地址 {address}。下一步：用上级中心发出的邀请执行 join。",
        "The data folder {path} is set up; the address is {address}. Next: run join with an invitation from the parent"
        " hub.",
    ),
    "commands.joined": (
        "“{name}”（{area}）已接入，上级中心是 {address}。",
        "“{name}” ({area}) has joined; its parent hub is {address}.",
    ),
    "commands.running": (
        "“{name}”（{area}）正在 {address} 提供服务。",
        "“{name}” ({area}) is serving on {address}.",
    ),
    "commands.damage": (
        "第 {position} 条记录（{id}）与签名时不符：{what} 被改动过。它不会上报。"
        "请停止本节点，用 restore --at 恢复到改动之前的时间。",
        "Record {position} ({id}) is not what was signed: its {what} was changed. It is not delivered. Stop the node,"
        " and restore a time before the change with restore --at.",
    ),
    "commands.restored_files": (
        "同时从副本目录取回了 {files} 个附件。",
        "{files} attachments came back from beside the replicas as well.",
    ),
    "commands.restored": (
        "数据库已从副本 {generation} 恢复到 {copied}（北京时间）的状态（{bytes} 字节）。启动后会从上级取回此后的记录。",
        "The database is restored from replica {generation}, as copied at {copied} UTC+8 ({bytes} bytes). After the"
        " start, what is newer comes back from the parent.",
    ),
    "commands.restored_sound": (
        "恢复的数据库文件完整，{records} 条记录都与签名时一致。",
        "The restored database file is whole, and all {records} records are what was signed.",
    ),
    "commands.restored_damaged": (
        "恢复的数据库文件完整，但有 {count} 处与签名时不符，请不要启动。"
        "请用 restore --replace --at 恢复到改动之前的时间；没有更早的副本时，启动后损坏的记录也不会上报。",
        "The restored database file is whole, but {count} findings say that it is not what was signed. Do not start it:"
        " restore a time before the change with restore --replace --at. Where no earlier copy is left, what is damaged"
        " is not delivered after a start either.",
    ),
    "commands.restored_unchecked": (
        "恢复的数据库文件完整，但记录没有与签名核对：{reason}",
        "The restored database file is whole, but its records were not compared with what was signed: {reason}",
    ),
    "commands.restore_skipped": (
        "副本 {generation} 没有恢复成功：{reason}。已改用较早的一份。",
        "Replica {generation} could not be restored: {reason}. An older one was used.",
    ),
    "commands.account_added": (
        "已添加账号“{login}”（{name}）。",
        "The account “{login}” ({name}) has been added.",
    ),
    "commands.account_password": (
        "账号“{login}”（{name}）的密码已重置，已有的登录全部退出，锁定已解除。",
        "The account “{login}” ({name}) has a new password; it is logged out everywhere and not locked any more.",
    ),
    "commands.account_roles": (
        "账号“{login}”（{name}）的角色现在是 {roles}，请本人重新登录。",
        "The account “{login}” ({name}) now has the roles {roles}; the person logs in again.",
    ),
    "commands.account_disabled": (
        "账号“{login}”（{name}）已停用，已有的登录全部退出。",
        "The account “{login}” ({name}) is disabled and logged out everywhere.",
    ),
    "commands.account_enabled": (
        "账号“{login}”（{name}）已恢复，可以登录。",
        "The account “{login}” ({name}) is enabled and may log in.",
    ),
    "commands.account_none": (
        "这里还没有账号。请用 account add 添加。",
        "There are no accounts yet. Make one with account add.",
    ),
    "commands.account_state_active": ("可以登录。", "May log in."),
    "commands.account_state_revoked": ("已被上级中心撤销。", "Revoked by a hub above."),
    "commands.account_state_disabled": ("已停用。", "Disabled."),
    "commands.account_state_locked": (
        "多次输错，暂停登录；可用 account password 重置。",
        "Locked after wrong passwords; account password lifts it.",
    ),
    "commands.password_generated": (
        "新密码是 {password} ，只显示这一次。请当面告知本人，并请其登录后自行更改。",
        "The new password is {password} and is shown this once. Tell the person face to face, to be changed after"
        " logging in.",
    ),
    "commands.password_missing": (
        "没有给出密码，没有执行。请在终端中输入，或使用 --password-file、--password-stdin、--generate 之一。",
        "No password was given and nothing was done. Type it at a terminal, or use one of --password-file,"
        " --password-stdin, --generate.",
    ),
    "commands.password_ways": (
        "给出密码的方式多于一种，没有执行。请只用 --password-file、--password-stdin、--generate 之一。",
        "The password was given in more than one way and nothing was done. Use one of --password-file,"
        " --password-stdin, --generate.",
    ),
}
