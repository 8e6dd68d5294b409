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
}
