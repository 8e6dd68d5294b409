"""`make fuzz`: changes the corpus of every target until the time is up; gives inputs and findings for each.

A finding is an exception that is not documented, or an input that costs more than a second. It is kept as a file in
the corpus, so that it stays mended: commit it with what mends it.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.corpus import CORPUS, corpus_of
from tests.fuzz.mutation import mutated
from tests.fuzz.targets import Target, targets

MEMORY = Path("/dev/shm")
SLOW_SECONDS = 1.0
"""Of the processor's time."""
NEW_MAX = 3000
FINDINGS_MAX = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together (default: 10)")
    parser.add_argument("--target", action="append", choices=sorted(targets()), help="only this one; may come again")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other inputs")
    options = parser.parse_args()
    logging.disable()  # what is refused is logged, a thousand times a second
    chosen = [targets()[name] for name in options.target or sorted(targets())]
    found = 0
    for target in chosen:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            found += fuzz(target, Path(folder), options.minutes * 60 / len(chosen), Random(options.seed))
    return 1 if found else 0


def fuzz(target: Target, folder: Path, seconds: float, random: Random) -> int:
    """Tries inputs for so long; gives how many kinds of findings there were. An input that was answered in a way that
    none before it was is changed in its turn."""
    work = target.open(folder)
    pool = list(corpus_of(target.name).values())
    answers: Counter[str] = Counter()
    findings: dict[str, str] = {}
    start, count = time.monotonic(), 0
    while time.monotonic() - start < seconds and len(findings) < FINDINGS_MAX:
        data = mutated(random.choice(pool), pool, random)
        count += 1
        began = time.process_time()
        try:
            answer = work(data)[:80]
            answers[answer] += 1
            if answers[answer] == 1 and len(pool) < NEW_MAX:
                pool.append(data)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            keep(target, data, _where(error), findings)
        if (took := time.process_time() - began) > SLOW_SECONDS:
            keep(target, data, f"slow: {took:.1f} s at its own", findings)
    took = time.monotonic() - start
    print(
        f"{target.name}: {count} inputs in {took:.0f} s, {len(answers)} answers, {len(findings)} findings", flush=True
    )
    return len(findings)


def _where(error: BaseException) -> str:
    """What broke, and the last line of ours in which it did."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__}: {str(error)[:100]} at {place}"


def keep(target: Target, data: bytes, why: str, findings: dict[str, str]) -> None:
    kind = why.partition(":")[0] + why.rpartition(" at ")[2]
    if kind in findings:
        return
    name = f"found-{hashlib.sha256(data).hexdigest()[:10]}"
    findings[kind] = name
    (CORPUS / target.name).mkdir(parents=True, exist_ok=True)
    (CORPUS / target.name / name).write_bytes(data)
    print(f"{target.name}: {why} (tests/fuzz/corpus/{target.name}/{name})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
