"""`geoagent eval calibrate`: fits how far each witness is to be trusted to runs over photos whose places are known."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_force
from geoagent.errors import OK

if TYPE_CHECKING:
    from geoagent.eval.calibration.fit import Fit


def add(actions: Any) -> None:
    """Add the action `geoagent eval calibrate`, which fits reliabilities to runs with known places.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    calibrate = actions.add_parser("calibrate", help="fit reliabilities to labelled runs")
    calibrate.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="the folders of the runs")
    calibrate.add_argument("--out", type=Path, required=True, metavar="FILE", help="the reliabilities, as JSON")
    calibrate.add_argument("--diagram", type=Path, metavar="FILE", help="draw the reliability diagram, as .svg or .png")
    add_force(calibrate)
    calibrate.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval calibrate`: fit the reliabilities, write them and print what they gain; the exit code 0.

    Raises ConfigError where a run cannot be read, where too little is known to fit, or where a file cannot be written.
    """
    from geoagent.eval.calibration.diagram import diagram_output, draw_reliability
    from geoagent.eval.calibration.fit import fit
    from geoagent.eval.calibration.runs import labelled_samples, reliabilities_output
    from geoagent.eval.metrics.judged import run_beliefs
    from geoagent.files.outputs import check, write
    from geoagent.settings import read_settings

    out = reliabilities_output(options.out, options.runs, options.force)
    diagram = diagram_output(options.diagram, options.runs, options.force) if options.diagram else None
    check(*(output for output in (out, diagram) if output))
    beliefs = run_beliefs(read_settings({}).cache)
    name = "+".join(folder.name for folder in options.runs)
    found = fit(labelled_samples(options.runs, beliefs), beliefs.reliabilities, beliefs.atlas, name)
    write(out, found.reliabilities.model_dump_json(indent=1) + "\n")
    _print(found, name, options.out)
    if diagram:
        curves = {"before": found.before, "after, on held-out samples": found.after}
        draw_reliability(curves, diagram, f"{name}: country, n = {found.samples}")
    return OK


def _print(found: "Fit", name: str, path: Path) -> None:
    before, after, gained = found.bits_before, found.bits_after, found.gained_bits
    print(
        f"{found.samples} samples with evidence. The log score is the mean log2 of the true place's probability; 0 is "
        f"best.\n  before the fit  {before}\n  after it        {after}, each sample by a fit to the others\n"
        f"  gained          {gained} bits"
    )
    print("Reliabilities that were fitted: how far a witness is believed, from 0 to 1, by kind of evidence and level.")
    for fitted in found.reliabilities.rows:
        if fitted.fitted == f"{name}, n = {found.samples}" and fitted.level != "*":
            print(f"  {fitted.witness:<26}{fitted.kind:<17}{fitted.level:<9}{fitted.r:.3f}")
    softened = ", ".join(f"{family} {value:.3g}" for family, value in found.reliabilities.temperatures.items())
    print(f"γ, how much each further piece of one group counts beside the one before: {found.reliabilities.gamma:.3f}")
    print(f"Temperatures, above 1 where what a family of witnesses says is softened: {softened or 'all 1'}")
    print(f"wrote {path}; use it with geoagent eval run --reliabilities {path}")
