"""Prints seconds a photo (median, worst; of a processor) and peak memory of the embedded reasoner over photos.

Each answer is also checked: valid against the published schemas, every cited id held by its trace.
Usage: photos.py FOLDER
"""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import jsonschema

from geoagent import GeoAgent
from geoagent.case.trace import check
from geoagent.errors import ImageError
from geoagent.settings import read_settings

FILES = {"prediction": "prediction-1.json", "trace": "trace-2.json"}
SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".tif", ".tiff", ".gif"}


def main(folder: Path) -> None:
    """Solve every photo, one after the other, and print the figures."""
    schemas = {name: json.loads((SCHEMAS / file).read_text()) for name, file in FILES.items()}
    agent = GeoAgent(read_settings({}))
    seconds, refused = [], 0
    used = time.process_time()
    for photo in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES):
        began = time.perf_counter()
        try:
            file = agent.trace(photo)
        except ImageError as error:
            refused += 1
            print(f"refused: {error}")
            continue
        seconds.append(time.perf_counter() - began)
        jsonschema.validate(json.loads(file.prediction.model_dump_json()), schemas["prediction"])
        jsonschema.validate(json.loads(file.model_dump_json()), schemas["trace"])
        check(file.trace)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(seconds)} photos, {refused} refused")
    used = (time.process_time() - used) / len(seconds)
    print(f"{used:.2f} s of a processor a photo, what is opened once included")
    print(f"seconds a photo: median {statistics.median(seconds):.2f}, worst {max(seconds):.2f}")
    print(f"peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
