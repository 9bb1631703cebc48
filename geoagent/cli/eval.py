"""The `geoagent eval` commands."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.belief.reliability import load_reliabilities
from geoagent.cli.eval_chain import add_chain
from geoagent.errors import ConfigError
from geoagent.eval.answers import recipes
from geoagent.eval.metrics.figures import as_data, as_markdown, figures
from geoagent.eval.metrics.judged import Row, find_truth, judge
from geoagent.eval.metrics.scores import ACCURACY_KM
from geoagent.files.outputs import Form, Output, add_force, check, read_object, write
from geoagent.messages import tell
from geoagent.names import printable
from geoagent.runs import run as runs
from geoagent.runs.run import WORKERS_HELP, workers, workers_for
from geoagent.runs.samples import Sample, load_samples
from geoagent.settings import read_settings

SPLITS = ("text_clue", "hint_names_country")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add run, import, score, misses, compare, report, calibrate and chain."""
    commands = parser.add_subparsers(required=True, metavar="ACTION")
    run = commands.add_parser("run", help="solve a dataset, resumably")
    run.add_argument("dataset", help=f"folder with labels.csv, .csv, .jsonl, .parquet, or {', '.join(recipes.RECIPES)}")
    run.add_argument("--from", dest="folder", type=Path, help="where the files of a named dataset lie")
    run.add_argument("--out", type=Path, required=True, metavar="RUN")
    run.add_argument("--vlm", metavar="URL")
    run.add_argument("--model", metavar="NAME")
    run.add_argument("--native-tools", action="store_true", default=None)
    run.add_argument("--opinion-samples", type=int, metavar="N")
    run.add_argument("--allow-exif-gps", action="store_true", default=None, help="take positions in files as evidence")
    run.add_argument("--direct", action="store_true", help="the model alone, asked once")
    run.add_argument("--prior-only", action="store_true", help="do not look at all")
    run.add_argument("--no-hints", action="store_true", help="do not tell the solver the question")
    run.add_argument("--reliabilities", type=Path, metavar="FILE", help="instead of the shipped ones")
    run.add_argument("--max-steps", type=int, metavar="N")
    run.add_argument("--timeout", type=float, metavar="S", dest="timeout_s")
    run.add_argument("--max-tokens", type=int, metavar="N")
    run.add_argument("--workers", type=workers, metavar="N", help=WORKERS_HELP)
    run.add_argument("--limit", type=int, metavar="N", help="only the first N samples")
    run.set_defaults(command=_run)

    imported = commands.add_parser("import", help="take another system's answers")
    imported.add_argument("file", type=Path, help="JSON Lines of text answers, or CSV of predicted points")
    imported.add_argument("--out", type=Path, required=True, metavar="RUN")
    imported.add_argument("--strict", action="store_true", help="read only clean JSON out of texts")
    imported.set_defaults(command=_import)

    score = commands.add_parser("score", help="the figures of a run")
    score.add_argument("run", type=Path)
    score.add_argument("--json", action="store_true")
    score.add_argument("--km", type=_thresholds, default=ACCURACY_KM, metavar="K,K…", help="Acc@k at these distances")
    score.add_argument("--samples", type=Path, metavar="FILE", help="also write every sample's scores, as JSON Lines")
    add_force(score)
    score.set_defaults(command=_score)

    misses = commands.add_parser("misses", help="what was wrong, a line each: truth, answer, what spoke for it")
    misses.add_argument("run", type=Path)
    misses.set_defaults(command=_misses)

    compare = commands.add_parser("compare", help="two runs over the same samples")
    compare.add_argument("a", type=Path)
    compare.add_argument("b", type=Path)
    compare.set_defaults(command=_compare)

    report = commands.add_parser("report", help="one file that shows a run, or compares several")
    report.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="those after the first are compared with it")
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="ending in .html, .md or .csv")
    add_force(report)
    report.set_defaults(command=_report)

    calibrate = commands.add_parser("calibrate", help="fit reliabilities to labelled runs")
    calibrate.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    calibrate.add_argument("--out", type=Path, required=True, metavar="FILE", help="the reliabilities, as JSON")
    calibrate.add_argument("--diagram", type=Path, metavar="FILE", help="draw the reliability diagram, as .svg or .png")
    add_force(calibrate)
    calibrate.set_defaults(command=_calibrate)
    add_chain(commands)


def _thresholds(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _run(options: argparse.Namespace) -> int:
    settings = runs.with_model(read_settings(vars(options)))
    if options.direct and not settings.vlm:
        raise ConfigError("--direct asks a model: give its server with --vlm URL")
    samples = _dataset(options)[: options.limit]
    mode: runs.Mode = "prior" if options.prior_only else "direct" if options.direct else "agent"
    reliabilities = load_reliabilities(options.reliabilities) if options.reliabilities else None
    manifest = runs.manifest_of(settings, options.dataset, samples, mode, not options.no_hints, reliabilities)
    count = options.workers or workers_for(settings)
    for _ in runs.run(settings, samples, options.out, manifest, count, tell):
        pass
    return runs.exit_code(options.out)


def _dataset(options: argparse.Namespace) -> list[Sample]:
    if options.dataset in recipes.RECIPES:
        return recipes.load(options.dataset, options.folder)
    return load_samples(Path(options.dataset))


def _import(options: argparse.Namespace) -> int:
    samples, results, note = recipes.import_answers(options.file, strict=options.strict)
    manifest = runs.Manifest(mode="imported", dataset=str(options.file), dataset_hash=runs.dataset_hash(samples))
    finished = runs.open_run(options.out, manifest, samples)
    runs.append(options.out, [result for result in results if result.id not in finished])
    tell(note)
    return 0


def judged(folder: Path, beliefs: Beliefs) -> dict[str, tuple[Row, runs.Result]]:
    """Every finished result of a run with its scores, by sample id, in the order of the samples."""
    results = runs.answers(folder, beliefs, tell)
    samples = [sample for sample in runs.read_samples(folder) if sample.id in results]
    return {sample.id: (judge(results[sample.id], sample, beliefs), results[sample.id]) for sample in samples}


def _are_scores(path: Path) -> bool:
    with path.open(encoding="utf-8") as lines:
        return {"id", "granularity", "fault", "true_country", "distance_km"} <= set(json.loads(next(lines, "[]")))


def _score(options: argparse.Namespace) -> int:
    form = Form("file of scores", _are_scores)
    kept = Output(options.samples, form, "--samples", (options.run,), options.force) if options.samples else None
    if kept:
        check(kept)
    manifest = runs.read_manifest(options.run)
    samples = runs.read_samples(options.run)
    if not any(sample.point or sample.country for sample in samples):
        raise ConfigError(f"{options.run}: of none of its photos is the true place known; there is nothing to score")
    total = len(samples)
    rows = [row for row, _ in judged(options.run, _beliefs(options.run)).values()]
    if kept:
        write(kept, "".join(json.dumps(row) + "\n" for row in rows))
    columns = {"all": rows, **_splits(rows)}
    if options.json:
        print(json.dumps({title: as_data(figures(group, options.km)) for title, group in columns.items()}, indent=1))
        return 0
    print(f"{options.run}: {manifest.mode}, {len(rows)} of {total} samples, dataset {manifest.dataset_hash}\n")
    print(as_markdown({f"{title} ({len(group)})": figures(group, options.km) for title, group in columns.items()}))
    unread = [str(row["id"]) for row in rows if manifest.mode == "imported" and row["distance_km"] is None]
    if unread:
        print(f"without a readable point: {', '.join(unread)}")
    for row in rows:
        if row["fault"]:
            print(f"failed: {row['id']}: {row['fault']}")
    return 0


def _misses(options: argparse.Namespace) -> int:
    from geoagent.eval.metrics.misses import describe_miss

    beliefs = _beliefs(options.run)
    lines = [describe_miss(row, result, beliefs) for row, result in judged(options.run, beliefs).values()]
    for line in lines:
        if line is not None:
            print(printable(line))
    return 0


def _splits(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name in SPLITS:
        for value in ("yes", "no"):
            group = [row for row in rows if row.get(f"tag_{name}") == value]
            if group:
                found[f"{name.replace('_', ' ')}: {value}"] = group
    return found


def _compare(options: argparse.Namespace) -> int:
    from geoagent.eval.metrics.compare import compare

    beliefs, other = _beliefs(options.a), _beliefs(options.b)
    found = compare(judged(options.a, beliefs), judged(options.b, other), beliefs)
    print(f"A {options.a}, B {options.b}: {found.n} samples in common")
    print(f"bits, B − A: {found.bits}")
    print(
        f"country: only A right {found.country.only_a}, only B right {found.country.only_b}, p = {found.country.p:.3g}"
    )
    for case in found.differing:
        print(f"{case.id}: only {case.only} is right; the other says {case.answer}: {case.overturned_by}")
    return 0


def _report(options: argparse.Namespace) -> int:
    from geoagent.eval.report.write import report_output, write_report

    check(report_output(options.runs, options.out, options.force))
    write_report(options.runs, options.out, _beliefs(), options.force)
    tell(f"wrote {options.out}")
    return 0


def _are_reliabilities(path: Path) -> bool:
    value = read_object(path)
    return "gamma" in value and all({"witness", "kind", "level", "r"} <= set(row) for row in value["rows"])


def _calibrate(options: argparse.Namespace) -> int:
    from geoagent.eval.calibration.diagram import diagram_output, draw_reliability
    from geoagent.eval.calibration.fit import Labelled, fit

    form = Form("file of reliabilities", _are_reliabilities)
    out = Output(options.out, form, "--out", tuple(options.runs), options.force)
    diagram = diagram_output(options.diagram, options.runs, options.force) if options.diagram else None
    check(*(output for output in (out, diagram) if output))
    beliefs = _beliefs()
    labelled = []
    for folder in options.runs:
        results = {i: result.trace for i, result in runs.answers(folder, beliefs, tell).items()}
        for sample in runs.read_samples(folder):
            file, truth = results.get(sample.id), find_truth(sample, beliefs)
            if file is not None and truth.area is not None:
                labelled.append(Labelled(file.trace.evidence, truth.rows, truth.area.country))
    name = "+".join(folder.name for folder in options.runs)
    found = fit(labelled, beliefs.reliabilities, beliefs.atlas, name)
    write(out, found.reliabilities.model_dump_json(indent=1) + "\n")
    print(f"{found.samples} samples with evidence; log2 of the truth's probability on held-out samples")
    print(f"  before {found.bits_before}\n  after  {found.bits_after}\n  gained {found.gained_bits}")
    for fitted in found.reliabilities.rows:
        if fitted.fitted == f"{name}, n = {found.samples}" and fitted.level != "*":
            print(f"  {fitted.witness:<26}{fitted.kind:<17}{fitted.level:<9}r = {fitted.r:.3f}")
    print(f"  γ = {found.reliabilities.gamma:.3f}, temperatures {found.reliabilities.temperatures or 'all 1'}")
    if diagram:
        curves = {"before": found.before, "after, on held-out samples": found.after}
        draw_reliability(curves, diagram, f"{name}: country, n = {found.samples}")
    return 0


def _beliefs(run: Path | None = None) -> Beliefs:
    """Beliefs with the reliabilities of a run, or those that ship with the package."""
    from geoagent.atlas import open_atlas

    own = runs.read_manifest(run).reliabilities if run else None
    return Beliefs(open_atlas(read_settings({}).cache, tell), own or load_reliabilities())
