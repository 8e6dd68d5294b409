"""One import as a process of its own, for benchmarks: `python -m tests.bench.import_process HOW FOLDER FILES…`.

HOW = `import` (read, audited, laid ready and taken in a hub's database) or `plain` (the same rows read and written as
JSON, without looking at them). Prints wall and CPU seconds of the work, and the most memory the process had."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from pathlib import Path

from central import importing
from tests.bench.materials import small_city
from tests.bench.report import peak_mib


def main(how: str, folder: Path, paths: list[Path]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    told = _import(folder, paths) if how == "import" else _plain(folder, paths)
    print(json.dumps({
        **told, "seconds": round(time.perf_counter() - wall, 1), "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mib": round(peak_mib(os.getpid())),
    }))  # fmt: skip


def _import(folder: Path, paths: list[Path]) -> dict[str, int]:
    report = importing.import_files(small_city(folder).hub, [(path.name, path.read_bytes()) for path in paths])
    return {"items": report.rows, "added": report.added, "errors": report.errors, "warnings": report.warnings}


def _plain(folder: Path, paths: list[Path]) -> dict[str, int]:
    rows = 0
    with open(folder / "plain.json", "w", encoding="utf-8") as written:
        for path in paths:
            with open(path, encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    json.dump(row, written, ensure_ascii=False)
                    rows += 1
    return {"rows": rows}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
