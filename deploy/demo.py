"""`python -m deploy.demo`: three tiers as four real processes on this machine; `--story` plays the story and ends."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from deploy import catalogue
from deploy.processes import Failed
from deploy.setup import Demo, free_shift, import_catalogue
from deploy.story import Story

LOOK_SECONDS = 0.2
DEFAULT_FOLDER = Path("demo-data")
STORY_PORT_SHIFT = 100


def main() -> int:
    """Exit code 0 when all went well, 1 when a step failed."""
    options = _options()
    if options.story:
        return play(free_shift(options.shift + STORY_PORT_SHIFT), options.patience)
    return serve(options.data, options.shift)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="通办演示：市、区、社区服务站、便民服务中心四个进程")
    parser.add_argument("--story", action="store_true", help="play the story against fresh data, print each step, end")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER, help="data folder of the demonstration")
    parser.add_argument("--shift", type=int, default=0, help="add this to all ports")
    parser.add_argument("--patience", type=float, default=1.0, help="stretch the story's promises of time by this")
    return parser.parse_args()


def serve(folder: Path, shift: int) -> int:
    """Runs the demonstration until Ctrl-C."""
    # No threading.Event: a handler that sets it waits for ever where it interrupts the very wait for it.
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stopped.append(number))
    demo = Demo(folder, shift=shift)
    try:
        if demo.fresh:
            demo.set_up(print)
            with tempfile.TemporaryDirectory() as files:
                catalogue.write_files(Path(files))
                import_catalogue(demo, Path(files))
            demo.keep()
        else:
            demo.start()
        print(demo.table(), "按 Ctrl-C 停止全部进程。", sep="\n", flush=True)
        while not stopped:
            time.sleep(LOOK_SECONDS)
            ended = [key for key, process in demo.processes.items() if not process.running]
            if ended and not stopped:
                raise Failed(f"{', '.join(ended)} ended by itself; see the logs in {folder}")
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        demo.stop()
    print("四个进程均已停止，数据保存在", folder)
    return 0


def play(shift: int, patience: float) -> int:
    """Plays the story on fresh data, on ports of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tongban-story-") as folder:
        demo = Demo(Path(folder), shift=shift)
        story = Story(demo, patience)
        try:
            story.play()
        except Failed as error:
            print(f"✗ {story.step}: {error}", file=sys.stderr)
            return 1
        finally:
            story.close()
            demo.stop()
    print(f"✓ 全部步骤完成，用时 {time.monotonic() - began:.1f} 秒")
    return 0


if __name__ == "__main__":
    sys.exit(main())
