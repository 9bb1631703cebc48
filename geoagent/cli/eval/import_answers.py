"""`geoagent eval import`: makes a run out of another system's answers, so that they are scored as geoagent's are."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.errors import OK

log = logging.getLogger(__name__)


def add(actions: Any) -> None:
    """Add the action `geoagent eval import`, which makes a run out of another system's answers.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    imported = actions.add_parser("import", help="take another system's answers")
    imported.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a table of points or texts: CSV, JSON Lines, JSON, Parquet; or a folder with a file for each answer",
    )
    imported.add_argument(
        "--truth", metavar="LABELS", help="the true places by id: a table, a folder with labels.csv, or a named dataset"
    )
    imported.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="where the files of a named dataset lie"
    )
    imported.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the run")
    imported.add_argument("--strict", action="store_true", help="read only clean JSON out of texts")
    imported.add_argument("--count-missing", action="store_true", help="photos of LABELS without an answer are misses")
    imported.add_argument(
        "--confidence-of", choices=("country", "region", "city"),
        help="what a column such as confidence is of, where its heading does not say so",
    )  # fmt: skip
    imported.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval import`: keep another system's answers in the folder of a run; the exit code 0.

    Answers that the run holds already are not added again. Raises ConfigError where the answers or the true places
    cannot be read, or the folder holds something else.
    """
    from geoagent.atlas import open_atlas
    from geoagent.eval.datasets.importing import import_answers
    from geoagent.runs.run_folder import Manifest, append, dataset_hash, open_run
    from geoagent.settings import read_settings

    samples, results, told = import_answers(
        options.file,
        lambda: open_atlas(read_settings({}).cache),
        options.strict,
        options.truth,
        options.folder,
        options.count_missing,
        options.confidence_of,
    )
    manifest = Manifest(
        mode="imported", dataset=options.truth or str(options.file), dataset_hash=dataset_hash(samples),
        settings={"answers": options.file.name},
    )  # fmt: skip
    finished = open_run(options.out, manifest, samples)
    append(options.out, [result for result in results if result.id not in finished])
    for line in told:
        log.info(line)
    log.info(f"next: geoagent eval score {options.out}")
    return OK
