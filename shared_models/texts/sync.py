"""Sentences on sync, joining and the log."""

SENTENCES: dict[str, tuple[str, str]] = {
    "sync.not_admitted": (
        "本节点尚未接入，请先用上级中心发出的邀请执行 join；市级中心请先用 root admit 收下根密钥的签字。",
        "This node has not been admitted yet; run join with an invitation from its parent hub. A city hub takes in the"
        " answer of its root first, with root admit.",
    ),
    "sync.line_down": (
        "暂时连不上上级中心，业务照常办理，联网后自动补报。",
        "The parent hub cannot be reached; work goes on here and is delivered when the line is back.",
    ),
    "sync.parent_full": (
        "上级中心的磁盘已满，暂时不能接收；本机业务照常办理，上级清理后自动补报。请告知上级中心的管理员。",
        "The disk of the parent hub is full, so it takes nothing in; work goes on here and is delivered when there is"
        " room again. Please tell the hub's administrator.",
    ),
    "sync.busy": (
        "上级中心正忙，已请本机稍后再来；将于 {detail} 再次联系。业务照常办理，待上报的内容不会丢失，无需处理。",
        "The parent hub is busy and asked this node to come back; it will be asked again at {detail}. Work goes on"
        " here, what waits is safe, and nothing needs to be done.",
    ),
    "sync.parent_busy": (
        "上级中心正忙，或正在启动、停止，暂时没有接收；本机业务照常办理，稍后自动补报。",
        "The parent hub is busy, starting or stopping; work goes on here and is delivered in a while.",
    ),
    "sync.parent_behind_proxy": (
        "上级中心的网络入口有应答，但中心的程序没有应答；本机业务照常办理，恢复后自动补报。若持续出现，请告知上级中心的管理员。",
        "The parent hub's front door answers, but the hub behind it does not; work goes on here and is delivered when"
        " it is back. If this lasts, tell the hub's administrator.",
    ),
    "sync.parent_failed": (
        "上级中心出了内部错误，暂时没有接收；本机业务照常办理，系统会自动重试。若持续出现，请告知上级中心的管理员。",
        "The parent hub answers with an error of its own; work goes on here, and it will be asked again. If this lasts,"
        " tell the hub's administrator.",
    ),
    "sync.parent_answer": (
        "上级地址有应答，但不是政务服务中心的应答；本机业务照常办理。请检查上级地址和代理的设置。",
        "Something answers at the parent hub's address, but not as a hub does; work goes on here. Check the address and"
        " the proxy.",
    ),
    "sync.failed": (
        "与上级中心同步时出错，系统会自动重试；若持续出现，请联系管理员。",
        "Sync with the parent hub failed and will be tried again; tell the administrator if it persists.",
    ),
    "sync.damaged_record": (
        "本机数据库中有一条记录与签名时不符（{detail}），已停止上报。"
        "请联系管理员停止本机，用 restore --at 恢复到改动之前的时间。",
        "A record in this database is not what was signed ({detail}); delivery has stopped. Have this node stopped and"
        " a time before the change restored with restore --at.",
    ),
    "sync.unknown_node": (
        "记录的作者不在名册中，未予接收。请先接入该节点。",
        "The author of a record is not in the roster; it was not taken in. Admit the node first.",
    ),
    "sync.outside_grant": (
        "记录超出了作者的区划或权限，未予接收。请核对该节点的授权。",
        "A record goes beyond its author's area or rights; it was not taken in. Check the node's grant.",
    ),
    "sync.bad_signature": (
        "记录的签名不符，未予接收；该记录可能被改动，请用备份恢复原节点。",
        "A record's signature is not good; it was not taken in. It may have been changed: restore its node.",
    ),
    "sync.bad_body": (
        "记录的正文与签名的摘要不符，未予接收；请用备份恢复原节点。",
        "A record's body is not the one that was signed; it was not taken in. Restore its node from the replica.",
    ),
    "sync.not_a_record": (
        "收到的内容不是合格的记录，未予接收；请检查原节点的数据库。",
        "What came is not a well-formed record; it was not taken in. Check the database of its node.",
    ),
    "sync.gap": (
        "记录之前缺少前一条，未予接收；对方会从缺口处重新发送。",
        "The record before this one is missing; it was not taken in and will be sent again from the hole.",
    ),
    "sync.held": (
        "本站受理这件时已被吊销或超期暂停：记录已存，交到上级后也会收下保存，什么都不会丢；核实追认后才生效。请联系上级中心。",
        "This station was revoked, or had lapsed, when it took this in. The record is kept here and by the hub, nothing"
        " is lost, and it counts once it is ratified there. Please get in touch with the hub.",
    ),
    "sync.fork": (
        "同一位置出现两条不同的记录：后到的一条已收下，但暂不生效，待上级中心核实。本节点已换新实例继续工作，请管理员核查是否有人复制了本机。",
        "Two different records claim one position: the later one is kept, without effect until the parent hub has"
        " looked into it. This node goes on in a fresh incarnation; have an administrator see whether it was copied.",
    ),
    "sync.frame_form": ("收到的数据帧格式未知，请升级本机软件。", "A frame is of an unknown form; please upgrade."),
    "sync.frame_message": (
        "收到的数据帧内容无法识别，连接已断开，将自动重试。",
        "A frame's content cannot be read; the session was closed and will be opened again.",
    ),
    "sync.frame_bomb": (
        "收到的数据帧解压后超过上限，已拒收。",
        "A frame unpacks to more than the limit; it was refused.",
    ),
    "sync.frame_truncated": (
        "收到的数据帧不完整，连接已断开，将自动重试。",
        "A frame was cut short; the session was closed and will be opened again.",
    ),
    "sync.frame_damaged": (
        "收到的数据帧已损坏，连接已断开，将自动重试。",
        "A frame is damaged; the session was closed and will be opened again.",
    ),
    "sync.frame_size": ("数据帧超过大小上限，已拒收。", "A frame is over the size limit; it was refused."),
    "sync.answer_size": (
        "上级中心的回复超过大小上限，已拒收，将自动重试。",
        "The parent's answer is over the size limit; it was refused and will be asked again.",
    ),
    "sync.out_of_order": (
        "收到的报文不符合协议顺序，连接已断开，将自动重试。",
        "A message came out of order; the session was closed and will be opened again.",
    ),
    "sync.too_many_records": ("一次发送的记录过多，已拒收。", "Too many records in one message; they were refused."),
    "sync.session_unknown": (
        "会话已失效，系统会自动重新建立。",
        "The session is not known any more; a new one is opened by itself.",
    ),
    "sync.version": (
        "双方的协议版本不相容，请升级较旧的一方。",
        "The two sides share no protocol version; upgrade the older one.",
    ),
    "sync.moved": (
        "名册上本站已改接到另一个上级中心，这个中心不再与本站同步。记录都在，不会丢；如果这是旧的备份，请在本机执行"
        " tongban-station move，使用新的上级发出的邀请。",
        "By the roster this station belongs to another hub now, and this one no longer syncs with it. Nothing is lost;"
        " if this is an older copy of the station, run tongban-station move with an invitation of its new hub.",
    ),
    "sync.not_a_child": (
        "本中心没有接入这个节点，拒绝同步。请先用邀请接入。",
        "This hub has not admitted that node and does not sync with it. Join with an invitation first.",
    ),
    "sync.not_proven": (
        "对方未能证明自己的身份，会话未建立。请检查节点密钥。",
        "The other side did not prove who it is; no session was opened. Check the node key.",
    ),
    "sync.not_the_parent": (
        "对方不是邀请中写明的上级中心，已停止连接。请核对地址。",
        "The other side is not the parent named in the invitation; nothing was sent. Check the address.",
    ),
    "sync.bad_receipt": (
        "上级中心的回执签名不符，未予采信，将自动重试。",
        "A receipt of the parent is not good; it was not believed and will be asked again.",
    ),
    "sync.bad_answer": (
        "对方的答复无法识别，请稍后重试或联系管理员。",
        "The answer cannot be understood; try again later or tell the administrator.",
    ),
    "sync.attachment_size": (
        "附件大小须在 1 字节到 {most} MB 之间，请压缩后重新上传。",
        "An attachment has between 1 byte and {most} MB; make it smaller and upload it again.",
    ),
    "sync.attachment_piece": (
        "附件分片与已收部分不相接，将从断点重新发送。",
        "A piece of an attachment does not follow what is held; it is sent again from there.",
    ),
    "sync.attachment_name": ("附件编号格式不对，未找到附件。", "That is no name of an attachment; nothing was found."),
    "sync.invitation_malformed": (
        "邀请码不完整或已损坏，请向上级中心重新索取。",
        "The invitation is incomplete or damaged; ask the parent hub for a new one.",
    ),
    "sync.invitation_unknown": (
        "上级中心没有发出过这个邀请，未予接入。请重新索取邀请。",
        "The parent hub did not give this invitation; the node was not admitted. Ask for a new one.",
    ),
    "sync.invitation_used": (
        "这个邀请已经用过，每个邀请只能接入一个节点。请重新索取。",
        "This invitation was used already; each admits one node. Ask for a new one.",
    ),
    "sync.invitation_expired": (
        "邀请已过期，请向上级中心重新索取。",
        "The invitation has expired; ask the parent hub for a new one.",
    ),
    "sync.invitation_forged": (
        "邀请与上级中心的记录不符，可能被改动过，或者不是该地址上的中心发出的，未予接入。请向上级中心重新索取。",
        "The invitation is not what the hub has on record: it was changed, or another hub gave it; the node was not"
        " admitted. Ask the parent hub for a new one.",
    ),
    "sync.invitation_for_hub": (
        "这是给下级中心的邀请，不能接入站点；邀请没有用掉。请换用给站点的邀请，或改用 tongban-hub 接入。",
        "This invitation is for a hub, not for a station, and was not used up. Take one for a station, or join with"
        " tongban-hub.",
    ),
    "sync.invitation_for_station": (
        "这是给站点的邀请，不能接入中心；邀请没有用掉。请换用给下级中心的邀请，或改用 tongban-station 接入。",
        "This invitation is for a station, not for a hub, and was not used up. Take one for a hub, or join with"
        " tongban-station.",
    ),
    "sync.invitation_outside": (
        "邀请的区划 {area} 不在本中心的区划之内，不能发出。",
        "Area {area} of the invitation is not inside this hub's area; it cannot be given.",
    ),
    "sync.not_initialised": (
        "这个数据目录还没有初始化，请先执行 init。",
        "This data folder has not been set up; run init first.",
    ),
    "sync.already_joined": (
        "本节点已经接入，不需要再次执行 join。",
        "This node has been admitted already; there is no need to join again.",
    ),
}
