"""Sentences about requests, forms and files: what every screen may have to say."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "host.login_needed": (
        "请先登录，登录后会回到您要打开的页面。",
        "Please log in first. You will then come to the page that you asked for.",
    ),
    "host.session_expired": (
        "您离开的时间较长，为安全起见已自动退出，请重新登录。",
        "You were away for a while and have been logged out for safety. Please log in again.",
    ),
    "host.session_expired_kept": (
        "登录已过期，刚才填写的内容已经保存。请在 30 分钟内重新登录，登录后会回到原来的表单；文件需要重新选择。",
        "Your session had ended, but what you typed is kept. Log in again within 30 minutes and you come back to the"
        " form; only files have to be chosen again.",
    ),
    "host.form_restored": (
        "刚才填写的内容已恢复，但尚未提交。请核对后提交；文件需要重新选择。",
        "What you had typed is back, but it has not been sent. Please check and send it; choose files again.",
    ),
    "host.logged_out": (
        "您已安全退出。",
        "You are logged out.",
    ),
    "host.forbidden": (
        "您的账号没有办理这项业务的权限。如工作需要，请联系管理员开通。",
        "Your account may not do this. Ask an administrator if your work requires it.",
    ),
    "host.other_site": (
        "这个请求来自其他网站，为安全起见没有执行。请从本系统的页面重新操作。",
        "This request came from another site and was not carried out. Please start from a page of this system.",
    ),
    "host.token_missing": (
        "页面已失效，刚才的提交没有执行。请回到表单重新提交；如反复出现，请检查浏览器是否允许 Cookie。",
        "The page is out of date and nothing was carried out. Go back and send the form again; if this repeats, check"
        " that the browser accepts cookies.",
    ),
    "host.token_missing_kept": (
        "页面已失效，刚才的提交没有执行，但填写的内容已经保存。请回到表单核对后重新提交。",
        "The page is out of date and nothing was carried out, but what you typed is kept. Go back to the form, check"
        " it and send it again.",
    ),
    "host.body_too_large": (
        "提交的内容远远超过 {megabytes} MB 的上限，没有读完，也没有保存。请返回上一页，减少文件后重新提交。",
        "What was sent is far beyond the limit of {megabytes} MB; it was not read to its end, and nothing was saved. Go"
        " back, choose fewer files and send the form again.",
    ),
    "host.body_too_large_here": (
        "提交的内容太大，没有读完，也没有保存。请返回上一页，减少文件数量或压缩照片后重新提交。",
        "What was sent is too large; it was not read to its end, and nothing was saved. Go back, choose fewer files or"
        " smaller photos, and send the form again.",
    ),
    "host.form_too_long": (
        "表单的项目、文件或文字太多，没有保存。请删减后重新提交。",
        "The form holds too many fields, files or words and was not saved. Please shorten it and send it again.",
    ),
    "host.form_malformed": (
        "没有读懂提交的表单，没有保存。请刷新页面后重新填写提交。",
        "The form could not be read and was not saved. Please reload the page and fill it in again.",
    ),
    "host.file_too_large": (
        "文件“{name}”超过 {megabytes} MB，没有保存。请压缩或重新拍照后再选择。",
        "The file “{name}” is larger than {megabytes} MB and was not saved. Choose a smaller one.",
    ),
    "host.files_too_large": (
        "文件“{name}”没有保存：一次提交的文件合计不能超过 {megabytes} MB。请先提交已选的文件，再选这一个。",
        "The file “{name}” was not saved: all files sent at once may have {megabytes} MB. Send the others first, then"
        " this one.",
    ),
    "host.files_too_many": (
        "文件“{name}”没有保存：一次最多提交 {most} 个文件。请先提交已选的文件，再选这一个。",
        "The file “{name}” was not saved: at most {most} files can be sent at once. Send the others first, then this"
        " one.",
    ),
    "host.file_type": (
        "文件“{name}”的内容不是可接收的类型（{types}），没有保存。请换一个文件。",
        "What is in the file “{name}” is none of the types taken here ({types}), so it was not saved. Choose another.",
    ),
    "host.file_empty": (
        "文件“{name}”是空的，没有保存。请重新选择。",
        "The file “{name}” is empty and was not saved. Please choose it again.",
    ),
    "host.file_not_asked": (
        "这张表单不接收文件，“{name}”没有保存。",
        "This form takes no files; “{name}” was not saved.",
    ),
    "host.status_400": (
        "没有读懂这个请求。请回到首页重新操作。",
        "This request could not be read. Please go back to the first page and try again.",
    ),
    "host.status_404": (
        "没有这个页面，可能是地址有误，或内容已经移走。请检查地址，或回到首页。",
        "There is no such page: the address may be wrong, or the page has moved. Check it, or go to the first page.",
    ),
    "host.status_405": (
        "这个地址不能这样使用。请回到首页，从页面上的按钮重新操作。",
        "This address cannot be used in this way. Please go to the first page and use the buttons there.",
    ),
    "host.status_415": (
        "不接收这种格式的内容。请从页面上的表单提交。",
        "Content of this kind is not taken. Please use the form on the page.",
    ),
    "host.status_other": (
        "这个请求没有完成。请回到首页重新操作。",
        "This request was not completed. Please go to the first page and try again.",
    ),
    "host.incident": (
        "系统出了意外，这次操作可能没有完成。请先查看结果再重试；如需帮助，请把编号 {incident} 告诉管理员。",
        "Something unexpected happened and this may not have been completed. Check the result before you repeat it; if"
        " you need help, tell an administrator the number {incident}.",
    ),
}
