"""A report on runs as one HTML page: everything is inside it, nothing is fetched, nothing is run."""

from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from geoagent.belief import Beliefs
from geoagent.eval.report import groups, number_format, paired, plot, shown_cases, summary, world
from geoagent.eval.report.cases import Run
from geoagent.report.html import page_environment, template_text
from geoagent.report.map import WORLD, countries

PACKAGE = "geoagent.eval.report"
GROUPS_AT_ONCE = 12
"""More groups than this are folded away."""


def as_html(runs: Sequence[Run], beliefs: Beliefs) -> str:
    """A report on runs as an HTML page. All text in it is escaped, without control and bidirectional characters.

    `beliefs` compute again what explains the answers.
    """
    environment = page_environment(PACKAGE)
    environment.filters |= {"words": number_format.words, "share": number_format.share, "number": number_format.figure}
    environment.filters |= {"change": number_format.change, "p_value": number_format.p_value}
    environment.globals |= {"sign": plot.key, "row": plot.interval_row, "shade": _shade}
    table = summary.lines(runs)
    land = countries(WORLD)
    return environment.get_template("report.html").render(
        style=Markup(
            template_text("base.css") + (files(PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
        ),
        version=version("geoagent-locate"),
        runs=runs,
        main=summary.main(table),
        table=table,
        diagrams=summary.diagrams(runs),
        maps=[world.world_map(list(run.cases.values()), land, f"Errors of {run.title}") for run in runs],
        errors=number_format.error_classes(world.ERRORS_KM),
        breakdowns=groups.breakdowns(runs, beliefs),
        at_once=GROUPS_AT_ONCE,
        confusions=[groups.confusion(run, beliefs) for run in runs],
        costs=[summary.costs(run) for run in runs],
        worst=[shown_cases.worst(run, place, beliefs) for place, run in enumerate(runs)],
        comparisons=[
            _comparison(place, pair, beliefs) for place, pair in enumerate(paired.compare_runs(runs, beliefs), 1)
        ],
    )


def _comparison(place: int, pair: paired.Paired, beliefs: Beliefs) -> dict[str, Any]:
    cases = shown_cases.differing(pair.a, pair.b, place, pair.differing, beliefs)
    return {"pair": pair, "cases": cases, "place": place}


def _shade(count: int, counts: Sequence[int]) -> str:
    """How dark a cell of a matrix is: its share of the row, in tenths."""
    return f"{round(10 * count / max(sum(counts), 1))}"
