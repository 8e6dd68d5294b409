"""What sample pictures of materials say no to."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "catalogue.sample_malformed": (
        "材料“{material}”的样图编号不对。请填写 tongban-hub catalogue sample 发布样图时给出的 43 位编号，或留空。",
        "The sample picture of “{material}” is not named as it should be. Give the 43 characters that tongban-hub "
        "catalogue sample printed, or leave it empty.",
    ),
    "catalogue.sample_too_large": (
        "样图 {file} 有 {size} 字节，最多 {most} 字节。请缩小后再发布。",
        "The sample picture {file} has {size} bytes, and at most {most} are allowed. Make it smaller.",
    ),
    "catalogue.sample_not_a_picture": (
        "{file} 不是 JPEG、PNG 或 WebP 图片，不能用作样图。",
        "{file} is no JPEG, PNG or WebP picture, so it cannot be a sample.",
    ),
}
