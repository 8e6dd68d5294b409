"""Sentences on cases: states and refusals."""

SENTENCES: dict[str, tuple[str, str]] = {
    "cases.status.new": ("尚未收件。", "Nothing has been taken in yet."),
    "cases.status.notified": (
        "材料不齐，已一次性告知，请按告知单补正。",
        "Materials are missing; a one-time notice was given. Please bring what it names.",
    ),
    "cases.status.accepted": ("已受理，正在办理。", "The application is accepted and being handled."),
    "cases.status.decided": ("已办结，请领取结果。", "The case is concluded; please collect the result."),
    "cases.status.delivered": ("结果已送达，请您评价。", "The result was handed over; please rate the service."),
    "cases.status.rated": ("结果已送达，感谢您的评价。", "The result was handed over; thank you for your rating."),
    "cases.status.withdrawn": ("申请人已撤回申请。", "The applicant has withdrawn the application."),
    "cases.status.declined": (
        "不属于本窗口办理，已告知理由和应当咨询的单位。",
        "Not for this counter; the reasons were given, and whom to ask instead.",
    ),
    "cases.status.erased": ("已依法删除，个人信息不再保存。", "Erased by order; no personal data is kept."),
    "cases.erased": (
        "办件 {number} 已依法删除，不能再办理。",
        "Case {number} was erased by order; nothing can be done with it any more.",
    ),
    "cases.body_missing": (
        "这条记录的内容不在本机，暂不计入办件。等上级中心的数据到齐后会自动处理。",
        "The content of this record is not here, so the case does not count it. What the hub sends will settle it.",
    ),
    "cases.kept.station": (
        "已存本机：申请已在本站安全保存，联网后自动上报。",
        "Saved here: the application is safe at this station and goes up as soon as the line is back.",
    ),
    "cases.kept.district": ("区已收：区政务服务中心已签收。", "Received by the district: its hub has signed for it."),
    "cases.kept.city": ("市已存：市政务服务中心已留存。", "Kept by the city: the city hub holds it."),
    "cases.kept.pending": (
        "待处理：{reason}",
        "Needs attention: {reason}",
    ),
    "cases.conflict": (
        "这件办件有互相矛盾的两条记录，在有权人员裁定之前，两条都保留。",
        "Two records of this case contradict each other; both are kept until an entitled person rules.",
    ),
    "cases.needs_newer": (
        "办件 {number} 里有本机软件还不认识的重要记录（{kinds}），在升级之前只能查看，不能办理。记录都已保留，"
        "请升级本机软件，升级后会自动恢复办理；急件请到已升级的中心办理。",
        "Case {number} holds an important record of a kind that this software does not know ({kinds}); until it is"
        " updated the case can be looked at and not acted on. Nothing is lost: update the software here, and it goes on"
        " by itself; what is urgent is handled at a hub that was updated.",
    ),
    "cases.unknown": (
        "没有这件办件，请核对办件编号。",
        "There is no such case; please check the case number.",
    ),
    "cases.number_taken": (
        "办件编号 {number} 已被使用，本次没有重复收件。",
        "Case number {number} is in use already; nothing was taken in twice.",
    ),
    "cases.item_without_home": (
        "事项“{item}”没有写明由哪一级办结，不能受理，请联系市级管理员修订目录。",
        "Item “{item}” does not say which tier concludes it and cannot be accepted; ask the city admin to mend it.",
    ),
    "cases.material_missing": (
        "还缺必要材料：{names}。请补齐后受理，或出具一次性告知单。",
        "Required materials are missing: {names}. Complete them, or give a one-time notice.",
    ),
    "cases.nothing_missing": (
        "材料已经齐全，不需要告知补正，请直接受理。",
        "Nothing is missing, so there is nothing to notify; please accept the case.",
    ),
    "cases.nothing_supplemented": (
        "没有选择要补正的材料，请至少选择一项。",
        "No material was chosen to supplement; please choose at least one.",
    ),
    "cases.not_your_level": (
        "这件办件不由本级办结，请在有权的一级处理。",
        "This case is not concluded at this tier; handle it at the tier that is entitled.",
    ),
    "cases.outcome": (
        "办理结果只能是“准予”或“不予”，请重新选择。",
        "The outcome is either granted or refused; please choose again.",
    ),
    "cases.illegal_move": (
        "办件当前状态不允许这一步操作，可能已有他人先行办理。请刷新页面查看最新情况。",
        "The present state of the case does not allow this step; somebody may have been first. Reload the page.",
    ),
    "cases.conflict_open": (
        "办件 {number} 存在未裁定的矛盾记录，裁定之前不能继续办理。",
        "Case {number} has contradicting records; it cannot go on before a ruling.",
    ),
    "cases.no_such_conflict": (
        "没有这一条待裁定的矛盾，可能已经裁定。请刷新页面。",
        "There is no such open conflict; it may have been settled. Please reload the page.",
    ),
    "cases.ruling": (
        "裁定只能是“维持”或“改采”，请重新选择。",
        "A ruling either stands or yields; please choose again.",
    ),
    "cases.grade": (
        "评价分五档，请选择“非常满意”到“非常不满意”中的一档。",
        "There are five grades, from very satisfied to very dissatisfied; please choose one.",
    ),
    "cases.empty_text": ("这一项必须填写：{field}。", "This must be filled in: {field}."),
    "cases.text_too_long": (
        "“{field}”太长，最多 {most} 个字，请精简后再提交。",
        "“{field}” is too long; at most {most} characters. Please shorten it.",
    ),
    # ------------------------------------------------------------ tolerant acceptance
    "cases.promise_of_main": (
        "主要材料和可不交的材料不能容缺：{names}。请改选“已收”或“缺少”。",
        "A main material cannot be promised, nor one that is optional: {names}. Mark it as received or missing.",
    ),
    "cases.promise_missing": (
        "有容缺的材料，却没有写明补交期限，不能受理。请写明期限。",
        "Materials are promised and no limit is named, so the case cannot be accepted. Name the limit.",
    ),
    "cases.promise_too_late": (
        "补交期限 {day} 晚于这件事的承诺办结日 {deadline}，请改短。",
        "The limit {day} for what is promised lies behind the day {deadline} on which the case is due. Shorten it.",
    ),
    "cases.promise_in_notice": (
        "出一次性告知单时不能有容缺的材料；请把它们列为缺少。",
        "A one-time notice names everything that is missing; nothing in it can be promised.",
    ),
    "cases.promise_open": (
        "承诺补交的材料还没有交来，不能准予：{names}。请等居民补交，或者依法不予。",
        "What was promised has not come yet, so the case cannot be granted: {names}. Wait for it, or refuse by law.",
    ),
}
