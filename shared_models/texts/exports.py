"""Sentences on a catalogue that goes out as files."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "exports.format_unknown": (
        "没有“{value}”这种格式，没有导出。请选择：{known}。",
        "There is no format “{value}”, so nothing was exported. Choose one of: {known}.",
    ),
    "exports.nothing_published": (
        "还没有发布过事项目录，没有可导出的内容。要导出草稿，请选择草稿（--drafts）。",
        "No catalogue has been published yet, so there is nothing to export. Choose the drafts (--drafts) for those.",
    ),
    "exports.no_drafts": (
        "没有草稿，没有可导出的内容。请先导入目录文件，或导出已发布的目录。",
        "There are no drafts, so there is nothing to export. Import a file first, or export what is published.",
    ),
    "exports.file_written": (
        "已写入 {path}。",
        "Written: {path}.",
    ),
    "exports.written": (
        "已导出第 {version} 版目录的 {items} 项。",
        "Exported the {items} items of catalogue version {version}.",
    ),
    "exports.drafts_written": (
        "已导出 {items} 项草稿。",
        "Exported {items} drafts.",
    ),
}
