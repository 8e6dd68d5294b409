"""Sentences on an import that waits until somebody decides about it."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "imports.none_waits": (
        "没有等待决定的导入，草稿没有改动。请先选择文件导入，看过结果再决定。",
        "No import waits for a decision, and no draft was changed. Import a file first, and decide when you have seen"
        " what it would do.",
    ),
    "imports.has_errors": (
        "文件里有 {errors} 处必须修改，不能全部采用，草稿没有改动。请改好文件重新导入，或只采用没有错误的事项。",
        "There are {errors} things to mend in the file, so it was not taken as a whole, and no draft was changed. Mend"
        " the file and import it again, or take the items without an error.",
    ),
    "imports.base_changed": (
        "读取文件之后基本目录发布了新版，检查结果已经过时，草稿没有改动。请重新导入这些文件。",
        "The base list was published anew since the file was read, so the findings are out of date, and no draft was"
        " changed. Import the files again.",
    ),
    "imports.read": (
        "文件已读完，草稿还没有任何改动。请看下面会改动什么，再决定怎样采用。",
        "The file is read, and no draft has changed yet. See below what it would change, then decide.",
    ),
    "imports.taken": (
        "已采用：新增 {added} 项，修改 {changed} 项，未变 {unchanged} 项，保留原草稿 {kept} 项。",
        "Taken: {added} new, {changed} changed, {unchanged} as before, {kept} kept as a better draft was there.",
    ),
    "imports.taken_by_choice": (
        "已按您的选择写入草稿，请在事项目录中查看。",
        "The drafts are written as you chose; see them in the catalogue.",
    ),
    "imports.dropped": (
        "这次导入已放弃，草稿没有改动。",
        "The import was thrown away, and no draft was changed.",
    ),
    "imports.waits": (
        "草稿还没有改动。全部采用会新增 {added} 项、修改 {changed} 项；{unchanged} 项未变，{kept} 项保留原草稿；"
        "没有错误的有 {sound} 项。",
        "No draft has changed. Taking all would add {added} and change {changed}; {unchanged} are as before, {kept}"
        " kept as a better draft is there; {sound} have no error.",
    ),
    "imports.decide": (
        "下一步：tongban-hub catalogue import DATA 加 --all-or-nothing（全部采用，有错误则不采用）、"
        "--good-rows（只采用没有错误的）、--keep-faulty（有错误的也留作草稿）或 --discard（放弃）。",
        "Next: tongban-hub catalogue import DATA with --all-or-nothing (take all, or nothing where there is an error),"
        " --good-rows (those without an error), --keep-faulty (those with errors too, as drafts) or --discard.",
    ),
    "imports.fault": (
        "· {number} 处（第一处：{sheet} 第 {row} 行，{column}）：{sentence} 改法：{hint}",
        "· {number} times (first: {sheet}, row {row}, {column}): {sentence} To mend it: {hint}",
    ),
    "imports.one_choice": (
        "--dry-run、--all-or-nothing、--good-rows、--keep-faulty 和 --discard 只能选一个，没有导入。",
        "Give only one of --dry-run, --all-or-nothing, --good-rows, --keep-faulty and --discard; nothing was imported.",
    ),
    "imports.files_needed": (
        "没有写明要导入的文件。请写上文件；要处理等待中的导入，请加 --all-or-nothing、--good-rows、--keep-faulty 或"
        " --discard。",
        "No file was named. Name one; for the import that waits, add --all-or-nothing, --good-rows, --keep-faulty or"
        " --discard.",
    ),
    "imports.discard_without_files": (
        "--discard 放弃的是等待中的导入，不要写文件。什么也没有改动。",
        "--discard throws away the import that waits: name no file. Nothing was changed.",
    ),
}
