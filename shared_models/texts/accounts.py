"""Sentences about accounts and logging in."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "accounts.wrong": (
        "用户名或密码不正确，请重新输入。忘记密码请联系管理员重置。",
        "The login or the password is not right. Please enter both again; an administrator can reset a password.",
    ),
    "accounts.locked": (
        "连续多次输错，该用户名已暂停登录，请 {minutes} 分钟后再试，或联系管理员重置密码。",
        "After repeated failures this login is paused. Try again in {minutes} minutes, or have the password reset.",
    ),
    "accounts.disabled": (
        "该账号已停用，不能登录。如需恢复，请联系管理员。",
        "This account has been disabled and cannot log in. Ask an administrator if it should be restored.",
    ),
    "accounts.revoked": (
        "上级中心已撤销您的办理资格，您不能再登录本系统。此前收到的业务照常有效；如有疑问，请联系上级中心。",
        "A hub above has ended your right to act here, and you cannot log in. What was received before stays good. If"
        " you think this is wrong, ask that hub.",
    ),
    "accounts.too_many": (
        "尝试过于频繁，请 {seconds} 秒后再试。",
        "Too many attempts in a short time. Please try again in {seconds} seconds.",
    ),
    "accounts.unknown": (
        "没有用户名为“{login}”的账号，请核对后再试。",
        "There is no account with the login “{login}”. Please check it and try again.",
    ),
    "accounts.taken": (
        "用户名“{login}”已被使用，请换一个。",
        "The login “{login}” is taken already. Please choose another one.",
    ),
    "accounts.login_malformed": (
        "用户名“{login}”不符合要求：请用 2 至 32 个小写字母、数字、点、横线或下划线，并以字母或数字开头。",
        "The login “{login}” cannot be used: take 2 to 32 of a-z, 0-9, dot, hyphen or underscore, beginning with a"
        " letter or digit.",
    ),
    "accounts.name_missing": (
        "缺少姓名，请填写工作人员姓名。",
        "The name is missing. Please enter the name of the member of staff.",
    ),
    "accounts.password_length": (
        "密码长度须为 {min} 至 {max} 个字符，请重新设置。",
        "A password has {min} to {max} characters. Please choose another one.",
    ),
    "accounts.password_is_login": (
        "密码不能与用户名相同，请重新设置。",
        "The password must not be the same as the login. Please choose another one.",
    ),
    "accounts.old_password_wrong": (
        "原密码不正确，密码没有更改。请重新输入；忘记原密码请联系管理员重置。",
        "The old password is not right, and nothing was changed. Enter it again; an administrator can reset it.",
    ),
    "accounts.passwords_differ": (
        "两次输入的新密码不一致，请重新输入。",
        "The new password was not entered the same way twice. Please enter it again.",
    ),
    "accounts.password_same": (
        "新密码与原密码相同，没有更改。请换一个新密码。",
        "The new password is the old one, and nothing was changed. Please choose another one.",
    ),
    "accounts.password_changed": (
        "密码已更改，您在其他地方的登录已全部退出。",
        "Your password is changed, and you are logged out everywhere else.",
    ),
    "accounts.password_reset": (
        "密码已重置，此人已有的登录全部退出。请把新密码当面告知本人。",
        "The password is reset and the person is logged out everywhere. Tell them the new one face to face.",
    ),
}
