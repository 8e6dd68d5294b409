"""What a station says when something is done, and about its accounts."""

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
        "第 {position} 号记录（{id}）与签名时不符（{what}），导出在此中断，没有写出文件。"
        "请先用副本恢复数据库：restore，必要时用 --at 指定改动之前的时间。",
        "Record {position} ({id}) is not what was signed ({what}); the export stopped there and no file was written."
        " Restore the database from its replica first (restore, with --at for a time before the change).",
    ),
    "station.exported": (
        "已导出 {count} 行到 {path}。",
        "{count} lines were written to {path}.",
    ),
}
