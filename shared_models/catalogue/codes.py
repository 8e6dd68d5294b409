"""The code tables of the catalogue: code -> (Chinese label, English label).

`ITEM_TYPES`, `LEVELS`, `SERVED`, `CASE_TYPES` and `CHANNELS` are those of GB/T 39046-2020; evidence grades are those of
国办函〔2016〕108号; the others are our own.
"""

from __future__ import annotations

from shared_models.roster import CITY, DISTRICT, STATION

Table = dict[str, tuple[str, str]]

ITEM_TYPES: Table = {
    "01": ("行政许可", "licence"),
    "02": ("行政处罚", "penalty"),
    "03": ("行政强制", "enforcement"),
    "04": ("行政征收", "levy"),
    "05": ("行政给付", "benefit"),
    "06": ("行政检查", "inspection"),
    "07": ("行政确认", "confirmation"),
    "08": ("行政奖励", "award"),
    "09": ("行政裁决", "adjudication"),
    "10": ("其他行政权力", "other power"),
    "20": ("公共服务", "public service"),
}
LEVELS: Table = {
    "1": ("国家级", "state"),
    "2": ("省级", "province"),
    "3": ("市级", "city"),
    "4": ("县级", "county or district"),
    "5": ("镇街级", "town or street"),
    "6": ("村社区级", "village or community"),
}
SERVED: Table = {
    "1": ("自然人", "natural persons"),
    "2": ("企业法人", "enterprises"),
    "3": ("事业法人", "public institutions"),
    "4": ("社会组织法人", "social organisations"),
    "5": ("行政机关", "administrative bodies"),
    "6": ("其他", "others"),
}
CASE_TYPES: Table = {
    "1": ("即办件", "done on the spot"),
    "2": ("承诺件", "done within a promised limit"),
    "9": ("其他", "other"),
}
CHANNELS: Table = {
    "1": ("窗口办理", "at a counter"),
    "2": ("网上办理", "on the web"),
    "3": ("移动端办理", "on a phone"),
    "4": ("快递申请", "by courier"),
    "9": ("其他", "other"),
}
AT_COUNTER = 1
WORKDAY = "workday"
LIMIT_UNITS: Table = {WORKDAY: ("工作日", "working days")}
"""Limits run in working days here; a limit in another unit has to be converted by whoever knows the law."""
FORMS: Table = {
    "original": ("原件", "original"),
    "copy": ("复印件", "copy"),
    "electronic": ("电子件", "electronic"),
}
GRADES: Table = {
    "A": ("A 系统核验", "A: issued by the body itself, checked by system"),
    "B": ("B 原件核对", "B: checked by a clerk against the original"),
    "C": ("C 上传待核", "C: uploaded, original to be checked"),
    "D": ("D 承诺申报", "D: self-declared with a promise"),
}
TIERS: Table = {
    STATION: ("站点", "station"),
    DISTRICT: ("区县", "district"),
    CITY: ("市级", "city"),
}
FIELD_TYPES: Table = {
    "text": ("文本", "text"),
    "date": ("日期", "date"),
    "number": ("数字", "number"),
    "choice": ("选择", "choice"),
    "phone": ("电话", "phone"),
    "id_number": ("身份证号", "resident id number"),
}
FORMATS: Table = {
    "digits": ("只含数字", "digits only"),
    "chinese": ("只含汉字", "Chinese characters only"),
    "postcode": ("邮政编码", "postcode"),
    "credit_code": ("统一社会信用代码", "unified social credit code"),
    "bank_card": ("银行卡号", "bank card number"),
    "plate": ("机动车号牌", "number plate"),
}
"""What a text may have to look like; `forms` has the reader of each."""
RESULT_KINDS: Table = {
    "certificate": ("证照", "certificate"),
    "approval": ("批准文书", "approval"),
    "payment": ("待遇发放", "payment"),
    "registration": ("登记备案", "registration"),
    "conclusion": ("结论通知", "conclusion"),
}

HOMES = {1: CITY, 2: CITY, 3: CITY, 4: DISTRICT, 5: STATION, 6: STATION}
"""行使层级 -> the tier that concludes the case. What stands above the city is handed in at the city hub."""
