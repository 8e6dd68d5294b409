"""What is wrong with a number that was typed or scanned. No sentence repeats the number."""

SENTENCES: dict[str, tuple[str, str]] = {
    "identifiers.resident_id_old": (
        "这是 15 位的旧身份证号，已停止使用。请按现在的居民身份证填写 18 位号码。",
        "This is an old id number of 15 digits, no longer in use. Enter the 18 characters of the current card.",
    ),
    "identifiers.resident_id_length": (
        "身份证号应为 18 位，填写的是 {length} 位。请对照身份证补全或删去多余的字符。",
        "An id number has 18 characters; {length} were entered. Compare with the card and correct it.",
    ),
    "identifiers.resident_id_characters": (
        "身份证号前 17 位只能是数字，最后一位是数字或 X。请改正后再提交。",
        "The first 17 characters of an id number are digits, the last is a digit or X. Correct it and submit again.",
    ),
    "identifiers.resident_id_date": (
        "身份证号第 7 至 14 位不是可能的出生日期。请对照身份证核对这几位数字。",
        "Characters 7 to 14 of the id number are not a possible birth date. Check these digits against the card.",
    ),
    "identifiers.resident_id_future": (
        "身份证号中的出生日期晚于今天。请核对第 7 至 14 位，并检查本机的日期是否正确。",
        "The birth date in the id number lies after today. Check characters 7 to 14, and the date of this computer.",
    ),
    "identifiers.resident_id_check": (
        "身份证号的校验位不对，说明至少有一位填错了。请对照身份证逐位核对。",
        "The check digit of the id number does not fit, so at least one character is wrong. Compare it with the card.",
    ),
    "identifiers.resident_id_region": (
        "身份证号开头的地区代码不在已知的省级代码之中。请再核对一次证件；如与证件一致，可以继续办理。",
        "The region at the start of the id number is not a known one. Check the card once more; if it agrees, go on.",
    ),
    "identifiers.credit_code_length": (
        "统一社会信用代码应为 18 位，填写的是 {length} 位。请对照证照补全或删去多余的字符。",
        "A unified social credit code has 18 characters; {length} were entered. Correct it by the licence.",
    ),
    "identifiers.credit_code_characters": (
        "统一社会信用代码只用数字和大写字母，不用 I、O、S、V、Z，第 3 至 8 位是数字。请对照证照改正。",
        "A unified social credit code uses digits and capitals without I, O, S, V, Z; characters 3 to 8 are digits."
        " Compare with the licence and correct it.",
    ),
    "identifiers.credit_code_check": (
        "统一社会信用代码的校验位不对，说明至少有一位填错了。请对照证照逐位核对。",
        "The check character of the credit code does not fit, so at least one character is wrong."
        " Compare it with the licence.",
    ),
    "identifiers.division": (
        "行政区划代码应为数字：市 4 位、区县 6 位、乡镇街道 9 位、村社区 12 位。请改正后再提交。",
        "A division code is digits: 4 for a city, 6 for a district, 9 for a town or street, 12 for a community."
        " Correct it and submit again.",
    ),
    "identifiers.case_number_form": (
        "这不是办件编号的样子。请照回执上的编号输入，或扫描回执上的二维码。",
        "This does not look like a case number. Enter it as printed on the receipt, or scan the receipt's QR code.",
    ),
    "identifiers.case_number_check": (
        "办件编号的校验码不对，说明至少有一个字符输错了。请对照回执逐位核对，或扫描二维码。",
        "The check character of the case number does not fit, so at least one character is wrong."
        " Compare it with the receipt, or scan the QR code.",
    ),
    "identifiers.case_number_ambiguous": (
        "没有短横线时，这个办件编号可以读成两个不同的编号。请连同短横线一起照回执输入。",
        "Without its hyphens this case number can be read as two different ones."
        " Enter it with the hyphens, as printed on the receipt.",
    ),
    "identifiers.query_code": (
        "查询码是 8 个字符，印在回执的编号下面。请照回执重新输入。",
        "A query code has 8 characters and stands below the number on the receipt. Enter it again as printed.",
    ),
    "identifiers.qr": (
        "这不是通办回执上的二维码。请扫描回执上的二维码，或输入办件编号。",
        "This is not the QR code of a Tongban receipt. Scan the one on the receipt, or enter the case number.",
    ),
    "identifiers.item_code_length": (
        "事项实施编码应为 31 位，这里是 {length} 位：信用代码 18 位、行使层级 1 位、基本编码 12 位。请改正。",
        "An implementation code has 31 characters, this one has {length}: credit code 18, level 1, basic code 12."
        " Correct it.",
    ),
    "identifiers.item_code_credit": (
        "事项实施编码的前 18 位不是正确的统一社会信用代码。请核对实施部门的信用代码。",
        "The first 18 characters of the implementation code are not a correct credit code."
        " Check the credit code of the department.",
    ),
    "identifiers.item_code_level": (
        "事项实施编码第 19 位是行使层级，只能是 1 至 6。请核对后改正。",
        "Character 19 of the implementation code is the level, which is 1 to 6. Check and correct it.",
    ),
    "identifiers.item_code_basic": (
        "事项实施编码的后 12 位是基本编码，只用数字和大写字母。请核对后改正。",
        "The last 12 characters of the implementation code are the basic code: digits and capitals only."
        " Check and correct it.",
    ),
}
