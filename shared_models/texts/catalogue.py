"""Sentences on the catalogue: findings of an audit, refusals of a file, faults of its cells."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "catalogue.number_used_twice": (
        "事项目录第 {number} 版已有另一个版本用了这个版本号，这一版未生效。请市级中心再发布一版，各节点随即一致。",
        "Another catalogue version has number {number} already, so this one has no effect. Publish once more at the"
        " city: then all agree again.",
    ),
    # items, versions
    "catalogue.not_an_item": (
        "这段内容不是一个服务事项（{reason}），未予采用。请从目录文件或编辑页面重新提交。",
        "This content is not a service item ({reason}) and was not taken. Submit it again from a file or the editor.",
    ),
    "catalogue.unknown_situation": (
        "事项“{item}”没有编码为“{situation}”的情形，目录可能已更新。请重新选择情形。",
        "Item “{item}” has no situation “{situation}”; the catalogue may be newer. Please choose the situation again.",
    ),
    "catalogue.wrong_base": (
        "这次更新是从目录第 {base} 版算起的，而本机是第 {held} 版，未予采用。请先取得中间的版本。",
        "This change starts from version {base}, but version {held} is held here; it was not applied. Fetch the"
        " versions in between first.",
    ),
    # audit: code, description, department
    "catalogue.code_missing": (
        "缺少实施编码，请填写 31 位编码。",
        "The implementation code is missing. Please enter its 31 characters.",
    ),
    "catalogue.code_basic_only": (
        "“{value}”只是 12 位基本编码，发布前请补全为 31 位实施编码（信用代码 18 位、行使层级 1 位、基本编码 12 位）。",
        "“{value}” is a basic code only. To publish, complete it to 31 characters: credit code (18), level (1), basic"
        " code (12).",
    ),
    "catalogue.code_malformed": (
        "编码“{value}”共 {length} 位，不是 31 位实施编码"
        "（信用代码 18 位、行使层级 1 位、基本编码 12 位，数字与大写字母）。请核对。",
        "The code “{value}” has {length} characters and is no implementation code of 31: credit code (18), level (1),"
        " basic code (12), digits and capitals. Please check it.",
    ),
    "catalogue.code_credit_wrong": (
        "实施编码前 18 位“{value}”不是有效的统一社会信用代码（校验不符）。请向实施部门核实。",
        "The first 18 characters “{value}” are no valid unified social credit code. Please ask the department.",
    ),
    "catalogue.level_contradicts_code": (
        "行使层级填的是 {value}，实施编码第 19 位却是 {inside}，两者矛盾。请核对后改正其中一个。",
        "The level says {value}, but character 19 of the code says {inside}. Please correct one of them.",
    ),
    "catalogue.department_differs": (
        "实施部门代码“{value}”与实施编码里的“{inside}”不同。如属委托办理可以保留，否则请改正。",
        "The department's code “{value}” differs from “{inside}” inside the item's code. Keep it if the handling is"
        " delegated, otherwise correct it.",
    ),
    "catalogue.department_name_missing": (
        "缺少实施部门名称，请填写。",
        "The name of the department is missing. Please enter it.",
    ),
    "catalogue.department_code_missing": (
        "缺少实施部门的统一社会信用代码，请填写 18 位代码。",
        "The department's unified social credit code is missing. Please enter its 18 characters.",
    ),
    "catalogue.department_code_wrong": (
        "部门代码“{value}”不是有效的统一社会信用代码（长度、字符或校验位不对）。请核对。",
        "“{value}” is no valid unified social credit code (length, characters or check digit). Please check it.",
    ),
    "catalogue.name_missing": ("缺少名称，请填写。", "The name is missing. Please enter it."),
    "catalogue.choice_missing": (
        "这一项必须从代码表中选择，现在为空。",
        "This must be chosen from its code table and is empty now.",
    ),
    "catalogue.choice_unknown": (
        "“{value}”不在代码表内，请从下列代码中选择：{known}。",
        "“{value}” is not in the code table. Choose one of: {known}.",
    ),
    "catalogue.served_missing": (
        "没有填写服务对象，请至少选择一类。",
        "Nobody is named whom the item serves. Please choose at least one.",
    ),
    "catalogue.basis_missing": (
        "没有法律依据，不能发布。请写明法律、法规或文件的名称和条款。",
        "There is no legal basis, so it cannot be published. Name the law, regulation or document and its article.",
    ),
    "catalogue.basis_without_title": (
        "法律依据“{value}”没有用书名号写明文件名称，请核对。",
        "The legal basis “{value}” names no document in 《》. Please check it.",
    ),
    "catalogue.fee_missing": (
        "没有收费说明；不收费的请写“不收费”。",
        "Nothing is said about the fee; where there is none, please say so.",
    ),
    "catalogue.fee_negative": ("收费金额不能为负数，请改正。", "A fee cannot be negative. Please correct it."),
    "catalogue.result_missing": (
        "没有写明办理结果的名称，请填写。",
        "The result that the resident receives is not named. Please enter it.",
    ),
    # audit: beside the other items
    "catalogue.base_code_malformed": (
        "基本编码“{value}”有 {length} 位，应为 12 位数字或大写字母。请核对。",
        "The basic code “{value}” has {length} characters instead of 12 digits or capitals. Please check it.",
    ),
    "catalogue.not_in_base": (
        "基本编码“{value}”不在基本目录中。请核对编码，或先把事项列入基本目录。",
        "The basic code “{value}” is not in the base list. Check the code, or add the item to the base list first.",
    ),
    "catalogue.name_differs": (
        "名称与{where}的“{other}”不同，基本编码却同为“{value}”（三级四同）。请改成一致。",
        "The name differs from “{other}” of {where}, though the basic code is “{value}” in both. Make them the same.",
    ),
    "catalogue.type_differs": (
        "事项类型与{where}的“{other}”不同，基本编码却同为“{value}”（三级四同）。请改成一致。",
        "The type differs from “{other}” of {where}, though the basic code is “{value}” in both. Make them the same.",
    ),
    "catalogue.basis_differs": (
        "法律依据与{where}的不同，基本编码却同为“{value}”（三级四同）。请改成一致。",
        "The legal basis differs from that of {where}, though the basic code is “{value}” in both. Make them the same.",
    ),
    "catalogue.name_several_codes": (
        "名称“{name}”已用于编码“{first}”，这里的基本编码却不同。请核对是否同一事项，同一事项只用一个基本编码。",
        "The name “{name}” is used by code “{first}” already, here with another basic code. One item has one basic"
        " code; please check whether it is the same.",
    ),
    # audit: limits
    "catalogue.statutory_days_missing": (
        "缺少法定时限（工作日），请填写。",
        "The statutory limit in working days is missing. Please enter it.",
    ),
    "catalogue.promised_days_missing": (
        "缺少承诺时限（工作日），请填写。",
        "The promised limit in working days is missing. Please enter it.",
    ),
    "catalogue.days_out_of_range": (
        "时限 {value} 不在 0 至 {most} 个工作日之间，请改正。",
        "A limit of {value} is not between 0 and {most} working days. Please correct it.",
    ),
    "catalogue.promised_over_statutory": (
        "承诺时限 {promised} 个工作日长于法定时限 {statutory} 个工作日，请改正。",
        "The promised limit of {promised} working days exceeds the statutory one of {statutory}. Please correct it.",
    ),
    "catalogue.limit_without_unit": (
        "时限 {value} 没有写明单位，请在单位一列选择“工作日”；如依据写的是自然日，请先换算。",
        "The limit of {value} has no unit. Choose 工作日 (working days); convert it first where the law counts other"
        " days.",
    ),
    "catalogue.immediate_with_limit": (
        "即办件的承诺时限是 {promised} 个工作日，请核对办件类型。",
        "An item done on the spot promises {promised} working days. Please check its case type.",
    ),
    # audit: parts
    "catalogue.part_code_malformed": (
        "编码“{value}”不合要求：请用 1 至 40 个字母、数字、横线或下划线。",
        "The code “{value}” cannot be used: take 1 to 40 letters, digits, hyphens or underscores.",
    ),
    "catalogue.part_code_twice": (
        "编码“{value}”在这个事项里出现了不止一次，请改成互不相同的编码。",
        "The code “{value}” occurs more than once in this item. Please give each a code of its own.",
    ),
    "catalogue.part_name_missing": ("“{value}”没有名称，请填写。", "“{value}” has no name. Please enter it."),
    "catalogue.situations_missing": (
        "没有任何情形，窗口无法告知材料。请至少设置一种情形。",
        "There is no situation, so a clerk cannot say what to bring. Please add at least one.",
    ),
    "catalogue.situation_without_materials": (
        "情形“{situation}”没有列出任何材料，请核对是否确实不需要。",
        "Situation “{situation}” lists no material. Please check whether none is needed.",
    ),
    "catalogue.situation_unknown_material": (
        "情形“{situation}”引用了不存在的材料“{material}”，请改正材料编码或补上这份材料。",
        "Situation “{situation}” names material “{material}”, which does not exist. Correct the code or add it.",
    ),
    "catalogue.situation_unreachable": (
        "任何回答都到不了情形“{situation}”：没有自己的提问（为空或与前面的相同），或没有一组回答符合它的条件。请写明怎样判断。",
        "No answer leads to situation “{situation}”: its question is empty or was asked before, or no set of answers "
        "meets its condition. Say how to tell it.",
    ),
    "catalogue.materials_missing": (
        "没有任何材料，不能发布。请列出所需材料。",
        "There are no materials, so it cannot be published. Please list what is needed.",
    ),
    "catalogue.material_unused": (
        "材料“{material}”没有被任何情形使用，请核对。",
        "Material “{material}” is used by no situation. Please check it.",
    ),
    "catalogue.grade_missing": (
        "材料“{material}”缺少证据等级，请选择 A、B、C 或 D。",
        "Material “{material}” has no evidence grade. Please choose A, B, C or D.",
    ),
    "catalogue.source_missing": (
        "材料“{material}”没有写明来源，请填写由谁出具。",
        "Material “{material}” does not say who issues it. Please enter its source.",
    ),
    "catalogue.material_held_elsewhere": (
        "材料“{material}”是{holder}办理“{name}”的结果，政府已经掌握。请写明免交依据（核验信息），不再向群众索要。",
        "Material “{material}” is what {holder} issues by “{name}”, so the government holds it. Name the attestation"
        " that waives it instead of asking the resident.",
    ),
    "catalogue.material_waived_elsewhere": (
        "材料“{material}”在事项“{name}”中可凭核验信息“{fact}”免交，这里却没有。请核对能否同样免交。",
        "Material “{material}” is waived by the attestation “{fact}” in item “{name}”, but not here. Please check"
        " whether it can be waived here as well.",
    ),
    "catalogue.valid_days_out_of_range": (
        "材料收过一次可以再用 {value} 天，不在 1 至 {most} 天之间。请改正，或留空表示每次都要交。",
        "A material is good for another {value} days, which is not between 1 and {most}. Correct it, or leave it empty "
        "where every application needs it anew.",
    ),
    "catalogue.fact_malformed": (
        "免交依据“{value}”不合格式，请写成“部门.事实”，如 mz.low-income-household。",
        "The fact “{value}” is malformed; write department.fact, such as mz.low-income-household.",
    ),
    "catalogue.copies_out_of_range": (
        "份数 {value} 不在 0 至 {most} 之间，请改正。",
        "{value} copies is not between 0 and {most}. Please correct it.",
    ),
    "catalogue.tolerant_without_minor": (
        "事项允许容缺受理，但没有可以后补的材料（必要而非主要的材料），请核对。",
        "Tolerant acceptance is allowed, but no material may come later (required, not main). Please check it.",
    ),
    "catalogue.steps_missing": (
        "没有任何办理环节，不能发布。请至少设置一个环节。",
        "There are no steps, so it cannot be published. Please add at least one.",
    ),
    "catalogue.step_limit_missing": (
        "环节“{step}”没有时限，请填写工作日数。",
        "Step “{step}” has no limit. Please enter working days.",
    ),
    "catalogue.last_step_elsewhere": (
        "最后一个环节“{step}”不在有权办结的层级（{home}），请改正环节层级或行使层级。",
        "The last step “{step}” is not at the tier that concludes the item ({home}). Correct the step or the level.",
    ),
    "catalogue.steps_over_promised": (
        "各环节时限合计 {days} 个工作日，超过承诺时限 {promised} 个工作日。并联办理可以保留，否则请改正。",
        "The steps add up to {days} working days, more than the {promised} promised. Keep it if steps run in parallel,"
        " otherwise correct it.",
    ),
    "catalogue.step_unknown_before": (
        "环节“{step}”的前置环节“{before}”不存在，请改正编码或补上这个环节。",
        "Step “{step}” waits for step “{before}”, which does not exist. Correct the code or add it.",
    ),
    "catalogue.step_cycle": (
        "环节“{step}”直接或间接地等待自己，永远无法开始。请改正前置环节。",
        "Step “{step}” waits for itself, directly or through others, and can never begin. Correct what it waits for.",
    ),
    "catalogue.step_dead_end": (
        "环节“{step}”之后没有通向办结环节“{last}”的路，请改正后面环节的前置环节。",
        "No way leads from step “{step}” to the concluding one, “{last}”. Correct what the later steps wait for.",
    ),
    "catalogue.no_counter": (
        "办理形式里没有“窗口办理”，任何窗口都不能受理。请补上办理形式，或不要把它列入窗口目录。",
        "No counter does this item: 窗口办理 is not among its channels. Add it, or leave the item out.",
    ),
    "catalogue.choices_missing": (
        "选择类字段“{label}”没有选项，请填写。",
        "Field “{label}” is a choice without choices. Please enter them.",
    ),
    "catalogue.length_out_of_range": (
        "最大长度 {value} 不在 1 至 {most} 之间，请改正。",
        "A length of {value} is not between 1 and {most}. Please correct it.",
    ),
    # audit: texts
    "catalogue.text_too_long": (
        "这一项有 {length} 个字，最多 {most} 个字，请精简。",
        "This has {length} characters, at most {most} are allowed. Please shorten it.",
    ),
    "catalogue.text_malformed": (
        "这一项含有换行、不可见字符或首尾空格，请重新输入。",
        "This holds a line break, an invisible character or blanks at its ends. Please type it again.",
    ),
    "catalogue.entry_malformed": (
        "列表中的“{value}”为空或含有分号，请分成多条填写。",
        "The entry “{value}” of the list is empty or holds a semicolon. Please write separate entries.",
    ),
    "catalogue.list_too_long": (
        "这里有 {number} 条，最多 {most} 条，请精简。",
        "There are {number} entries, at most {most} are allowed. Please shorten the list.",
    ),
    "catalogue.item_too_large": (
        "整个事项有 {size} 字节，最多 {most} 字节，请精简内容。",
        "The whole item has {size} bytes, at most {most} are allowed. Please shorten it.",
    ),
    # a file as a whole
    "catalogue.file_extension": (
        "文件“{file}”不是 .xlsx 或 .csv，也不是 .json。请在表格软件中另存为 XLSX 或 UTF-8 编码的 CSV 后再导入。",
        "The file “{file}” is none of .xlsx, .csv and .json. Save it as XLSX, or as CSV in UTF-8, and import it again.",
    ),
    "catalogue.file_too_large": (
        "文件“{file}”有 {size} 字节，超过 {most} 字节的上限，没有读取。请拆成几个文件分别导入。",
        "The file “{file}” has {size} bytes, more than the limit of {most}, and was not read. Split it into several.",
    ),
    "catalogue.file_empty": (
        "文件“{file}”里没有任何数据行，没有导入。请从表头的下一行开始填写。",
        "The file “{file}” holds no rows, so nothing was imported. Fill it in from the row below the header.",
    ),
    "catalogue.file_not_json": (
        "文件“{file}”不是完好的 JSON（{reason}），没有导入。请重新导出，或用能检查 JSON 的编辑器改正。",
        "The file “{file}” is no sound JSON ({reason}), so nothing was imported. Export it again, or correct it in an"
        " editor that checks JSON.",
    ),
    "catalogue.file_json_value": (
        "文件“{file}”里有一个值的类型不对（{reason}），没有导入。请按 docs/catalogue.md 的说明改正。",
        "The file “{file}” holds a value of a wrong type ({reason}), so nothing was imported. Correct it as"
        " docs/catalogue.md says.",
    ),
    "catalogue.file_json_field": (
        "文件“{file}”里的“{path}”不是目录的字段，没有导入。请改正字段名，或删去它。",
        "The file “{file}” has “{path}”, which is no field of a catalogue, so nothing was imported. Correct its name,"
        " or take it out.",
    ),
    "catalogue.file_too_many_rows": (
        "“{sheet}”超过 {most} 行的上限（带格式的空行也计算在内），没有导入。请删除多余行或拆成几个文件。",
        "“{sheet}” has more rows than the limit of {most} (formatted empty rows count), so nothing was imported. Delete"
        " what is not needed, or split the file.",
    ),
    "catalogue.file_too_many_columns": (
        "“{sheet}”超过 {most} 列的上限，没有导入。请删除表格右侧多余的列。",
        "“{sheet}” has more columns than the limit of {most}, so nothing was imported. Delete those on the right.",
    ),
    "catalogue.file_not_utf8": (
        "文件“{file}”第 {row} 行附近不是 UTF-8 编码，没有导入。"
        "请在表格软件中选择“另存为 CSV UTF-8（逗号分隔）”后再导入。",
        "The file “{file}” is not in UTF-8 near line {row}, so nothing was imported. Save it as “CSV UTF-8 (comma"
        " delimited)” and import it again.",
    ),
    "catalogue.file_is_a_workbook": (
        "文件“{file}”名为 .csv，内容却是 Excel 工作簿，没有导入。请把扩展名改为 .xlsx。",
        "The file “{file}” is called .csv but is an Excel workbook, so nothing was imported. Rename it to .xlsx.",
    ),
    "catalogue.file_csv_broken": (
        "文件“{file}”第 {row} 行附近的引号不成对或单元格过长，没有导入。请检查引号后重新导出。",
        "The file “{file}” has an unbalanced quote or an overlong cell near line {row}, so nothing was imported. Check"
        " the quotes and export it again.",
    ),
    "catalogue.file_not_xlsx": (
        "文件“{file}”不是完好的 XLSX 工作簿，没有导入。请在表格软件中打开，另存为 XLSX 后再导入。",
        "The file “{file}” is no sound XLSX workbook, so nothing was imported. Open it and save it as XLSX again.",
    ),
    "catalogue.file_old_or_locked": (
        "文件“{file}”是旧版 XLS 或加了密码的工作簿，没有导入。请去掉密码，另存为 XLSX 后再导入。",
        "The file “{file}” is an old XLS or protected by a password, so nothing was imported. Remove the password and"
        " save it as XLSX.",
    ),
    "catalogue.file_unpacks_too_large": (
        "文件“{file}”解压后超过 {most} 字节的上限，没有打开。请去掉图片和多余工作表，或拆成几个文件。",
        "The file “{file}” unpacks to more than the limit of {most} bytes and was not opened. Remove pictures and spare"
        " sheets, or split it.",
    ),
    "catalogue.file_too_many_formulas": (
        "文件“{file}”中的公式或错误值超过 {most} 个，没有导入。请全选后“选择性粘贴为数值”再导入。",
        "The file “{file}” has more than {most} formulas or error values, so nothing was imported. Paste it as values.",
    ),
    "catalogue.file_unknown_header": (
        "文件“{file}”的表头不是目录模板的表头，没有导入。请下载模板，把内容粘贴到模板中。",
        "The header of the file “{file}” is not that of a catalogue, so nothing was imported. Use the template.",
    ),
    "catalogue.file_columns_missing": (
        "“{sheet}”缺少必要的列：{names}，没有导入。请补上这些列。",
        "“{sheet}” lacks the columns {names}, so nothing was imported. Please add them.",
    ),
    "catalogue.file_column_twice": (
        "“{sheet}”的表头里“{name}”出现了两次，没有导入。请删去其中一列。",
        "The header of “{sheet}” has “{name}” twice, so nothing was imported. Delete one of the columns.",
    ),
    "catalogue.file_no_items": (
        "所选文件里没有事项表，情形、材料、环节、表单无处归属，没有导入。请连同事项表一起选择。",
        "No file holds the table of items that the others belong to, so nothing was imported. Choose it as well.",
    ),
    "catalogue.files_too_many": (
        "一次最多选择 {most} 个文件，请分批导入。",
        "At most {most} files can be imported at once; please import them in parts.",
    ),
    # rows and cells
    "catalogue.sheet_ignored": (
        "工作表“{sheet}”的表头不属于目录，已跳过。",
        "The header of sheet “{sheet}” does not belong to a catalogue; the sheet was skipped.",
    ),
    "catalogue.column_ignored": (
        "“{name}”这一列不在模板中，已跳过；如是必要内容，请改用模板的列名。",
        "Column “{name}” is not in the template and was skipped; if it matters, use the template's heading.",
    ),
    "catalogue.row_without_code": (
        "这一行没有实施编码，没有导入。请填写编码。",
        "This row has no implementation code and was not imported. Please enter it.",
    ),
    "catalogue.row_code_twice": (
        "编码“{value}”与第 {first} 行重复，只取了先出现的一行。请改正编码或删去一行。",
        "The code “{value}” repeats that of row {first}; only the first was taken. Correct the code or delete a row.",
    ),
    "catalogue.row_unknown_item": (
        "这一行属于事项“{value}”，但事项表里没有它，没有导入。请核对实施编码。",
        "This row belongs to item “{value}”, which is not in the table of items; it was not imported. Check the code.",
    ),
    "catalogue.row_without_part_code": (
        "这一行没有填写“{column}”，没有导入。请填写编码。",
        "This row has no “{column}” and was not imported. Please enter the code.",
    ),
    "catalogue.row_too_wide": (
        "这一行比表头多出内容，可能有逗号没有加引号而错位。请核对整行。",
        "This row holds more than its header; a comma without quotes may have shifted it. Check the whole row.",
    ),
    "catalogue.cell_formula": (
        "这一格是公式，没有采用。请粘贴为数值。",
        "This cell is a formula and was not taken. Please paste it as a value.",
    ),
    "catalogue.cell_error": (
        "这一格是公式错误值，没有采用。请改正后粘贴为数值。",
        "This cell is the error of a formula and was not taken. Correct it and paste it as a value.",
    ),
    "catalogue.cell_code_as_number": (
        "编码“{value}”被存成了数字，前面的零或后面的位数可能已经丢失，没有采用。请把这一列设为文本后重新填写。",
        "The code “{value}” was stored as a number; zeros or digits may be lost, so it was not taken. Format the column"
        " as text and enter it again.",
    ),
    "catalogue.cell_zero_lost": (
        "“{value}”缺少前面的零，已按“{taken}”处理。请把这一列设为文本。",
        "“{value}” has lost its leading zero and was taken as “{taken}”. Please format the column as text.",
    ),
    "catalogue.cell_date": (
        "“{value}”被存成了日期，没有采用。请把这一列设为文本或数字后重新填写。",
        "“{value}” was stored as a date and was not taken. Format the column as text or number and enter it again.",
    ),
    "catalogue.cell_not_a_number": (
        "“{value}”不是 0 以上的整数，没有采用。请填写整数。",
        "“{value}” is not a whole number of 0 or more and was not taken. Please enter one.",
    ),
    "catalogue.cell_not_a_flag": (
        "“{value}”既不是“是”也不是“否”，没有采用。请填写“是”或“否”。",
        "“{value}” is neither yes nor no and was not taken. Please enter 是 or 否.",
    ),
    # the export of the provincial platform
    "catalogue.foreign_code_malformed": (
        "编码“{value}”不是“本地编码-区划-000-信用代码-1-00”的样式，没有从中取出信用代码。",
        "The code “{value}” is not of the form local-area-000-credit code-1-00; no credit code was taken out of it.",
    ),
    "catalogue.foreign_credit_length": (
        "编码里嵌入的信用代码“{value}”有 {length} 位，应为 18 位。请向实施部门核实。",
        "The credit code “{value}” inside the code has {length} characters instead of 18. Please ask the department.",
    ),
    "catalogue.foreign_credit_wrong": (
        "编码里嵌入的信用代码“{value}”字符或校验位不对。请向实施部门核实。",
        "The credit code “{value}” inside the code has a wrong character or check digit. Please ask the department.",
    ),
    "catalogue.foreign_department_code": (
        "部门代码“{value}”不是 18 位统一社会信用代码，编码里也没有可用的代码。请向实施部门核实。",
        "The department code “{value}” is no unified social credit code, nor is there one inside the item's code."
        " Please ask the department.",
    ),
    "catalogue.foreign_department_replaced": (
        "部门代码“{value}”不是 18 位统一社会信用代码，已采用编码里嵌入的“{inside}”。请核对。",
        "The department code “{value}” is no unified social credit code; “{inside}” inside the item's code was taken"
        " instead. Please check it.",
    ),
    "catalogue.foreign_department_differs": (
        "部门代码“{value}”与编码里嵌入的“{inside}”不同，请核对由谁实施。",
        "The department code “{value}” differs from “{inside}” inside the code. Please check who is responsible.",
    ),
    "catalogue.foreign_area_differs": (
        "区划“{value}”与编码里嵌入的“{inside}”不同，请核对。",
        "The area “{value}” differs from “{inside}” inside the code. Please check it.",
    ),
    # ------------------------------------------------------------ rules of a form
    "catalogue.rule_unknown_field": (
        "字段“{label}”的显示条件引用了“{value}”，表单里在它前面没有这个字段。请改成前面某个字段的编码。",
        "Field “{label}” waits for “{value}”, and no field before it has that code. Name one that has.",
    ),
    "catalogue.rule_without_field": (
        "字段“{label}”写了条件取值，却没有写由哪个字段决定。请补上字段编码，或者删去取值。",
        "Field “{label}” names answers and not the field that they are given to. Add its code, or take them away.",
    ),
    "catalogue.rule_unknown_answer": (
        "字段“{label}”的条件取值“{value}”不在“{asked}”的选项里，它永远不会显示。请改正。",
        "Field “{label}” waits for the answer “{value}”, which is no choice of “{asked}”: it would never be asked for.",
    ),
    "catalogue.bound_malformed": (
        "字段“{label}”的上下限“{value}”不是数字或日期。日期写成 2026-01-31，或 today-18y 的样子。",
        "The bound “{value}” of field “{label}” is no number or date. Write a date as 2026-01-31 or today-18y.",
    ),
    "catalogue.bound_of_no_number": (
        "字段“{label}”不是数字也不是日期，不能有上下限，请删去。",
        "Field “{label}” is neither number nor date and has a bound; take it away.",
    ),
    "catalogue.bounds_reversed": (
        "字段“{label}”的下限 {least} 大于上限 {most}，什么都填不了，请改正。",
        "The least of field “{label}”, {least}, is more than its most, {most}: nothing fits. Correct it.",
    ),
    "catalogue.format_unknown": (
        "字段“{label}”的格式“{value}”不在可选的范围内，请从列表中选择。",
        "The format “{value}” of field “{label}” is none of those there are. Choose one from the list.",
    ),
    "catalogue.format_of_no_text": (
        "字段“{label}”不是文本，不能规定格式，请删去。",
        "Field “{label}” is no text and has a format; take it away.",
    ),
}
