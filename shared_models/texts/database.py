"""Sentences about the database file and the disk under it."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "database.sqlite_version": (
        "SQLite {version} 在多个进程共用一个数据库时可能损坏数据，因此没有启动。请安装 pysqlite3 0.6.1 以上版本"
        "（SQLite 3.51.3 以上）后再启动。",
        "SQLite {version} can corrupt a database that several processes share, so nothing was started. Install"
        " pysqlite3 0.6.1 or newer (SQLite 3.51.3 or newer) and start again.",
    ),
    "database.full": (
        "磁盘已满，这次操作没有保存，以前保存的内容完好。请清理数据库 {path} 所在的磁盘后重试。",
        "The disk is full and this was not saved; everything saved before is intact. Free some space on the disk of"
        " the database {path} and try again.",
    ),
    "database.corrupt": (
        "数据库文件 {path} 已损坏，或者不是数据库。请停止程序，保留这个文件，并从副本恢复。",
        "The database file {path} is damaged or is no database. Stop the program, keep the file, and restore from the"
        " replica.",
    ),
    "database.locked": (
        "数据库 {path} 正被另一个程序占用，这次操作没有保存。请关闭其他打开它的程序后重试。",
        "The database {path} is held by another program and this was not saved. Close whatever else has it open and"
        " try again.",
    ),
    "database.not_writable": (
        "数据库 {path} 不能写入，这次操作没有保存。请检查文件的权限，以及磁盘是否只读。",
        "The database {path} cannot be written and this was not saved. Check who owns the file and whether the disk is"
        " mounted read-only.",
    ),
    "database.cannot_open": (
        "打不开数据库 {path}。请检查文件和所在目录是否存在、是否有权限读写。",
        "The database {path} cannot be opened. Check that the file and its folder exist and may be read and written.",
    ),
    "database.disk_failed": (
        "读写数据库 {path} 时磁盘出错，这次操作没有保存。请检查磁盘，必要时从副本恢复。",
        "The disk failed while the database {path} was read or written, and this was not saved. Check the disk; if it"
        " is failing, restore from the replica.",
    ),
    "database.newer": (
        "数据库 {path} 已由更新版本的程序使用过，当前程序太旧，没有启动。请安装较新的版本。",
        "The database {path} was used by a newer version of this program, and this one is too old to open it. Install"
        " the newer version.",
    ),
    "database.busy": (
        "等待保存的操作太多，这次操作没有保存。请稍后重试。",
        "Too much is waiting to be saved, and this was not saved. Please try again in a moment.",
    ),
    "database.closed": (
        "程序正在停止，这次操作没有保存。请在重新启动后再试。",
        "The program is stopping and this was not saved. Try again once it has been started.",
    ),
}
