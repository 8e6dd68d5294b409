"""What the desk of a station says no to, field by field."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ------------------------------------------------------------ the catalogue
    "desk.no_catalogue": (
        "本站还没有收到事项目录，暂时不能收件。请确认本站已联网；市级发布目录后会自动下发。",
        "This station has not received a catalogue yet, so nothing can be taken in. Make sure that the line is up; the"
        " catalogue comes by itself once the city has published it.",
    ),
    "desk.item_unknown": (
        "现行目录中没有编码为 {item} 的事项，可能已经取消。请回到首页按名称重新查找。",
        "There is no item with the code {item} in the present catalogue; it may have been withdrawn. Go to the first"
        " page and look for it by name.",
    ),
    "desk.item_incomplete": (
        "事项“{item}”没有写明办结层级或承诺时限，不能收件。请联系市级管理员修订目录。",
        "Item “{item}” names no level or no promised limit, so it cannot be taken in. Ask the city administrator"
        " to mend the catalogue.",
    ),
    "desk.query_code_unknown": (
        "本站没有这个查询码的办件。请核对是否输错；办件在别的站收的，请用办件编号查找。",
        "No case here has this query code. Check it; for a case of another station search by its number.",
    ),
    # ------------------------------------------------------------ the applicant
    "desk.name_missing": ("请填写申请人姓名，与身份证一致。", "Enter the applicant's name as on the id card."),
    "desk.name_malformed": (
        "姓名里有数字，或者超过 {most} 个字。请对照身份证改正。",
        "The name holds digits, or more than {most} characters. Correct it by the id card.",
    ),
    "desk.id_number_missing": (
        "请填写或扫描申请人的身份证号。",
        "Enter or scan the applicant's id number.",
    ),
    "desk.phone_missing": (
        "请填写联系电话；申请人没有电话的，填写家属或代办人的电话。",
        "Enter a phone number; where the applicant has none, that of a relative or helper.",
    ),
    "desk.address_missing": ("请填写申请人的现住址。", "Enter the applicant's present address."),
    "desk.address_too_long": (
        "住址太长，最多 {most} 个字，请精简。",
        "The address is too long; it has at most {most} characters. Shorten it.",
    ),
    "desk.adopted_of_another": (
        "身份证号换成了另一位居民。从前一位居民的办件沿用来、没有改过的内容已清掉，请核对各栏后再办理。",
        "The id number is another resident’s now. What was taken over from the cases of the one before, and not changed"
        " since, is taken out again. Check the fields and go on.",
    ),
    # ------------------------------------------------------------ who acts for the applicant
    "desk.agent_missing": (
        "有人代办的，姓名、身份证号、电话和与申请人的关系都要填写；没有人代办的，请把这四栏都清空。",
        "Where somebody acts for the applicant, name, id number, phone and relation are all needed; where nobody does,"
        " leave all four empty.",
    ),
    "desk.agent_relation": (
        "请从列表中选择代办人与申请人的关系。",
        "Choose from the list what the agent is to the applicant.",
    ),
    "desk.agent_is_applicant": (
        "代办人和申请人是同一个身份证号。本人来办的，请把代办人各栏清空。",
        "Agent and applicant have the same id number. Where the applicant came in person, leave the agent empty.",
    ),
    # ------------------------------------------------------------ materials and files
    "desk.reuse_gone": (
        "材料“{name}”没有可以沿用的了：换了居民，过了有效期，或者原办件已撤回、不予办理或删除。请重新选择。",
        "There is nothing to use again for material “{name}”: it is another resident now, its time is over, or the"
        " earlier case was withdrawn, refused or erased. Choose again.",
    ),
    "desk.reuse_and_files": (
        "材料“{name}”选了“沿用”，又附了新文件。请改选“已收”，或者去掉新文件。",
        "Material “{name}” is to be used again, and yet there is a new file for it. Mark it as received, or take the"
        " file away.",
    ),
    "desk.material_missing": (
        "缺少必交材料“{name}”，不能受理。收到后请改选“已收”，或者出一次性告知单。",
        "The required material “{name}” is missing, so the case cannot be accepted. Mark it once it is received, or"
        " give a one-time notice.",
    ),
    "desk.material_unsaid": (
        "请点选必交材料“{name}”是已收还是缺少。",
        "Say whether the required material “{name}” is received or missing.",
    ),
    "desk.material_state": (
        "材料“{name}”只能选“未查”“已收”“缺少”或“容缺”，请重新选择。",
        "Material “{name}” is unchecked, received, missing or promised. Choose again.",
    ),
    "desk.material_not_tolerable": (
        "材料“{name}”不能容缺：只有允许容缺受理的事项里，必交而非主要的材料可以后补。请改选“已收”或“缺少”。",
        "Material “{name}” cannot come later: only an item that allows it, and only what is required and not main. Mark"
        " it as received or missing.",
    ),
    "desk.promise_days": (
        "补交期限应在 1 至 {most} 个工作日之间，不能超过这件事的承诺时限。",
        "What is promised comes within 1 to {most} working days: no longer than the item's own promised limit.",
    ),
    "desk.promise_barred": (
        "{issuer}已将申请人列入失信名单，不能容缺受理。请收齐材料，或出一次性告知单。",
        "{issuer} has listed the applicant as a debtor who broke faith, so nothing can be promised. Take in all"
        " materials, or give a one-time notice.",
    ),
    "desk.material_contradiction": (
        "材料“{name}”选了“缺少”或“容缺”，却附了文件。请改选“已收”，或者去掉文件。",
        "Material “{name}” is marked as missing or promised, and yet there is a file for it. Mark it as received, or"
        " take the file away.",
    ),
    "desk.material_unknown": (
        "这件办件没有编码为 {material} 的材料。请刷新页面后重新选择。",
        "This case has no material with the code {material}. Reload the page and choose again.",
    ),
    "desk.too_many_files": (
        "一份材料最多附 {most} 个文件，请去掉一些。",
        "A material has at most {most} files. Take some away.",
    ),
    "desk.file_gone": (
        "刚才选的文件已不在本机，请重新选择。",
        "The file that was chosen is no longer here. Choose it again.",
    ),
    "desk.file_not_here": (
        "这个文件不在本机：可能不属于这件办件，或者是别的站点收的。请到收件的站点或区政务服务中心查看。",
        "This file is not here: it may not belong to this case, or another station took it in. Look at it there, or at"
        " the district hub.",
    ),
    "desk.sample_not_here": (
        "这张样图还没有下发到本站，或者已经不用了。请按填写提示办理；联网后会自动下发。",
        "This sample picture has not come to this station, or is no longer used. Go by the hint; it comes by itself"
        " once the line is up.",
    ),
    "desk.file_damaged": (
        "这个文件在本机的磁盘上已经损坏，不能显示。请联系管理员，从区政务服务中心查看原件照片。",
        "This file is damaged on the disk of this station and cannot be shown. Tell the administrator, and look at it"
        " at the district hub.",
    ),
    # ------------------------------------------------------------ attestations
    "desk.attestation_of_another": (
        "这份核验信息不是这位居民的，不能采用。请按要求收取材料，并告知管理员。",
        "This attestation is about another resident and cannot be used. Ask for the material, and tell the"
        " administrator.",
    ),
    # ------------------------------------------------------------ steps
    "desk.action_unknown": (
        "没有这个操作，内容没有提交。请用页面上的按钮。",
        "There is no such action, and nothing was sent. Use the buttons on the page.",
    ),
    "desk.reason_missing": ("请写明撤回的原因。", "State why the application is withdrawn."),
    "desk.reasons_missing": (
        "不予办理必须写明理由和依据。",
        "A refusal must state its reasons and legal basis.",
    ),
    "desk.receiver_missing": ("请填写领取人姓名。", "Enter the name of the one who receives the result."),
    "desk.record_set_aside": (
        "这件办件有一条记录不能识别，已单独存放，其余内容照常可用。请联系管理员。",
        "One record of this case cannot be understood and is set aside; the rest is usable. Tell the administrator.",
    ),
}
