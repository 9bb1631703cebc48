"""Prints how long reading text takes: photos scaled to a longest side, all scripts that are installed, load and memory.

Usage: ocr.py FOLDER [--longest 1600] [--count 40]
"""

import argparse
import os
import resource
import statistics
import time
from pathlib import Path

from PIL import Image

from geoagent.errors import ImageError
from geoagent.photo import load_photo
from geoagent.reading.ocr.recognition import recognise
from geoagent.reading.ocr.tesseract import installed


def main(folder: Path, longest: int, count: int) -> None:
    """Read each photo once, after a first that loads the models."""
    seconds, lines, read = [], 0, 0
    for path in sorted(folder.iterdir())[: count + 1]:
        try:
            image = load_photo(path).image
        except ImageError:
            continue
        scale = longest / max(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        began = time.perf_counter()
        found = recognise(image)
        seconds.append(time.perf_counter() - began)
        lines += len(found)
        read += bool(found)
    first, *warm = seconds
    print(f"{len(seconds)} photos of {longest} pixels, {len(installed())} scripts beside Latin, Chinese and Japanese")
    print(f"text on {read}, {lines} lines")
    print(f"first {first:.2f} s; then median {statistics.median(warm):.2f} s, worst {max(warm):.2f} s")
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {peak_gb:.2f} GB; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--longest", type=int, default=1600)
    parser.add_argument("--count", type=int, default=40)
    options = parser.parse_args()
    main(options.folder, options.longest, options.count)
