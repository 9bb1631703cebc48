"""Makes a run out of another system's answers: reads them, joins them to the true places, and tells what was lost."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.answers.confidences import LEVELS, PlaceLevel
from geoagent.eval.answers.files import Predictions, read_answers
from geoagent.eval.answers.parsing import parse_lenient, parse_strict
from geoagent.eval.answers.truth import join, told
from geoagent.eval.datasets.recipes import OpenAtlas, known_answers, load_any
from geoagent.geo import Point
from geoagent.plain_text import listed, printable
from geoagent.runs.run_folder import Result
from geoagent.runs.samples import Sample
from geoagent.runs.swapped_coordinates import would_be_nearer


class Imported(NamedTuple):
    """Another system's answers as a run: samples and results, and in `told` remarks on what was read and what lost."""

    samples: list[Sample]
    results: list[Result]
    told: list[str]


def import_answers(
    path: Path,
    atlas: OpenAtlas,
    strict: bool = False,
    truth: str | None = None,
    folder: Path | None = None,
    count_missing: bool = False,
    confidence_of: PlaceLevel | None = None,
) -> Imported:
    """Another system's answers, in the file or folder `path`, joined to the true places.

    The true places stand in the file itself (`truth` None), or in `truth`: a table, a folder with labels, or a named
    dataset whose files lie in `folder`; `atlas` opens what finds places given in words. An answer without a readable
    point is a miss. Samples without any answer are left out, unless `count_missing` makes them misses. `strict` reads
    only clean JSON out of texts. `confidence_of` is the level that a confidence is of whose heading does not say so.
    Raises ConfigError where answers or true places cannot be read, or none fit each other.
    """
    if not path.exists():
        raise ConfigError(f"{path}: no such file")
    if (path / "results.jsonl").exists():
        raise ConfigError(f"{path}: a run already", f"score it: geoagent eval score {path}")
    found = read_answers(path, parse_strict if strict else parse_lenient, truth is None, confidence_of)
    published = None if path.is_dir() else known_answers(path.read_bytes())
    if published and len(found.ids) != published.answers:
        raise ConfigError(f"{path}: {len(found.ids)} answers, expected {published.answers}: {published.what}")
    lines = [*([published.what] if published else []), *_losses(found), *found.remarks, *_columns(found)]
    if truth is None:
        given = [_sample(found, place, path.name) for place in range(len(found.ids))]
        samples, contradicted = _where_points_agree(given, atlas)
        lines += contradicted
        results = [_result(found, place, i) for place, i in enumerate(found.ids)]
        return Imported(samples, results, [*lines, *_swapped(results, samples)])
    known = load_any(truth, folder, atlas)
    joined = join(found, known, truth)
    pairs = zip(joined.samples, joined.places, strict=True)
    results = [_result(found, place, sample.id) for sample, place in pairs]
    lines += _swapped(results, joined.samples)
    if not count_missing:
        return Imported(joined.samples, results, lines + told(joined, truth))
    results += [Result(id=sample.id) for sample in joined.unanswered]
    return Imported(known, results, lines + told(joined, truth, count_missing=True))


def _result(found: Predictions, place: int, identity: str) -> Result:
    lat, lon = float(found.lat[place]), float(found.lon[place])
    point = Point(lat=lat, lon=lon) if lat == lat else None  # NaN: nothing was answered
    return Result(
        id=identity, point=point, probabilities=dict(found.probabilities[place]), **found.names[place]._asdict()
    )


def _sample(found: Predictions, place: int, source: str) -> Sample:
    """A sample whose true place the file of answers itself tells."""
    point = Point(lat=float(found.true_lat[place]), lon=float(found.true_lon[place]))
    return Sample(id=found.ids[place], point=point, source=source, **found.true_names[place]._asdict())


def _where_points_agree(samples: list[Sample], atlas: OpenAtlas) -> tuple[list[Sample], list[str]]:
    """The samples without names that their true points contradict, and in words, which those are.

    Published files name the Athens of Georgia, USA, at a point in Greece: there the point counts.
    """
    if not any(sample.country for sample in samples):
        return samples, []
    places, found, wrong = atlas(), list[Sample](), list[str]()
    for sample in samples:
        named = places.resolve(sample.country, sample.region, sample.city) if sample.country else None
        there = places.at(sample.point).place.key if named and sample.point else None
        if named and there and named.country != there.country:
            wrong.append(sample.id)
            sample = sample.model_copy(update={"country": None, "region": None, "city": None})
        found.append(sample)
    told = f"true points in another country than the one named, the point counts: {len(wrong)} ({listed(wrong)})"
    return found, [told] if wrong else []


def _columns(found: Predictions) -> list[str]:
    """In words what the answers tell, and which columns were read and which not."""
    told = ", ".join(f"a {level} in {sum(map(bool, names))}" for level, names in _by_level(found))
    sure = ", ".join(
        f"of the {level} in {count}"
        for level in LEVELS if (count := sum(level in row for row in found.probabilities))
    )  # fmt: skip
    read = "; ".join(f"{use}: {', '.join(names)}" for use, names in found.columns.read.items() if names)
    lines = [f"named in the answers: {told}; probabilities: {sure or 'none'}", f"columns read: {printable(read)}"]
    unread = found.columns.unread
    return lines + ([f"columns not used: {printable(', '.join(unread))[:1000]}"] if unread else [])


def _by_level(found: Predictions) -> list[tuple[PlaceLevel, tuple[str | None, ...]]]:
    return [(level, tuple(getattr(names, level) for names in found.names)) for level in LEVELS]


def _swapped(results: Sequence[Result], samples: Sequence[Sample]) -> list[str]:
    """In words, that latitude and longitude seem to be swapped, which values within ±90° do not show by themselves."""
    nearer = would_be_nearer([result.point for result in results], [sample.point for sample in samples])
    if nearer is None:
        return []
    return [
        "latitude and longitude seem to be swapped in the answers or in the truth: the median distance is "
        f"{nearer.km:,.0f} km, and would be {nearer.swapped_km:,.0f} km with the answers' two exchanged; nothing was "
        "exchanged: if it is so, correct the headings and import the file again into another folder"
    ]


LEFT_OUT = {
    "blank": "blank rows", "summary": "rows of a summary", "repeated_heading": "repeated headings",
    "no_truth": "rows without a true point, left out", "duplicate": "further rows of one id, left out",
    "unreadable": "lines that are no JSON objects, left out",
}  # fmt: skip


def _losses(found: Predictions) -> list[str]:
    """In words what was read, and what not, each kind on a line with its names."""
    unread = f" ({listed(found.invalid, 20)})" if found.invalid else ""
    lines = [f"{len(found.ids)} answers, {len(found.invalid)} without a readable point{unread}"]
    invalid = set(found.invalid)
    empty = [
        identity for identity, lat, names in zip(found.ids, found.lat, found.names, strict=True)
        if lat != lat and not any(names) and identity not in invalid
    ]  # fmt: skip
    lines += [f"without any answer, misses: {len(empty)} ({listed(empty)})"] if empty else []
    return lines + [f"{LEFT_OUT[kind]}: {len(names)} ({listed(names)})" for kind, names in found.left_out.items()]
