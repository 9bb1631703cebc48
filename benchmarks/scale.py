"""Prints how a run on Ray compares with the local engine: rates, workers killed, the driver killed, what is lost.

Usage: scale.py FOLDER VENV [--photos 200] [--every 20]      (the environment that tests/scale/setup.sh makes)

The photos of FOLDER are taken in turn under new names until there are so many. They are solved by one worker and by
two, and by two of which one is killed by SIGKILL every so many seconds and the driver once, half-way. Each run is
compared with that of the local engine, photo by photo.
"""

import argparse
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from geoagent.plain_text import PHOTO_SUFFIXES
from tests.scale.processes import below, environment, solving
from tests.scale.results import differing, lines_in

EDGE = 10
UNSEEN: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def main(options: argparse.Namespace) -> None:
    """Solve the photos four times, and print what came of it."""
    with tempfile.TemporaryDirectory() as work:
        folder = _photos(options.folder, Path(work, "photos"), options.photos)
        local = Path(work, "local")
        print(f"local engine, 2 at a time: {_rate(options.venv, folder, local):.2f} photos/s", flush=True)
        for count in (1, 2):
            run = Path(work, f"ray-{count}")
            rate = _rate(options.venv, folder, run, "--engine", "ray", "--workers", str(count))
            print(f"ray, {count} workers: {rate:.2f} photos/s; {len(differing(local, run))} differ", flush=True)
        run = Path(work, "killed")
        killed = _killed(options, folder, run)
        subprocess.run(_command(options.venv, "resume", run, "--engine", "ray", "--workers", 2), check=False, **UNSEEN)
        counts = Counter(line["id"] for line in lines_in(run) if line["fault"] is None)
        print(f"{killed} workers and the driver killed: {len(counts)} ids, each {sorted(set(counts.values()))} times")
        print(f"{len(differing(local, run))} differ; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def _photos(source: Path, folder: Path, count: int) -> Path:
    folder.mkdir()
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
    for number, path in enumerate(itertools.islice(itertools.cycle(found), count)):
        shutil.copy(path, folder / f"{number:04}{path.suffix}")
    return folder


def _command(venv: Path, *arguments: object) -> list[str]:
    return [str(venv / "bin" / "python"), "-m", "geoagent.cli", *map(str, arguments)]


def _rate(venv: Path, folder: Path, run: Path, *engine: str) -> float:
    """Photos a second between the tenth and the last but ten, without the begin, when workers load, and the end."""
    total = sum(1 for _ in folder.iterdir())
    passed = dict[int, float]()
    with subprocess.Popen(_command(venv, "solve", folder, "--out", run, *engine), **UNSEEN) as driver:
        while driver.poll() is None:
            done = len(lines_in(run))
            for count in (EDGE, total - EDGE):
                if done >= count:
                    passed.setdefault(count, time.monotonic())
            time.sleep(0.2)
    return (total - 2 * EDGE) / (passed[total - EDGE] - passed[EDGE])


def _killed(options: argparse.Namespace, folder: Path, run: Path) -> int:
    """Kill a worker every so many seconds until half of the photos are done, then the driver; how many were killed."""
    killed, last = 0, time.monotonic()
    command = _command(options.venv, "solve", folder, "--out", run, "--engine", "ray", "--workers", 2)
    with subprocess.Popen(command, **UNSEEN) as driver:
        while driver.poll() is None and len(lines_in(run)) < options.photos // 2:
            time.sleep(0.2)
            at = solving(driver.pid)
            if at and time.monotonic() - last >= options.every:
                os.kill(at[killed % len(at)], signal.SIGKILL)
                killed, last = killed + 1, time.monotonic()
        left = below(driver.pid)
        driver.kill()
    while any(environment(pid) for pid in left):
        time.sleep(0.2)
    return killed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("venv", type=Path)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--every", type=float, default=20.0)
    main(parser.parse_args())
