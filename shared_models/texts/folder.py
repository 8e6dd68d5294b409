"""Sentences about the data folder, its lock and its keys, and the port."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "folder.missing": (
        "没有数据目录 {path}。请检查路径，或先初始化。",
        "There is no data folder {path}. Check the path, or initialise it first.",
    ),
    "folder.not_writable": (
        "数据目录 {path} 不能写入，程序没有启动。请检查目录的所有者和权限，以及磁盘是否只读。",
        "The data folder {path} cannot be written, so nothing was started. Check who owns it and whether the disk is"
        " mounted read-only.",
    ),
    "folder.not_readable": (
        "读不出文件 {path}。请检查文件的所有者和权限，以及磁盘是否正常。",
        "The file {path} cannot be read. Check who owns it and whether the disk is sound.",
    ),
    "folder.full": (
        "磁盘已满，不能写入 {path}；已有的文件没有改动。请清理磁盘后重试。",
        "The disk is full and nothing could be written in {path}; the files there are unchanged. Free some space and"
        " try again.",
    ),
    "folder.in_use": (
        "数据目录 {path} 正由另一个程序使用（进程 {pid}，地址 {address}），这次没有启动。"
        "请使用已打开的程序，或先停止它。",
        "The data folder {path} is in use by another process ({pid}, address {address}), so this one did not start."
        " Use the one that runs, or stop it first.",
    ),
    "folder.no_locks": (
        "数据目录 {path} 所在的磁盘不支持文件锁，不能保证只有一个程序使用它，因此没有启动。请把数据放在本机磁盘上。",
        "The disk of the data folder {path} has no file locks, so that two programs could use it at once; nothing was"
        " started. Keep the data on a disk of this machine.",
    ),
    "folder.settings_damaged": (
        "设置文件 {path} 读不出来。请从备份取回，或修正其中的 JSON 后再启动。",
        "The settings file {path} cannot be read. Put back a copy of it, or mend its JSON, and start again.",
    ),
    "folder.wrong_storage_key": (
        "存储密钥不对，数据目录 {path} 没有打开，也没有写入任何内容。请使用建立该目录时的密钥文件或口令。",
        "The storage key is not the one of the data folder {path}; nothing was opened and nothing written. Use the key"
        " file or passphrase that the folder was made with.",
    ),
    "folder.storage_key_missing": (
        "找不到存储密钥 {path}，没有它就读不出已有数据，因此没有启动。请放回密钥文件。",
        "The storage key {path} is missing. Without it the data cannot be read, so nothing was started. Put the key"
        " file back.",
    ),
    "folder.storage_check_missing": (
        "缺少 {path}，无法确认存储密钥是否正确，因此没有启动。请从备份放回这个文件。",
        "{path} is missing, so it cannot be seen whether the storage key is right; nothing was started. Put the file"
        " back from a backup.",
    ),
    "folder.passphrase_needed": (
        "数据目录 {path} 用口令保护。请输入口令后再启动。",
        "The data folder {path} is protected by a passphrase. Start again and give it.",
    ),
    "folder.passphrase_not_used": (
        "这个数据目录用密钥文件 {path} 保护，不用口令。请不带口令启动。",
        "This data folder is protected by the key file {path}, not by a passphrase. Start again without one.",
    ),
    "folder.passphrase_short": (
        "口令太短，没有采用。请至少使用 {length} 个字符。",
        "The passphrase is too short and was not taken. Use at least {length} characters.",
    ),
    "folder.node_key_missing": (
        "缺少本节点的签名密钥 {path}。请从备份放回；如已丢失，请向上级申请吊销旧节点并重新加入。",
        "The signing key of this node, {path}, is missing. Put it back from a backup; if it is lost, ask the level"
        " above to revoke this node and join anew.",
    ),
    "folder.node_key_exists": (
        "本节点已有签名密钥 {path}，没有另建。如要建立新节点，请使用新的数据目录。",
        "This node has a signing key already ({path}), and no other was made. Use a new data folder for a new node.",
    ),
    "folder.secret_missing": (
        "缺少密封的文件 {path}，没有它不能办理业务，因此没有启动。请从备份放回这个文件。",
        "The sealed file {path} is missing. No work is possible without it, so nothing was started. Put it back from a"
        " backup.",
    ),
    "folder.secret_damaged": (
        "密封的文件 {path} 打不开，可能已被改动或损坏。请从备份放回这个文件。",
        "The sealed file {path} does not open; it was changed or damaged. Put it back from a backup.",
    ),
    "folder.port_taken": (
        "端口 {port}（{host}）已被其他程序占用，没有启动。请停止占用它的程序，或在设置中换一个端口。",
        "Port {port} on {host} is taken by another program, so nothing was started. Stop that program, or choose"
        " another port in the settings.",
    ),
    "folder.port_forbidden": (
        "没有使用端口 {port}（{host}）的权限，没有启动。请改用 1024 以上的端口。",
        "This user may not open port {port} on {host}, so nothing was started. Choose a port above 1023.",
    ),
    "folder.address_unusable": (
        "本机不能在地址 {host} 的端口 {port} 上提供服务。请检查设置中的地址和端口。",
        "This machine cannot serve on the address {host}, port {port}. Check the address and port in the settings.",
    ),
    "folder.proxy": (
        "HTTP 代理的地址不对。请写成 http://主机:端口"
        "（--http-proxy，或 settings.json 的 http_proxy）；不用代理时写空。",
        "The address of the HTTP proxy is not right. Write http://host:port (--http-proxy, or http_proxy in"
        " settings.json), or nothing for no proxy.",
    ),
}
