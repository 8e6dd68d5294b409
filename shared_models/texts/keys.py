"""Sentences about the life of a node's key."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "keys.rotated": (
        "节点 {node} 已换用新密钥 {key}，名称不变，业务照常。请按《运行和维护》重新备份密钥文件。",
        "Node {node} has taken another key, {key}. Its name stays, and work goes on. Copy its sealed keys again, as"
        " docs/operations.md says.",
    ),
}
