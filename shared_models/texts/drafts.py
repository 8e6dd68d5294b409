"""What may be said of an application that is still being taken in."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "drafts.of_another": (
        "这份登记现在由另一位工作人员办理，您刚才的改动没有保存。请回到首页，需要时请求接手。",
        "Somebody else works on this application now, and your last change was not kept. Go to the first page, and ask"
        " for it there if you need it.",
    ),
    "drafts.too_many": (
        "这个账号已有 {most} 份没办完的登记，不能再保存新的。请先办完或删除几份。",
        "This account has {most} unfinished applications, and no more are kept. Finish or delete some of them first.",
    ),
    "drafts.unknown": (
        "这份登记已经办完或者删除。请回到首页查看。",
        "This application was sent or deleted already. See the first page.",
    ),
    "drafts.damaged": (
        "这份登记在本机上打不开了（密钥不同或文件损坏）。请删除后重新登记。",
        "This application cannot be opened on this computer any more (another key, or a damaged file). Delete it and"
        " enter it anew.",
    ),
    "drafts.item_gone": (
        "现行目录里已经没有这个事项，登记的内容仍在。请选一个现行的事项，已填的信息会带过去。",
        "This item is no longer in the catalogue; what was entered is still here. Choose an item that is, and it comes"
        " along.",
    ),
    "drafts.situation_gone": (
        "这个事项的情形有调整，登记的内容仍在。请重新选择情形，已填的信息会带过去。",
        "The situations of this item have changed; what was entered is still here. Choose one again, and it comes"
        " along.",
    ),
    "drafts.catalogue_changed": (
        "填写期间事项目录更新到了第 {version} 版，下面已按新版显示，填过的内容都在。请核对后再按一次。",
        "The catalogue came to version {version} while this form was filled in. The page shows the new version, with"
        " everything that was entered. Check it and press the button again.",
    ),
    "drafts.begun_earlier": (
        "这份登记开始时目录是第 {begun} 版，现在是第 {version} 版，请核对材料和填写项是否有变化。",
        "This application was begun under version {begun} of the catalogue; version {version} is in force now. Check"
        " whether materials or fields have changed.",
    ),
    "drafts.asked": ("已请求接手，等待对方同意。", "You asked for it; its owner has to agree."),
    "drafts.taken_over": ("已接手，可以继续办理。", "It is yours now; you can go on with it."),
    "drafts.given": ("已交给对方继续办理。", "You gave it to the other person."),
    "drafts.kept_back": ("已回绝，仍由您办理。", "You declined; it stays with you."),
    "drafts.deleted": ("已删除这份没办完的登记。", "The unfinished application is deleted."),
}
