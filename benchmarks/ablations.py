"""What each part of the evidence is worth: `python benchmarks/ablations.py RUN`, a finished embedded run.

The belief is computed again from the stored traces, without a part of the evidence; nothing is read or asked again. A
positive figure is what the part adds: the whole less the rest, paired by sample, with a 95 % bootstrap interval.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from geoagent.atlas import open_atlas
from geoagent.belief import Beliefs, current
from geoagent.belief.readout import levels, rank_countries
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.case.trace import Trace, TraceFile
from geoagent.eval.metrics.aggregate import paired_difference
from geoagent.eval.metrics.confidence import calibration_error
from geoagent.eval.metrics.figures import SPLITS, numbers
from geoagent.eval.metrics.judged import Row, judge
from geoagent.reading.languages import script_of
from geoagent.reading.tables import tables
from geoagent.runs.run_folder import Result, read_manifest, read_results, read_samples
from geoagent.runs.samples import Sample
from geoagent.settings import read_settings

OWN_SCRIPTS = {"LATIN", "CJK", "HIRAGANA", "KATAKANA"}
"""What is read without further recognisers."""
Change = Callable[[Trace], Sequence[Evidence]]


class Part(NamedTuple):
    """A way to compute a belief: from which evidence of a trace, and with which reliabilities."""

    evidence: Change
    reliabilities: Reliabilities


def other_scripts(trace: Trace) -> set[str]:
    """The ids of the texts in scripts that need a recogniser of their own."""
    scripts = {clue.id: script_of(clue.value) for clue in trace.clues if clue.kind == "text"}
    return {clue for clue, script in scripts.items() if script is not None and script not in OWN_SCRIPTS}


def without(drop: Callable[[Evidence, Trace], bool]) -> Change:
    """The evidence that stands, but for some of it."""
    return lambda trace: [item for item in current(trace.evidence) if not drop(item, trace)]


def ungrouped(trace: Trace) -> list[Evidence]:
    """Each piece in a group of its own."""
    return [
        item.replace(group=f"{item.id}", seen=(), supersedes=None, clues=(), call=None)
        for item in current(trace.evidence)
    ]


def parts(own: Reliabilities) -> dict[str, Part]:
    """The ablations, by what they go without."""
    half = Reliabilities.model_validate({
        "gamma": own.gamma, "rows": [{"witness": "*", "kind": "*", "level": "*", "r": 0.5}]
    })  # fmt: skip
    whole = without(lambda item, trace: False)
    return {
        "other scripts": Part(without(lambda item, trace: bool(other_scripts(trace) & set(item.clues))), own),
        "tables of knowledge": Part(without(lambda item, trace: item.kind in tables()), own),
        "languages and scripts": Part(without(lambda item, trace: item.kind in ("language", "script")), own),
        "place names": Part(without(lambda item, trace: item.kind in ("toponym", "town_address")), own),
        "hints": Part(without(lambda item, trace: item.witness == "user"), own),
        "groups": Part(ungrouped, own),
        "reliabilities (all .5)": Part(whole, half),
        "all evidence": Part(lambda trace: (), own),
    }


def kinds(traces: Iterable[TraceFile], own: Reliabilities) -> dict[str, Part]:
    """What goes without one kind of what was read, for each kind that there is."""
    there = {item.kind for file in traces for item in current(file.trace.evidence) if item.witness == "ocr"}
    return {f"read: {kind}": Part(without(partial(_is_read_as, kind)), own) for kind in sorted(there)}


def _is_read_as(kind: str, item: Evidence, trace: Trace) -> bool:
    return item.kind == kind and item.witness == "ocr"


def scored(file: TraceFile, part: Part, sample: Sample, beliefs: Beliefs) -> Row:
    """The scores of a sample with the belief computed anew; the point and its radii stay those of the run."""
    evidence = tuple(part.evidence(file.trace))
    belief = beliefs.of(evidence)
    prediction = file.prediction.model_copy(
        update={"levels": tuple(levels(belief)), "alternatives": tuple(rank_countries(belief, 5))}
    )
    trace = file.trace.model_copy(update={"evidence": evidence, "cases": ()})
    return judge(
        Result(id=sample.id, trace=file.model_copy(update={"trace": trace, "prediction": prediction})),
        sample,
        beliefs,
    )


def table(title: str, whole: list[Row], ablated: dict[str, list[Row]]) -> None:
    """Print what each part is worth over one group of samples."""
    print(f"\n{title} (n = {len(whole)})\n")
    print(
        "| without | bits | country right | in the first 5 | ECE, corrected | stated wrong |\n|---|---|---|---|---|---|"
    )
    print(f"| nothing | {summary(whole)} |")
    for name, rows in ablated.items():
        worth = [
            paired_difference(numbers(rows, column), numbers(whole, column))
            for column in ("bits", "country_right", "country_in_5")
        ]
        cells = " | ".join(f"{w.value:+.3f} [{w.low:+.3f}, {w.high:+.3f}]" for w in worth)
        print(f"| {name} | {cells} | {errors(rows)} |")


def summary(rows: list[Row]) -> str:
    """Means of the whole."""
    means = [sum(found) / len(found) for c in ("bits", "country_right", "country_in_5") if (found := numbers(rows, c))]
    return " | ".join(f"{mean:.3f}" for mean in means) + f" | {errors(rows)}"


def errors(rows: list[Row]) -> str:
    """The calibration error, and how many stated countries were wrong."""
    known = [row for row in rows if row.get("country_right") is not None]
    error = calibration_error(numbers(known, "country_p"), numbers(known, "country_right"))
    wrong = sum(row.get("country_outcome") == "wrong" for row in known)
    return f"{error.corrected:+.3f} | {wrong} of {len(known)}"


def main() -> None:
    """Prints a table for all samples and for each group that the labels tell apart."""
    folder = Path(sys.argv[1])
    own = read_manifest(folder).reliabilities or load_reliabilities()
    atlas = open_atlas(read_settings({}).cache)
    samples = {sample.id: sample for sample in read_samples(folder)}
    traces = {result.id: result.trace for result in read_results(folder) if result.trace is not None}
    ways = {"": Part(without(lambda item, trace: False), own), **parts(own), **kinds(traces.values(), own)}
    rows: dict[str, dict[str, Row]] = {}
    touched: dict[str, int] = {}
    for name, part in ways.items():
        beliefs = Beliefs(atlas, part.reliabilities)
        rows[name] = {i: scored(file, part, samples[i], beliefs) for i, file in traces.items()}
        touched[name] = sum(
            len(part.evidence(file.trace)) < len(current(file.trace.evidence)) for file in traces.values()
        )
    groups = {"all": list(traces)}
    for tag in SPLITS:
        for value in ("yes", "no"):
            groups[f"{tag.replace('_', ' ')}: {value}"] = [i for i in traces if samples[i].tags.get(tag) == value]
    for title, ids in groups.items():
        if ids:
            ablated = {
                name + (f" ({touched[name]} photos have any)" if touched[name] else ""): [found[i] for i in ids]
                for name, found in rows.items()
                if name
            }
            table(title, [rows[""][i] for i in ids], ablated)


if __name__ == "__main__":
    main()
