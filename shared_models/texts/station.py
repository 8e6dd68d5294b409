"""What a station says when something is done, and about its accounts and its own health."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ------------------------------------------------------------ shown once, on the next page
    "station.supplemented": ("补充的材料已保存。", "The materials are saved."),
    "station.supplemented_accepted": (
        "材料已经补齐，办件已受理。请打印受理回执交给居民。",
        "Everything is there now and the case is accepted. Print the receipt and hand it to the resident.",
    ),
    "station.withdrawn": ("已按申请人的要求撤回。", "The application is withdrawn as the applicant asked."),
    "station.decided": ("决定已保存。请把结果交给居民，并登记送达。", "The decision is saved. Hand over the result."),
    "station.delivered": (
        "送达已登记。请居民对服务作出评价。",
        "The handing over is noted. Ask the resident to rate the service.",
    ),
    "station.rated": ("评价已保存，谢谢。", "The rating is saved; thank you."),
    "station.account_added": ("账号已建立，可以登录了。", "The account is made and may log in."),
    "station.account_disabled": ("账号已停用，正在使用的也已退出。", "The account is disabled and logged out."),
    "station.account_enabled": ("账号已恢复，可以登录了。", "The account is restored and may log in."),
    # ------------------------------------------------------------ refusals
    "station.role_unknown": (
        "请选择账号的角色，可选：{roles}。",
        "Choose the role of the account; there are: {roles}.",
    ),
    "station.own_account": (
        "不能停用自己正在使用的账号。请让另一位管理员操作。",
        "You cannot disable the account that you are using. Ask another administrator.",
    ),
    "station.loopback_only": (
        "这个地址只回答本机上的程序。请在站点的电脑上查询。",
        "This address answers programs on this machine only. Ask from the station's own computer.",
    ),
    "station.nothing_runs": (
        "本站没有在运行；以下是数据库中的情况。",
        "This station is not running; what follows is what its database says.",
    ),
    "station.export_damaged": (
        "第 {position} 号记录（{id}）与签名时不符（{what}），导出在此中断，没有写出文件。请先用副本恢复数据库。",
        "Record {position} ({id}) is not what was signed ({what}); the export stopped there and no file was written."
        " Restore the database from its replica first.",
    ),
    "station.exported": (
        "已导出 {count} 行到 {path}。",
        "{count} lines were written to {path}.",
    ),
    # ------------------------------------------------------------ the doctor
    "station.doctor.sqlite_ok": ("SQLite {version}，版本合适。", "SQLite {version} is new enough."),
    "station.doctor.integrity": (
        "数据库文件不完整：{problem}。请停止本站，保留这个文件，并从副本恢复。",
        "The database file is not whole: {problem}. Stop the station, keep the file, and restore from the replica.",
    ),
    "station.doctor.integrity_ok": ("数据库文件完整。", "The database file is whole."),
    "station.doctor.damaged": (
        "第 {position} 号记录（{id}）与签名时不符：{what} 被改动过。请停止本站，并从副本恢复数据库。",
        "Record {position} ({id}) is not what was signed: its {what} was changed. Stop the station and restore the"
        " database from its replica.",
    ),
    "station.doctor.log_ok": (
        "全部 {records} 条记录都与签名时一致。",
        "All {records} records are what was signed.",
    ),
    "station.doctor.chain": (
        "本站 {incarnation} 的记录在第 {seq} 条处不相接。请停止本站，并从副本恢复数据库。",
        "This station's records of {incarnation} do not join at number {seq}. Stop it and restore the database from its"
        " replica.",
    ),
    "station.doctor.chain_ok": (
        "本站的记录前后相接（共 {incarnations} 次运行）。",
        "This station's records join without a hole ({incarnations} incarnations).",
    ),
    "station.doctor.no_receipt": (
        "上级还没有签收过任何记录，等待上报 {waiting} 条。请确认本站能联网。",
        "The hub has not signed for anything yet; {waiting} records wait. Make sure that the line works.",
    ),
    "station.doctor.receipt": (
        "上级的签收（到第 {journal} 条）与本机的记录不符。本站联网后会与上级对齐；若反复出现，请告知上级管理员。",
        "The hub's receipt (up to number {journal}) does not fit the journal here. The two set themselves right once"
        " the line is up; if this repeats, tell the hub's administrator.",
    ),
    "station.doctor.receipts_ok": (
        "上级已签收到第 {journal} 条，等待上报 {waiting} 条。",
        "The hub has signed up to number {journal}; {waiting} records wait.",
    ),
    "station.doctor.aside": (
        "第 {position} 号记录（{subject}）不能识别，已单独存放：{reason}。请告知管理员。",
        "Record {position} ({subject}) cannot be understood and is set aside: {reason}. Tell the administrator.",
    ),
    "station.doctor.replica_off": (
        "同步备份没有开启。请另行备份数据目录，或在设置中开启。",
        "Replication is switched off. Back the data folder up by other means, or switch it on.",
    ),
    "station.doctor.replica_none": (
        "还没有副本：本站没有用 Litestream 运行过。请用 run 启动一次。",
        "There is no replica yet: the station has never run with Litestream. Start it with run.",
    ),
    "station.doctor.replica": (
        "{path} 中的副本不能恢复：{reason}。请检查副本所在的磁盘，然后重新启动本站，让它另做一份。",
        "The replica in {path} does not restore: {reason}. Check its disk, then restart the station so that it makes"
        " another.",
    ),
    "station.doctor.replica_ok": (
        "副本可以恢复，落后本机 {behind} 条记录。",
        "The replica restores and is {behind} records behind.",
    ),
    "station.doctor.items_missing": (
        "目录第 {version} 版还有 {items} 个事项没有收到。请保持联网，稍后再看。",
        "{items} items of catalogue no. {version} have not arrived. Keep the line up and look again later.",
    ),
    "station.doctor.items_unread": (
        "目录第 {version} 版有 {items} 个事项本程序读不懂。请升级程序。",
        "{items} items of catalogue no. {version} cannot be read by this program. Upgrade it.",
    ),
    "station.doctor.catalogue_ok": (
        "目录第 {version} 版齐全，共 {items} 个事项。",
        "Catalogue no. {version} is complete with {items} items.",
    ),
    "station.doctor.clock_back": (
        "这台电脑的时间早于已有的记录。请校准日期和时间。",
        "The clock of this computer lies before what has been written already. Set date and time.",
    ),
    "station.doctor.clock_ahead": (
        "距上级最近一次签收已有 {days} 天：或者时间不准，或者本站长期没有联网。请核对日期，并尽快联网。",
        "The hub's last receipt is {days} days old: either the clock is wrong, or the station has long been offline."
        " Check the date, and connect it soon.",
    ),
    "station.doctor.clock_ok": ("时间正常。", "The clock is right."),
    "station.doctor.file": (
        "办件 {number} 的附件 {id} 不在本机或已损坏。请从区政务服务中心查看，必要时请居民重新提供。",
        "File {id} of case {number} is missing here or damaged. Look at it at the district hub, or ask for it again.",
    ),
    "station.doctor.files_ok": ("{files} 个附件都完好。", "All {files} attachments are whole."),
}
