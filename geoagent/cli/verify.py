"""`geoagent verify`: tells whether a photo was taken where somebody says it was."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.cli.options import (
    add_asking,
    add_budget,
    add_exif,
    add_force,
    add_model,
    add_outside,
    finite,
    take_coordinates,
)
from geoagent.cli.sun import add_clock, add_measured, suns_measured, times_given
from geoagent.errors import CONTRADICTED, DEGRADED, OK, POSSIBLE, ConfigError

CODES = {"supported": OK, "possible": POSSIBLE, "contradicted": CONTRADICTED}


def add(commands: Any) -> None:
    """Add the command `geoagent verify`, which tests a claim of where a photo was taken, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    verify = commands.add_parser(
        "verify", help="say whether a photo was taken where it is said to be",
        description="Say whether a photo was taken where it is said to be: supported (exit code 0), possible (4) or "
        "contradicted (5).",
    )  # fmt: skip
    verify.add_argument("photo", type=Path, metavar="PHOTO", help="the photo")
    verify.add_argument("--place", required=True, metavar="PLACE", help="a name (Lisbon, Portugal) or LAT,LON")
    verify.add_argument("--within", type=finite, metavar="KM", help="how near the point or the town's middle (10)")
    add_clock(verify)
    add_measured(verify)
    verify.add_argument(
        "--beforehand",
        default="0.5",
        metavar="P",
        help='the probability that the claim is given before the photo is looked at (0.5), or "atlas"',
    )
    add_model(verify)
    add_asking(verify)
    add_exif(verify)
    add_outside(verify)
    add_budget(verify)
    verify.add_argument("--json", action="store_true", help="print the outcome as JSON")
    verify.add_argument("--trace", type=Path, metavar="FILE", help="save the trace of the case")
    verify.add_argument("--quiet", action="store_true", help="no progress")
    take_coordinates(verify)
    add_force(verify)
    verify.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent verify`: solve the photo, weigh the claimed place and print the outcome.

    The exit code is 0 if the claim is supported, 4 if it is possible, 5 if it is contradicted, and 3 if the model
    server failed on the way. Raises ConfigError for a place or time that cannot be used, ImageError where the photo
    cannot be read.
    """
    from geoagent.agent import GeoAgent
    from geoagent.belief.sun_band import sun_evidence
    from geoagent.case.trace import Trace
    from geoagent.cli.solve_outputs import read_by
    from geoagent.files.outputs import check
    from geoagent.place_claim import Claimed, check_claimed, verification
    from geoagent.reading.sun_measurement import UnusableMeasure
    from geoagent.report.place_claim import render
    from geoagent.runs.trace_files import save_trace, trace_output
    from geoagent.settings import read_settings

    settings = read_settings(vars(options))
    if options.trace:
        check(trace_output(options.trace, read_by(settings, [options.photo]), options.force))
    try:
        times = times_given(options, None) if options.time else []
        measured = any((options.height, options.shadow, options.sun_height, options.shadow_direction))
        if measured and not times:
            raise ConfigError("a shadow tells a place with the time alone: give --time")
        suns = suns_measured(options, None, [t.give_or_take(options.time_error) for t in times]) if measured else []
    except UnusableMeasure as error:
        raise ConfigError(str(error)) from error
    claimed = Claimed(options.place, options.within, times[0] if times else None, suns, _beforehand(options.beforehand))
    agent = GeoAgent(settings, given=Trace(evidence=tuple(sun_evidence(suns))))
    place = check_claimed(claimed, agent)
    file = agent.trace(options.photo)
    found = verification(claimed, place, file, agent)
    print(found.model_dump_json() if options.json else render(found))
    if options.trace:
        save_trace(file, options.trace, read_by(settings, [options.photo]), options.force)
    return DEGRADED if file.prediction.status == "degraded" else CODES[found.outcome]


def _beforehand(text: str) -> Any:
    """A probability, or "atlas". Raises ConfigError."""
    if text == "atlas":
        return text
    try:
        return finite(text)
    except argparse.ArgumentTypeError as error:
        raise ConfigError('--beforehand: a probability between 0 and 1, or "atlas"') from error
