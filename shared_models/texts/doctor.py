"""What the doctor of a station or a hub finds."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ------------------------------------------------------------ every node
    "doctor.sqlite_ok": ("SQLite {version}，版本合适。", "SQLite {version} is new enough."),
    "doctor.integrity": (
        "数据库文件不完整：{problem}。请停止本节点，保留这个文件，并从副本恢复（restore）。",
        "The database file is not whole: {problem}. Stop the node, keep the file, and restore from the replica.",
    ),
    "doctor.integrity_ok": ("数据库文件完整。", "The database file is whole."),
    "doctor.damaged": (
        "第 {position} 号记录（{id}）与签名时不符：{what} 被改动过。"
        "请停止本节点，用 restore --at 恢复到改动之前的时间。",
        "Record {position} ({id}) is not what was signed: its {what} was changed. Stop the node, and restore a time"
        " before the change with restore --at.",
    ),
    "doctor.log_ok": (
        "全部 {records} 条记录都与签名时一致。",
        "All {records} records are what was signed.",
    ),
    "doctor.chain": (
        "本节点 {incarnation} 的记录在第 {seq} 条处不相接。请停止本节点，并从副本恢复数据库（restore）。",
        "This node's records of {incarnation} do not join at number {seq}. Stop it and restore the database from its"
        " replica.",
    ),
    "doctor.chain_ok": (
        "本节点的记录前后相接（共 {incarnations} 次运行）。",
        "This node's records join without a hole ({incarnations} incarnations).",
    ),
    "doctor.erasing": (
        "有 {orders} 份删除令在本节点还没有执行完。请保持运行；若一直如此，请重新启动本节点。",
        "{orders} orders of erasure are not carried out here yet. Keep the node running; restart it if this stays.",
    ),
    "doctor.erasing_ok": ("没有待执行的删除令。", "No order of erasure waits to be carried out."),
    "doctor.erasure_open": (
        "{subject} 的删除令签发 {days} 天，仍有节点没有确认：{names}。请与它们联系。",
        "The order to erase {subject} is {days} days old and not confirmed by {names}. Ask them.",
    ),
    "doctor.erasures_ok": ("没有逾期未确认的删除令。", "No order of erasure is overdue."),
    "doctor.no_receipt": (
        "上级还没有签收过任何记录，等待上报 {waiting} 条。请确认本节点能联网。",
        "The hub has not signed for anything yet; {waiting} records wait. Make sure that the line works.",
    ),
    "doctor.receipt": (
        "上级的签收（到第 {journal} 条）与本机的记录不符。本节点联网后会与上级对齐；若反复出现，请告知上级管理员。",
        "The hub's receipt (up to number {journal}) does not fit the journal here. The two set themselves right once"
        " the line is up; if this repeats, tell the hub's administrator.",
    ),
    "doctor.receipts_ok": (
        "上级已签收到第 {journal} 条，等待上报 {waiting} 条。",
        "The hub has signed up to number {journal}; {waiting} records wait.",
    ),
    "doctor.aside": (
        "第 {position} 号记录（{subject}）不能识别，已单独存放：{reason}。请告知管理员。",
        "Record {position} ({subject}) cannot be understood and is set aside: {reason}. Tell the administrator.",
    ),
    "doctor.person_revoked": (
        "上级中心已撤销本机工作人员 {login}（编号 {actor}）的办理资格，该账号不能再登录。请停用该账号，并告知本人。",
        "A hub above has revoked {login} (id {actor}), who cannot log in here any more. Disable the account, and tell"
        " the person.",
    ),
    "doctor.person_doubted": (
        "有 {cases} 件业务中含被撤销人员办理的内容，暂不生效，等待上级中心裁定。请向上级中心说明情况。",
        "{cases} cases hold what a revoked person did here. It has no effect until the hub rules on it: tell the hub"
        " what it was.",
    ),
    "doctor.key_not_ended": (
        "有 {keys} 把已停用的人员密钥还没有写入记录。请启动本机，启动后会自动写入。",
        "{keys} keys of people have ended here, and the log does not say so yet. Start this node: it does so itself.",
    ),
    "doctor.people_ok": (
        "本机没有被撤销的工作人员，密钥都已如实记录。",
        "Nobody of this node is revoked, and the log says of every key what is true.",
    ),
    "doctor.replica_off": (
        "同步备份没有开启。请另行备份数据目录，或在设置中开启。",
        "Replication is switched off. Back the data folder up by other means, or switch it on.",
    ),
    "doctor.replica_none": (
        "还没有副本：本节点没有用 Litestream 运行过。请用 run 启动一次。",
        "There is no replica yet: the node has never run with Litestream. Start it with run.",
    ),
    "doctor.replica": (
        "{path} 中的副本不能恢复：{reason}。请检查副本所在的磁盘，然后重新启动本节点，让它另做一份。",
        "The replica in {path} does not restore: {reason}. Check its disk, then restart the node so that it makes"
        " another.",
    ),
    "doctor.replica_ok": (
        "副本可以恢复，落后本机 {behind} 条记录。",
        "The replica restores and is {behind} records behind.",
    ),
    "doctor.items_missing": (
        "目录第 {version} 版还有 {items} 个事项没有收到。请保持联网，稍后再看。",
        "{items} items of catalogue no. {version} have not arrived. Keep the line up and look again later.",
    ),
    "doctor.items_unread": (
        "目录第 {version} 版有 {items} 个事项本程序读不懂。请升级程序。",
        "{items} items of catalogue no. {version} cannot be read by this program. Upgrade it.",
    ),
    "doctor.catalogue_ok": (
        "目录第 {version} 版齐全，共 {items} 个事项。",
        "Catalogue no. {version} is complete with {items} items.",
    ),
    "doctor.clock_back": (
        "这台电脑的时间早于已有的记录。请校准日期和时间。",
        "The clock of this computer lies before what has been written already. Set date and time.",
    ),
    "doctor.clock_ahead": (
        "距上级最近一次签收已有 {days} 天：或者时间不准，或者本节点长期没有联网。请核对日期，并尽快联网。",
        "The hub's last receipt is {days} days old: either the clock is wrong, or the node has long been offline."
        " Check the date, and connect it soon.",
    ),
    "doctor.clock_ok": ("时间正常。", "The clock is right."),
    "doctor.file": (
        "办件 {number} 的附件 {id} 不在本机或已损坏。请从保存它的上级中心查看，必要时请居民重新提供。",
        "File {id} of case {number} is missing here or damaged. Look at it at the hub that holds it, or ask for it"
        " again.",
    ),
    "doctor.files_lacking": (
        "办件写明的 {files} 个附件本机没有，已向上级和下级索取；若一直没有，请查看原受理窗口那台电脑上的附件。",
        "{files} attachments that cases name are not here; this node asks for them above and below. If they do not"
        " come, look at the computer of the counter where they were taken.",
    ),
    "doctor.files_ok": ("{files} 个附件都完好。", "All {files} attachments are whole."),
    "doctor.mirror": (
        "有 {files} 个附件还没有抄到副本目录 {path}。请检查该磁盘是否可写、是否已满；重新启动后会补抄。",
        "{files} attachments are not copied beside the replicas in {path} yet. See whether that disk can be written to"
        " and has room; the next start copies them.",
    ),
    "doctor.no_catalogue": (
        "这里还没有事项目录。请保持与上级联网；市级中心请先发布目录。",
        "There is no catalogue here yet. Keep the line up; at the city, publish one.",
    ),
    # ------------------------------------------------------------ a hub
    "doctor.child_never": (
        "“{name}”（{area}，节点 {node}）接入后还没有同步过。请确认它已启动、能联网。",
        "“{name}” ({area}, node {node}) has joined and never synced. Make sure that it runs and that its line works.",
    ),
    "doctor.child_silent": (
        "“{name}”（{area}，节点 {node}）已有 {days} 天没有同步。请与该处联系。",
        "“{name}” ({area}, node {node}) has not synced for {days} days. Ask there.",
    ),
    "doctor.children_ok": (
        "下级节点 {children} 个，近日都同步过。",
        "All {children} nodes below have synced lately.",
    ),
    "doctor.child_catalogue": (
        "“{name}”（{area}，节点 {node}）使用第 {version} 版目录，最新是第 {latest} 版。它联网后会自动更新。",
        "“{name}” ({area}, node {node}) has catalogue no. {version}, and the latest is no. {latest}. It is brought up"
        " to date when it is online.",
    ),
    "doctor.version_twice": (
        "事项目录有一个版本号被用过两次（市级中心曾从较早的备份恢复），各节点手中的第 {latest} 版可能不一致。"
        "请市级中心再发布一版，新版会完整下发，各节点随即一致。",
        "A number was given to two catalogue versions (the city came back from an older copy), so nodes may hold"
        " another version {latest} each. Publish once more at the city: it is sent whole, and all agree again.",
    ),
    "doctor.versions_ok": (
        "下级节点的目录都是第 {latest} 版。",
        "All nodes below have catalogue no. {latest}.",
    ),
    "doctor.held": (
        "有 {records} 条记录暂存未生效，等待核实。请监督员或管理员在“待核记录”页逐条追认或驳回。",
        "{records} records are held without effect. Have a supervisor or administrator ratify or reject each on the"
        " page “Held”.",
    ),
    "doctor.fork": (
        "节点 {node} 的密钥被用了两次（实例 {incarnation} 第 {seq} 条起）。请联系该站核查磁盘是否被复制，必要时吊销。",
        "The key of node {node} was used twice (incarnation {incarnation}, from number {seq}). Ask the place whether"
        " its disk was copied, and revoke the node if need be.",
    ),
    "doctor.held_none": ("没有暂存未生效的记录。", "No records are held without effect."),
    "doctor.conflicts": (
        "有 {cases} 件办件存在互相矛盾的记录。请审批人员或监督员在办结该件的中心裁定。",
        "{cases} cases hold records that contradict each other. Have an officer or supervisor rule on them at the hub"
        " that concludes them.",
    ),
    "doctor.conflicts_none": ("没有互相矛盾的办件记录。", "No case holds records that contradict each other."),
    "doctor.no_calendar": (
        "还没有工作日历，所有时限均为暂定。请在市级中心用 calendar publish 发布。",
        "There is no working calendar yet, so all deadlines are provisional. Publish one at the city with"
        " calendar publish.",
    ),
    "doctor.calendar_over": (
        "工作日历只到 {until}，此后的时限均为暂定。请在市级中心发布新一年的日历。",
        "The working calendar ended on {until}; deadlines after it are provisional. Publish the new year's at the"
        " city.",
    ),
    "doctor.calendar_short": (
        "工作日历到 {until} 为止，还剩 {days} 天。请在市级中心发布新一年的日历。",
        "The working calendar ends on {until}, in {days} days. Publish the new year's at the city.",
    ),
    "doctor.calendar_ok": ("工作日历已知到 {until}。", "The working calendar is known until {until}."),
}
