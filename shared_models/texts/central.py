"""Sentences of a hub: rulings, publishing, issuing, nodes, the public page, the operator's commands."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # decisions and rulings
    "central.outcome_missing": (
        "请选择办理结果：准予或不予。",
        "Please choose the outcome: grant or refuse.",
    ),
    "central.reasons_missing": (
        "不予时必须写明理由，申请人会看到。请填写理由。",
        "A refusal needs its reasons, which the applicant is told. Please enter them.",
    ),
    "central.ruling_missing": (
        "请选择裁定：维持现行记录，或改采与之矛盾的记录。",
        "Please choose the ruling: what stands keeps standing, or the contradicting record takes effect.",
    ),
    "central.reason_missing": (
        "必须写明理由。请填写后再提交。",
        "The reason is missing. Please enter it and send the form again.",
    ),
    "central.text_too_long": (
        "内容超过 {most} 个字，没有保存。请精简后再提交。",
        "The text is longer than {most} characters and was not saved. Please shorten it.",
    ),
    "central.decided": (
        "决定已作出，正在发往受理站点。",
        "The case is decided; the decision is on its way to the station.",
    ),
    "central.settled": (
        "裁定已作出，各级都会按此更新。",
        "The ruling is made; every node that holds the case follows it.",
    ),
    "central.attachment_on_its_way": (
        "文件“{name}”还在传输中，请稍后再打开。",
        "The file “{name}” is still on its way. Please open it in a moment.",
    ),
    # catalogue and calendar
    "central.city_only": (
        "事项目录和工作日历由市级发布，请在市级中心办理。",
        "The city publishes the catalogue and the working calendar; please do this at the city hub.",
    ),
    "central.version_lost": (
        "{name} 正在使用第 {version} 版事项目录，而本中心只有第 {latest} 版：本中心是从较早的备份恢复的，没有发布。"
        "丢失的版本会由下级自动送回，请等它送到后再发布；如果该节点不会再联网，请先撤销它。",
        "{name} runs catalogue version {version} and this hub has version {latest}: it came back from an older copy, so"
        " nothing was published. What was lost comes back from below by itself; publish when it has arrived, or revoke"
        " that node if it will not come again.",
    ),
    "central.no_such_version": (
        "这里没有目录第 {version} 版。请从“事项目录”页选择版本。",
        "There is no catalogue version {version} here. Choose one on the page Catalogue.",
    ),
    "central.nothing_changed": (
        "草稿与已发布的目录相同，没有发布新版本。请先导入或修改事项。",
        "The drafts are as published, so no version was made. Import or change items first.",
    ),
    "central.not_published": (
        "目录中没有编码为“{item}”的事项，没有发布。请核对要撤下的编码。",
        "The catalogue has no item with the code “{item}”; nothing was published. Check the codes to withdraw.",
    ),
    "central.effective_malformed": (
        "“{value}”不是日期，没有发布。请写成 2026-12-01 的样式。",
        "“{value}” is no day, so nothing was published. Write it like 2026-12-01.",
    ),
    "central.effective_past": (
        "生效日已经过去或就是今天，没有发布。要立即生效请不填生效日，否则请选以后的日期。",
        "That day has begun already, so nothing was published. Leave the day empty to publish at once, or choose a"
        " later one.",
    ),
    "central.effective_far": (
        "生效日在 {most} 天以后，没有发布。请选近一些的日期。",
        "That day is more than {most} days ahead, so nothing was published. Choose an earlier one.",
    ),
    "central.effective_before_last": (
        "第 {number} 版要到 {moment} 才生效，后一版不能更早，没有发布。请选那一天或以后的日期。",
        "Version {number} is in force only from {moment}, and the next one cannot be before, so nothing was published."
        " Choose that day or a later one.",
    ),
    "central.not_in_base": (
        "基本目录中没有编码为“{basic}”的事项，没有发布。请核对要撤下的基本编码。",
        "The base list has no entry with the code “{basic}”; nothing was published. Check the codes to withdraw.",
    ),
    "central.base_unchanged": (
        "文件中的基本目录与已发布的相同，没有发布。请先修改文件。",
        "The base list in the file is as published, so nothing was published. Change it first.",
    ),
    "central.base_faulty": (
        "基本目录有 {number} 处必须修改，没有发布。第一处在 {sheet} 第 {row} 行：{reason}",
        "The base list has {number} things to mend, so nothing was published. The first is in {sheet}, row {row}:"
        " {reason}",
    ),
    "central.item_incomplete": (
        "事项“{name}”还有必须修改的问题，没有发布。请在草稿中查看并改正。",
        "The item “{name}” still has something to mend, so nothing was published. See its draft.",
    ),
    "central.too_large": (
        "“{subject}”的内容超过 {kilobytes} KB，没有发布。请减少一次发布的改动后再试。",
        "The content of “{subject}” exceeds {kilobytes} KB and nothing was published. Publish fewer changes at a time.",
    ),
    "central.calendar_unchanged": (
        "工作日历与已发布的相同，没有重复发布。",
        "The working calendar is the one that is published already; nothing was done.",
    ),
    "central.file_missing": (
        "还没有选择文件。请选择 XLSX 或 CSV 文件后再导入。",
        "No file was chosen. Choose an XLSX or CSV file and import it.",
    ),
    "central.import_under_way": (
        "另一次导入（{files}）还在进行，这次没有开始。请等它结束后再导入。",
        "Another import ({files}) is still under way, so this one was not begun. Import again when it has ended.",
    ),
    "central.import_overtaken": (
        "后来又开始了另一次导入，这一次没有完成，草稿没有因它改动。请查看最新的导入报告。",
        "Another import was begun since, so this one was not completed and changed no draft. See the latest report.",
    ),
    "central.import_broke_off": (
        "导入中断了，草稿没有改动。请重新导入；若再次中断，请联系管理员查看日志。",
        "The import broke off and no draft was changed. Import again; if it breaks off again, look into the log.",
    ),
    "central.published": (
        "新版本已发布，正在下发到全部站点。",
        "The new version is published and on its way to all stations.",
    ),
    # attestations
    "central.department_malformed": (
        "部门代码“{department}”不符合要求：请用小写字母、数字和横线，不超过 32 个字符。",
        "The department “{department}” cannot be used: take small letters, digits and hyphens, at most 32.",
    ),
    "central.issuer_name_missing": (
        "缺少部门名称。请填写证明上显示的部门全称。",
        "The name of the department is missing. Enter it as credentials are to show it.",
    ),
    "central.fact_malformed": (
        "证明事项代码“{fact}”不符合要求：请用字母、数字、点、横线和下划线，不超过 64 个字符。",
        "The fact “{fact}” cannot be used: take letters, digits, dots, hyphens and underscores, at most 64.",
    ),
    "central.no_issuer": (
        "部门“{department}”还不能在本中心出具电子证明。请管理员先执行 issuer add。",
        "The department “{department}” may not issue at this hub yet. An administrator runs issuer add first.",
    ),
    "central.fact_missing": (
        "请选择要证明的事项。",
        "Please choose what is to be attested.",
    ),
    "central.resident_name_missing": (
        "请填写居民姓名。",
        "Please enter the name of the resident.",
    ),
    "central.area_outside": (
        "区划 {area} 不在本中心的区划 {own} 之内，没有出具。请核对居民所在区划。",
        "Area {area} does not lie in this hub's area {own}, so nothing was issued. Check where the resident lives.",
    ),
    "central.date_malformed": (
        "日期不正确，请按 2026-12-31 的格式填写。",
        "The date is not right. Please write it as 2026-12-31.",
    ),
    "central.period_reversed": (
        "有效期的结束早于开始，请改正。",
        "The period ends before it begins. Please correct it.",
    ),
    "central.period_past": (
        "有效期已经结束，没有出具。请核对结束日期。",
        "The period is over already, so nothing was issued. Check its last day.",
    ),
    "central.claim_malformed": (
        "附加内容第 {line} 行不符合要求：请写成“名称=内容”，名称用英文字母，且不重复。",
        "Line {line} of the further content is not right: write name=value, with a name of letters, each once.",
    ),
    "central.claim_reserved": (
        "附加内容的名称“{name}”由系统使用，请换一个。",
        "The name “{name}” in the further content is used by the system. Choose another one.",
    ),
    "central.claims_many": (
        "附加内容超过 {most} 项，请删减。",
        "There are more than {most} lines of further content. Please remove some.",
    ),
    "central.issued": (
        "电子证明已签名出具，正在送往居民所在区划的站点。",
        "The attestation is signed and issued; it is on its way to the stations of the resident's area.",
    ),
    "central.no_such_attestation": (
        "没有这份电子证明，请从列表中重新选择。",
        "There is no such attestation. Choose it from the list again.",
    ),
    "central.not_your_attestation": (
        "这份电子证明不是本部门出具的，不能撤销。请联系出具部门。",
        "This attestation was issued by another department, which alone may revoke it.",
    ),
    "central.revoked_already": (
        "这份电子证明已经撤销，不需要再次撤销。",
        "This attestation has been revoked already; there is nothing to do.",
    ),
    "central.reason_personal": (
        "撤销原因会公开留存，不能含有证件号或电话号码。请删去号码后再提交。",
        "The reason is public and kept for ever, so it must hold no ID or phone number. Remove it and send again.",
    ),
    "central.attestation_revoked": (
        "电子证明已撤销，站点收到后即不再采用。",
        "The attestation is revoked; stations stop using it as soon as they learn.",
    ),
    # nodes and accounts
    "central.node_name_missing": (
        "请填写名称，不超过 {most} 个字。",
        "Please enter a name of at most {most} characters.",
    ),
    "central.address_malformed": (
        "地址不正确，请写成 http:// 或 https:// 开头的完整地址。",
        "The address is not right. Write it whole, beginning with http:// or https://.",
    ),
    "central.clerk_revoked": (
        "已撤销。此前收到的业务照常有效，以后收到的请到“待核记录”裁定。",
        "Revoked. What was received stays good; rule on what comes later under Held records.",
    ),
    "central.held_unknown": (
        "这里没有这条待核记录，或者它不在本中心的区划之内。请返回列表重新选择。",
        "No such record is held here, or it lies outside this hub's area. Go back to the list and choose again.",
    ),
    "central.held_ruled": (
        "这条记录已有裁定，没有改动。请返回列表查看。",
        "This record has been ruled on already; nothing was changed. Go back to the list.",
    ),
    "central.held_ratified": ("已追认，该记录现已生效。", "Ratified: the record has effect now."),
    "central.held_ratified_all": (
        "已追认 {count} 条，现已生效；还有 {left} 条待核。",
        "Ratified {count} records, which have effect now; {left} still wait.",
    ),
    "central.held_ratified_many": (
        "已追认，这些记录现已生效；仍有待核的列在下面。",
        "Ratified: these records have effect now. What still waits is listed below.",
    ),
    "central.held_changed": (
        "待核记录的条数变了，现在是 {count} 条，没有改动。请重新核实后再追认。",
        "Another number of records waits by now, {count}; nothing was changed. Look into them again, then ratify.",
    ),
    "central.held_not_sure": (
        "没有勾选“已核实”，没有改动。请核实后勾选再提交。",
        "That you have looked into them was not ticked; nothing was changed. Look into them, tick it and send again.",
    ),
    "central.held_not_ratified": (
        "没有追认，什么都没有改动。核实后可以重新执行。",
        "Nothing was ratified and nothing was changed. Give the command again once you have looked into them.",
    ),
    "central.held_of_node": (
        "· {name}（{area}，节点 {node}）：{count} 条待核。",
        "· {name} ({area}, node {node}): {count} records wait for a ruling.",
    ),
    "central.held_none": ("没有待核的记录。", "No record waits for a ruling."),
    "central.held_rejected": (
        "已驳回，该记录仍然保存，但不生效；以后还可以追认。",
        "Rejected: the record is kept without effect; it may still be ratified later.",
    ),
    "central.node_revoked": (
        "节点已吊销，它此后的记录不再生效。",
        "The node is revoked; what it writes from now on has no effect.",
    ),
    "central.node_revoked_already": (
        "“{name}”已经吊销，不需要再次吊销。",
        "“{name}” has been revoked already; there is nothing to do.",
    ),
    "central.role_unknown": (
        "角色不正确，请从以下角色中选择：{known}。",
        "The role is not right. Choose among: {known}.",
    ),
    "central.department_needed": (
        "电子证明出具人员必须属于一个部门，请填写部门代码。",
        "Whoever issues attestations belongs to a department. Please enter its code.",
    ),
    "central.own_account": (
        "不能停用自己的账号，请由另一位管理员办理。",
        "You cannot disable your own account; ask another administrator.",
    ),
    "central.account_added": (
        "账号已添加，请把初始密码当面告知本人。",
        "The account is added; tell the person its first password face to face.",
    ),
    "central.account_disabled": (
        "账号已停用，并已退出登录。",
        "The account is disabled and logged out.",
    ),
    "central.account_enabled": (
        "账号已启用，可以重新登录。",
        "The account is enabled and may log in again.",
    ),
    # the public page
    "central.progress_unknown": (
        "没有查到：办件编号与查询码不相符。请对照回执核对后再试。",
        "Nothing was found: the case number and the query code do not belong together. Check them on the receipt.",
    ),
    "central.progress_wait": (
        "查询过于频繁，请 {seconds} 秒后再试。",
        "Too many questions in a short time. Please try again in {seconds} seconds.",
    ),
    # the operator's commands
    "central.city_area": (
        "市级中心的区划代码是 4 位数字，例如 5116。请用 --area 指定。",
        "The division code of a city has 4 digits, such as 5116. Give it with --area.",
    ),
    "central.founded_already": (
        "这个数据目录已建立市级中心“{name}”，没有改动。如要另建，请使用新的数据目录。",
        "This folder holds the city hub “{name}” already and was not changed. Use a new folder for another one.",
    ),
    "central.founded": (
        "市级中心“{name}”（{area}）已建立在 {path}。全市的根密钥也在这个目录里（secrets/root），"
        "正式使用前请用 tongban-hub root export 取走，离线保管。"
        "下一步：tongban-hub calendar publish 发布工作日历，catalogue import 导入目录，account add 添加账号，run"
        " 启动。",
        "The city hub “{name}” ({area}) is founded in {path}. The root key of the whole city lies in this folder too"
        " (secrets/root): before real use, take it away with tongban-hub root export and keep it offline."
        " Next: calendar publish, catalogue import, account add, and run.",
    ),
    "central.status": (
        "{name}（{area}，节点 {node}）：目录第 {version} 版；日志 {journal} 条，上级已收 {acknowledged} 条。",
        "{name} ({area}, node {node}): catalogue version {version}; journal {journal}, acknowledged {acknowledged}.",
    ),
    "central.status_child": (
        "· {name}（{area}，节点 {node}）：目录第 {version} 版，已收 {journal} 条。",
        "· {name} ({area}, node {node}): catalogue version {version}, {journal} records held.",
    ),
    "central.status_child_revoked": (
        "· {name}（{area}，节点 {node}）：已吊销，已收 {journal} 条。",
        "· {name} ({area}, node {node}): revoked, {journal} records held.",
    ),
    "central.invitation_written": (
        "“{name}”（{area}）的邀请已写入 {path}，只能用一次，七天内有效。",
        "The invitation for “{name}” ({area}) is in {path}. It works once, within seven days.",
    ),
    "central.revoked": (
        "“{name}”（节点 {node}）已吊销，它此后的记录不再生效。",
        "“{name}” (node {node}) is revoked; what it writes from now on has no effect.",
    ),
    "central.import_report": (
        "读到 {rows} 行事项：{complete} 项可以发布，{incomplete} 项留作草稿；"
        "必须修改 {errors} 处，请留意 {warnings} 处。",
        "{rows} rows of items were read: {complete} complete, {incomplete} kept as drafts; {errors} things to mend,"
        " {warnings} to look at.",
    ),
    "central.import_base": (
        "文件中另有 {number} 条基本目录。导入不改动基本目录，请用 tongban-hub catalogue base 发布。",
        "The files hold {number} entries of a base list as well. An import leaves the base list as it is; publish it"
        " with tongban-hub catalogue base.",
    ),
    "central.audit_error": (
        "✗ {number} 处（第一处：{sheet} 第 {row} 行，{column}）：{sentence}",
        "✗ {number} times (first: {sheet}, row {row}, {column}): {sentence}",
    ),
    "central.audit_warning": (
        "! {number} 处（第一处：{sheet} 第 {row} 行，{column}）：{sentence}",
        "! {number} times (first: {sheet}, row {row}, {column}): {sentence}",
    ),
    "central.audited": (
        "检查了 {rows} 行事项、{base} 条基本目录：必须修改 {errors} 处，请留意 {warnings} 处。什么也没有导入。",
        "{rows} rows of items and {base} entries of a base list were audited: {errors} things to mend, {warnings} to"
        " look at. Nothing was imported.",
    ),
    "central.base_published": (
        "基本目录第 {number} 版已发布，共 {entries} 条：新增或修改 {set} 条，撤下 {removed} 条。",
        "Version {number} of the base list is published, with {entries} entries: {set} new or changed, {removed}"
        " withdrawn.",
    ),
    "central.version_published": (
        "第 {number} 版目录已发布，共 {items} 项，{moment} 起生效。",
        "Version {number} of the catalogue is published, with {items} items; it is in force from {moment}.",
    ),
    "central.calendar_published": (
        "工作日历已发布，已知至 {known_until}。",
        "The working calendar is published; it is known until {known_until}.",
    ),
    "central.issuer_added": (
        "“{name}”可以出具电子证明，它的标识是 {did}。",
        "“{name}” may issue attestations; it is known as {did}.",
    ),
}
