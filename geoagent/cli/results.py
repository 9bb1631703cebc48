"""Prints the answers of a run as they come, for `geoagent solve --out` and `geoagent resume`."""

import argparse
import json
import logging

from geoagent.case.prediction import Prediction
from geoagent.cli.options import engine_of
from geoagent.plain_text import percent, printable
from geoagent.reasoners.vlm.prices import told
from geoagent.runs.batch import Batch, solve_batch
from geoagent.runs.run import exit_code, spent_in

log = logging.getLogger(__name__)


def print_results(batch: Batch, options: argparse.Namespace) -> int:
    """Solve the samples of a run that have no answer yet and print each answer on a line; returns the run's exit code.

    `options` are the parsed arguments: `--workers`, `--json` and `--quiet` count. Raises what `solve_batch` raises.
    """
    try:
        for result in solve_batch(batch, options.workers, engine_of(options)):
            if result.fault and options.quiet:
                log.error(result.fault)
            if result.trace is not None:
                prediction = result.trace.prediction
                print((_as_json if options.json else _line)(result.id, prediction), flush=True)
    except KeyboardInterrupt:
        log.warning(f"interrupted; geoagent resume {batch.folder} goes on")
        raise
    usage = spent_in(batch.folder)
    if usage.model_calls:
        log.info(f"the run took {usage.model_calls} model calls, {usage.tokens:,} tokens, {told(usage.dollars)}")
    return exit_code(batch.folder)


def _as_json(photo: str, prediction: Prediction) -> str:
    return json.dumps({"id": photo, "prediction": prediction.model_dump(mode="json")}, ensure_ascii=False)


def _line(photo: str, prediction: Prediction) -> str:
    if prediction.is_unknown:
        return printable(f"{photo}: not known; {prediction.status}")
    path = [level for level in prediction.levels if level.stated] or list(prediction.levels[:1])
    names = " > ".join(f"{level.name} {percent(level.probability)}" for level in path)
    doubt = "" if prediction.stated else "unknown, perhaps "
    point = f"{prediction.point.lat:.4f}, {prediction.point.lon:.4f}"
    return printable(f"{photo}: {doubt}{names}; {point}; {prediction.status}")
