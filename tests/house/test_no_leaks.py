"""The project names no machine, no registry and no secret: it reads the same wherever it is cloned.

The patterns are written so that they do not match themselves.
"""

from __future__ import annotations

import re

import pytest

from tests.house.source import ROOT, files

REGISTRY = re.compile(
    r"p[y]pi\.org|pythonh[o]sted\.org|npmj[s]\.(org|com)|registry\.yarnp[k]g|(deb|security|archive)\.(debia[n]|ubunt[u])\.|"
    r"crate[s]\.io|rubygem[s]\.org|prox[y]\.golang\.org|mirror[s]?\.[\w.-]+\.(cn|com|org|net)"
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~$*})-])/(root/|tmp/|home/\w|Users/\w|private/var/|var/folders/|work/(main|shared|steering|\.))|\b[A-Z]:\\Users\\"
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE K[E]Y-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|"
    r"\bxox[abpr]-[0-9A-Za-z-]{10,}|\bsk-[A-Za-z0-9_-]{32,}"
)
PATTERNS = {"host of a registry": REGISTRY, "path of one machine": MACHINE_PATH, "secret": SECRET}

DATABASE_HEADS = (b"SQLite format 3\x00",)
KEY_FILES = (".pem", ".key", ".p12", ".pfx", ".env")


@pytest.mark.parametrize("what", PATTERNS)
def test_no_file_names_a(what: str) -> None:
    found = []
    for name in files():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [
            f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}" for hit in PATTERNS[what].finditer(text)
        ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_no_database_and_no_key_file_is_part_of_the_project() -> None:
    found = [
        name
        for name in files()
        if name.endswith(KEY_FILES) or (ROOT / name).read_bytes()[:16].startswith(DATABASE_HEADS)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("host of a registry", "see https://py" + "pi.org/project/x"),
        ("host of a registry", "--index-url https://mirrors" + ".example.edu.cn/simple"),
        ("path of one machine", "open('/tm" + "p/x')"),
        ("path of one machine", "cd /ho" + "me/somebody"),
        ("secret", "-----BEGIN " + "OPENSSH PRIVATE KEY" + "-----"),
    ],
)
def test_the_patterns_bite(what: str, text: str) -> None:
    assert PATTERNS[what].search(text)


@pytest.mark.parametrize("text", ["$TMPDIR/tmp/x", "https://example.org/tmp/", "/var/lib/tongban", "/work/5116"])
def test_the_patterns_leave_rightful_text_alone(text: str) -> None:
    assert not [what for what, pattern in PATTERNS.items() if pattern.search(text)]
