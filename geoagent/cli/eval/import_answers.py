"""`geoagent eval import`: another system's answers, as a run."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.errors import OK

log = logging.getLogger(__name__)


def add(actions: Any) -> None:
    """Add the action to the parser of `geoagent eval`."""
    imported = actions.add_parser("import", help="take another system's answers")
    imported.add_argument("file", type=Path, metavar="FILE", help="JSON Lines of texts, or CSV of predicted points")
    imported.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the run")
    imported.add_argument("--strict", action="store_true", help="read only clean JSON out of texts")
    imported.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Keep the answers as a run; the exit code. Raises ConfigError."""
    from geoagent.eval.answers import recipes
    from geoagent.runs import run as runs

    samples, results, note = recipes.import_answers(options.file, strict=options.strict)
    manifest = runs.Manifest(mode="imported", dataset=str(options.file), dataset_hash=runs.dataset_hash(samples))
    finished = runs.open_run(options.out, manifest, samples)
    runs.append(options.out, [result for result in results if result.id not in finished])
    log.info(note)
    return OK
