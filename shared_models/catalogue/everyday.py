"""Everyday words for what items are formally called, in every catalogue alike.

An item of which the name holds a formal word is found by the everyday ones as if they stood among its keywords: by
the word, by its pinyin and by its initials. What only one city says belongs into the keywords of its items.
"""

from __future__ import annotations

from collections.abc import Iterator

FORMAL: dict[str, tuple[str, ...]] = {
    "最低生活保障": ("低保", "低保户", "吃低保"),
    "特困人员": ("五保", "五保户"),
    "临时救助": ("困难补助", "救急"),
    "医疗救助": ("大病救助", "大病补助"),
    "老年人优待": ("老年卡", "老年证", "敬老卡", "老人卡"),
    "高龄津贴": ("高龄补贴", "老年津贴", "老人钱"),
    "养老服务补贴": ("居家养老",),
    "残疾人证": ("残疾证",),
    "残疾人两项补贴": ("残补", "护理补贴", "残疾补贴"),
    "孤儿": ("孤儿补助",),
    "基本医疗保险": ("医保", "新农合", "合作医疗", "医保卡"),
    "生育保险": ("生育津贴", "产假钱"),
    "社会保障卡": ("社保卡",),
    "基本养老保险": ("社保", "养老金", "退休金", "养老钱"),
    "失业保险": ("失业金",),
    "失业登记": ("下岗证", "失业证"),
    "就业创业证": ("失业证", "就业证"),
    "创业担保贷款": ("创业贷款",),
    "工伤": ("工伤认定",),
    "住房公积金": ("公积金",),
    "公共租赁住房": ("公租房", "廉租房"),
    "住房租赁补贴": ("租房补贴",),
    "农村危房改造": ("危房补助",),
    "不动产": ("房产证", "房本", "过户"),
    "宅基地": ("建房证", "盖房"),
    "户口": ("上户口", "户口本"),
    "出生登记": ("上户口", "新生儿落户"),
    "户口迁移": ("迁户口", "落户"),
    "居民户口簿": ("户口本",),
    "居民身份证": ("身份证",),
    "居住证": ("暂住证",),
    "无犯罪记录": ("无犯罪证明", "政审"),
    "结婚登记": ("结婚证", "领证"),
    "离婚登记": ("离婚证",),
    "婚姻登记": ("结婚证", "离婚证", "单身证明"),
    "生育登记": ("准生证", "生育证"),
    "独生子女": ("独生子女证", "独生子女费"),
    "出生医学证明": ("出生证",),
    "预防接种": ("打疫苗", "接种证"),
    "殡葬": ("丧葬费", "火化"),
    "丧葬": ("丧葬费", "火化费"),
    "机动车驾驶证": ("驾照", "驾驶证"),
    "机动车": ("车牌", "行驶证"),
    "往来港澳通行证": ("港澳证", "去香港"),
    "普通护照": ("护照",),
    "企业设立登记": ("营业执照", "开公司"),
    "个体工商户": ("营业执照", "开店"),
    "营业执照": ("开店", "开公司"),
    "食品经营许可": ("卫生许可证", "食品证", "开饭馆"),
    "公共场所卫生许可": ("卫生许可证",),
    "退役军人": ("退伍军人", "优待证"),
    "法律援助": ("免费律师", "打官司"),
    "人民调解": ("调解", "邻里纠纷"),
    "入学": ("上学", "报名读书"),
    "学前教育": ("幼儿园",),
    "家庭经济困难学生": ("助学金", "贫困生"),
}
"""Formal word in an item's name -> what people say for it."""

_WORDS = tuple(sorted({word for words in FORMAL.values() for word in words}, key=lambda word: (-len(word), word)))


def words_for(name: str) -> Iterator[str]:
    """The everyday words for an item of this name, each once."""
    found = dict.fromkeys(word for formal, words in FORMAL.items() if formal in name for word in words)
    yield from found


def word_in(text: str) -> str:
    """The longest everyday word that somebody says in a longer text ("我要办低保"), "" for none."""
    return next((word for word in _WORDS if word in text), "")
