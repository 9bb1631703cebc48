"""`geoagent eval compare`: tells whether two runs over the same photos differ, and on which photos."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.errors import OK
from geoagent.plain_text import printable

if TYPE_CHECKING:
    from geoagent.eval.report.paired import Paired


def add(actions: Any) -> None:
    """Add the action `geoagent eval compare`, which compares two runs over the same photos.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    compare = actions.add_parser("compare", help="two runs over the same samples")
    compare.add_argument("a", type=Path, metavar="A", help="the folder of one run")
    compare.add_argument("b", type=Path, metavar="B", help="the folder of the other")
    compare.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval compare`: print the differences of two runs with intervals and tests; the exit code 0.

    Raises ConfigError where a run cannot be read or the two have no photo in common.
    """
    from geoagent.eval.metrics.judged import answer_in_words, run_beliefs
    from geoagent.eval.report.cases import read_run
    from geoagent.eval.report.paired import compare_runs
    from geoagent.settings import read_settings

    cache = read_settings({}).cache
    beliefs, other = run_beliefs(cache, options.a), run_beliefs(cache, options.b)
    runs = [read_run(options.a, "A", beliefs), read_run(options.b, "B", other)]
    (found,) = compare_runs(runs, beliefs)
    print(f"A {options.a}, B {options.b}: {found.n} samples in common\n")
    print("| figure | A | B | B − A | n | only A right | only B right | p |\n|---|---|---|---|---|---|---|---|")
    for row in found.differences:
        v, test = row.difference, row.test
        tested = f"{test.only_a} | {test.only_b} | {test.p:.3g}" if test else "– | – | –"
        apart = f"{v.value:+.4g} [{v.low:+.4g}, {v.high:+.4g}]"
        print(f"| {row.name} | {row.a:.4g} | {row.b:.4g} | {apart} | {v.n} | {tested} |")
    print(_power(found))
    for case in found.differing:
        loser = case.b if case.only == "A" else case.a
        said = f"{case.id}: only {case.only} is right; the other says {answer_in_words(loser.result, beliefs.atlas)}"
        print(printable(f"{said}: {case.reason}" if case.reason else said))
    print(f"\nnext: geoagent eval report {options.a} {options.b} --out report.html")
    return OK


def _power(found: "Paired") -> str:
    """How many photos it takes to see what separates the two."""
    from geoagent.eval.metrics.figures import power_told

    row = next((row for row in found.differences if row.test), None)
    if row is None or row.test is None:
        return ""
    n = row.difference.n
    discordant = (row.test.only_a + row.test.only_b) / n
    return (
        f"\npower of {row.name!r}: just one of the two is right on {100 * discordant:.3g} % of the photos; so often, "
        f"{power_told(n, discordant)} (5 % level, 80 % power)"
    )
