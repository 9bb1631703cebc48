"""`geoagent eval score`: prints how often and how closely the answers of a run are right."""

import argparse
import json
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_force
from geoagent.errors import OK, ConfigError
from geoagent.plain_text import listed, printable

UNREAD = 50
"""So many answers without a point are named."""


def add(actions: Any) -> None:
    """Add the action `geoagent eval score`, which prints the figures of a run.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    score = actions.add_parser("score", help="the figures of a run")
    score.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")
    score.add_argument("--json", action="store_true", help="print the figures as JSON")
    score.add_argument("--km", type=_thresholds, metavar="K,K…", help="Acc@k at these distances")
    score.add_argument("--samples", type=Path, metavar="FILE", help="also write every sample's scores, as JSON Lines")
    add_force(score)
    score.set_defaults(command=run)


def _thresholds(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval score`: print the figures of a run over all its photos and by groups of them; the exit code 0.

    Raises ConfigError where the run cannot be read, or where of none of its photos the true place is known.
    """
    from geoagent.eval.metrics.figures import as_data, as_markdown, figures, power_line, splits
    from geoagent.eval.metrics.judged import judge_run, run_beliefs, scores_output
    from geoagent.eval.metrics.scores import ACCURACY_KM
    from geoagent.files.outputs import check, write
    from geoagent.runs.run_folder import dataset_hash, read_manifest, read_samples
    from geoagent.settings import read_settings

    kept = scores_output(options.samples, options.run, options.force) if options.samples else None
    if kept:
        check(kept)
    manifest = read_manifest(options.run)
    samples = read_samples(options.run)
    if not any(sample.point or sample.country for sample in samples):
        raise ConfigError(
            f"{options.run}: of none of its photos is the true place known; there is nothing to score. With a table of "
            f"filename,latitude,longitude: geoagent eval import {options.run}/results.jsonl --truth TABLE --out SCORED"
        )
    beliefs = run_beliefs(read_settings({}).cache, options.run)
    rows = [row for row, _ in judge_run(options.run, beliefs).values()]
    if kept:
        write(kept, "".join(json.dumps(row) + "\n" for row in rows))
    km, columns = options.km or ACCURACY_KM, {"all": rows, **splits(rows)}
    if options.json:
        print(json.dumps({title: as_data(figures(group, km)) for title, group in columns.items()}, indent=1))
        return OK
    told = f"{manifest.mode}, {len(rows)} of {len(samples)} samples, dataset {dataset_hash(samples)}"
    print(f"{options.run}: {told}\n")
    print(as_markdown({f"{title} ({len(group)})": figures(group, km) for title, group in columns.items()}))
    placed = [row for row in rows if manifest.mode == "imported" and row["in_place"] is not None]
    unread = [str(row["id"]) for row in placed if row["distance_km"] is None]
    if unread:
        print(f"\n{len(unread):,} without a readable point: {listed(unread, UNREAD)}")
    for row in rows:
        if row["fault"]:
            print(printable(f"failed: {row['id']}: {row['fault']}"))
    print(f"\n{power_line(rows)}\n{_next(options.run)}")
    return OK


def _next(run: Path) -> str:
    """What a person may want to know next, and how."""
    other = f"geoagent eval compare {run} OTHER, geoagent eval board {run} OTHER --out board.html, "
    return f"next: geoagent eval misses {run} (what was wrong), {other}geoagent eval report {run} --out report.html"
