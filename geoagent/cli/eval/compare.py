"""`geoagent eval compare`: two runs over the same samples."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.errors import OK
from geoagent.names import printable


def add(actions: Any) -> None:
    """Add the action to the parser of `geoagent eval`."""
    compare = actions.add_parser("compare", help="two runs over the same samples")
    compare.add_argument("a", type=Path, metavar="A", help="the folder of one run")
    compare.add_argument("b", type=Path, metavar="B", help="the folder of the other")
    compare.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print how the two differ; the exit code. Raises ConfigError."""
    from geoagent.eval.metrics.compare import compare
    from geoagent.eval.metrics.judged import judge_run, run_beliefs
    from geoagent.settings import read_settings

    cache = read_settings({}).cache
    beliefs, other = run_beliefs(cache, options.a), run_beliefs(cache, options.b)
    found = compare(judge_run(options.a, beliefs), judge_run(options.b, other), beliefs)
    print(f"A {options.a}, B {options.b}: {found.n} samples in common")
    print(f"bits, B − A: {found.bits}")
    country = found.country
    print(f"country: only A right {country.only_a}, only B right {country.only_b}, p = {country.p:.3g}")
    for case in found.differing:
        print(printable(f"{case.id}: only {case.only} is right; the other says {case.answer}: {case.overturned_by}"))
    return OK
