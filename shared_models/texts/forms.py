"""What the fields of a form say no to."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "forms.missing": ("请填写“{label}”。", "Fill in “{label}”."),
    "forms.too_long": (
        "“{label}”太长，最多 {most} 个字，请精简。",
        "“{label}” is too long; it has at most {most} characters. Shorten it.",
    ),
    "forms.date": (
        "“{label}”不是一个日期。请写成 2026-03-05 的样子。",
        "“{label}” is no date. Write it like 2026-03-05.",
    ),
    "forms.date_early": (
        "“{label}”不能早于 {least}，请核对。",
        "“{label}” cannot be before {least}. Check it.",
    ),
    "forms.date_late": (
        "“{label}”不能晚于 {most}，请核对。",
        "“{label}” cannot be after {most}. Check it.",
    ),
    "forms.number": ("“{label}”应当是数字，请改正。", "“{label}” must be a number. Correct it."),
    "forms.number_small": (
        "“{label}”不能小于 {least}，请核对。",
        "“{label}” cannot be less than {least}. Check it.",
    ),
    "forms.number_large": (
        "“{label}”不能大于 {most}，请核对。",
        "“{label}” cannot be more than {most}. Check it.",
    ),
    "forms.choice": (
        "“{label}”不在可选的范围内，请从列表中选择。",
        "“{label}” is none of the choices. Choose one from the list.",
    ),
    "forms.phone": (
        "电话号码的位数不对。手机号是 11 位，固定电话请带区号，例如 0826-2222222。",
        "The phone number has a wrong length. A mobile number has 11 digits; write a landline with its area code, such"
        " as 0826-2222222.",
    ),
    "forms.digits": ("“{label}”只能填数字，请改正。", "“{label}” holds digits only. Correct it."),
    "forms.chinese": (
        "“{label}”只能填汉字，请改正。",
        "“{label}” holds Chinese characters only. Correct it.",
    ),
    "forms.postcode": ("“{label}”应当是 6 位邮政编码，请改正。", "“{label}” is a postcode of 6 digits. Correct it."),
    "forms.bank_card": (
        "“{label}”应当是 12 至 19 位的银行卡号，请对照卡面改正。",
        "“{label}” is a card number of 12 to 19 digits. Correct it by the card.",
    ),
    "forms.bank_card_check": (
        "“{label}”的校验位不对，很可能有一位数字看错了，请对照卡面逐位核对。",
        "The check digit of “{label}” is wrong; very likely one digit was misread. Compare it with the card digit by"
        " digit.",
    ),
    "forms.plate": (
        "“{label}”不是机动车号牌。请写成“川A12345”的样子，新能源车多一位。",
        "“{label}” is no number plate. Write it like 川A12345, with one character more for an electric car.",
    ),
    "forms.not_asked": (
        "“{label}”有内容，但按其他回答不需要填写。",
        "“{label}” holds an answer, though with the other answers it is not asked for.",
    ),
}
