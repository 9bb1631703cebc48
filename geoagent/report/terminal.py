"""The answer as plain text for a terminal."""

from collections.abc import Iterator, Set
from textwrap import wrap

from geoagent.belief.consistency import evidence_by_photo
from geoagent.case.evidence import Step
from geoagent.case.prediction import Prediction
from geoagent.case.trace import TraceFile
from geoagent.names import percent
from geoagent.reasoners.vlm.prices import told
from geoagent.report.argument import weight_in_words
from geoagent.report.unknown import NOTHING, Unknown, unknown

BAR_WIDTH = 20
WIDTH = 110
UNKNOWN = "No country stands out."
MARKS = {"record": " ", "cited": "~", "seen": "*", "unsupported": "!"}


def render(file: TraceFile, details: bool = False) -> str:
    """The whole answer: levels with bars, point and radii, why, what was not determined; with `details` the log.

    An answer from before there were arguments shows its log.
    """
    prediction = file.prediction
    names = [ref.path.rsplit("/", 1)[-1] for ref in file.photos]
    lines = names if len(names) == 1 else [f"photo {number}  {name}" for number, name in enumerate(names, 1)]
    nothing = unknown(file)
    if nothing:
        lines += ["", *_nowhere(nothing), *_why(file)]
    else:
        lines += ["", *_where(prediction), *_alternatives(prediction), *_why(file), *_open(prediction)]
    lines += _chain(file) if details or not prediction.argument else ()
    usage = prediction.usage
    cost = f"{usage.seconds:.1f} s, {usage.steps} turn{'s' * (usage.steps != 1)}"
    if usage.model_calls:
        cost += f", {usage.model_calls} model calls, {usage.tokens:,} tokens"
        cost += f", {told(usage.dollars)}" if usage.dollars is not None else ""
    lines += ["", f"{prediction.reasoner} · {prediction.status.replace('_', ' ')} · {cost}"]
    lines += [f"note: {note}" for note in prediction.notes]
    return "\n".join("".join(ch if ch.isprintable() else "·" for ch in line) for line in lines)


def _nowhere(nothing: Unknown) -> Iterator[str]:
    yield f"Where: not known. {NOTHING}"
    yield f"  {nothing.line}"


def _where(prediction: Prediction) -> Iterator[str]:
    if not any(level.stated for level in prediction.levels):
        yield f"Where: not known. {UNKNOWN}"
    width = max(len(level.name) for level in prediction.levels)
    for level in prediction.levels:
        name = level.name if level.stated else f"({level.name})"
        yield f"  {level.level:<8}{name:<{width + 3}}{bar(level.probability)} {percent(level.probability):>5}"
    point = prediction.point
    label = "" if any(level.level == "point" for level in prediction.levels) else "point"
    yield (
        f"  {label:<8}{point.lat:.4f}, {point.lon:.4f}   50 % within {distance(prediction.radius_km_50)}, "
        f"90 % within {distance(prediction.radius_km_90)}"
    )


def _alternatives(prediction: Prediction) -> Iterator[str]:
    others = [region for region in prediction.alternatives[1:] if region.probability >= 0.01]
    if others:
        yield "  instead " + ", ".join(f"{region.name} {percent(region.probability)}" for region in others)


def _why(file: TraceFile) -> Iterator[str]:
    prediction, photos = file.prediction, _photos(file)
    if not prediction.argument:
        return
    yield ""
    yield "Why:"
    for number, step in enumerate(prediction.argument, 1):
        counts = [_photos_in_words({n for i in step.cites for n in photos.get(i, ())}), weight_in_words(step)]
        text = "  ".join([step.statement, *(f"({part})" for part in counts if part)])
        yield from wrap(
            text, WIDTH, initial_indent=f" {MARKS[step.support]}{number:>2}. ", subsequent_indent=" " * 6,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    yield from _legend({step.support for step in prediction.argument})


def _legend(supports: Set[str]) -> Iterator[str]:
    if "unsupported" in supports:
        yield "  ! a sentence of the model's that nothing recorded supports"
    if "seen" in supports:
        yield "  * a sentence of the model's on what it alone has seen; no other witness confirms it"
    if "cited" in supports:
        yield "  ~ a sentence of the model's that cites a record; check that it says so"


def _chain(file: TraceFile) -> Iterator[str]:
    prediction, sources = file.prediction, _sources(file)
    yield ""
    yield "The log:" if prediction.argument else "Why:"
    odds = {influence.evidence: influence.odds_ratio for influence in prediction.influences}
    for number, step in enumerate(prediction.chain, 1):
        shift = f"  (odds ×{odds[step.renders]:.3g})" if step.renders in odds else ""
        source = f"  ({sources[step.renders]})" if step.renders in sources else ""
        yield f" {MARKS[step.support]}{number:>2}. {shorten(step)}{source}{shift}"
        if step.cites:
            yield f"      [{' '.join(step.cites[:8])}{' …' if len(step.cites) > 8 else ''}]"
    yield from _legend({step.support for step in prediction.chain})


def _sources(file: TraceFile) -> dict[str, str]:
    """Of several photos, those whose clues each piece of evidence and each clue rests on, in words."""
    return {i: _photos_in_words(numbers) for i, numbers in _photos(file).items()}


def _photos(file: TraceFile) -> dict[str, set[int]]:
    """Of several photos, the numbers of those that each clue is in and each piece of evidence rests on."""
    found: dict[str, set[int]] = {}
    for photo, evidence in evidence_by_photo(file.trace).items() if len(file.photos) > 1 else ():
        for item in evidence:
            found.setdefault(item.id, set()).add(photo + 1)
    for clue in file.trace.clues if len(file.photos) > 1 else ():
        if clue.view is not None and clue.view <= len(file.photos):
            found.setdefault(clue.id, set()).add(clue.view)
    return found


def _photos_in_words(numbers: set[int]) -> str:
    return f"photo{'s' * (len(numbers) > 1)} {', '.join(map(str, sorted(numbers)))}" if numbers else ""


def _open(prediction: Prediction) -> Iterator[str]:
    if prediction.undetermined:
        yield ""
        yield "Not determined:"
        for item in prediction.undetermined:
            yield f"  {item.level:<8}{item.reason}"


def shorten(step: Step) -> str:
    """A statement on one line, cut to width."""
    text = " ".join(step.statement.split())
    return text if len(text) <= 2 * WIDTH else text[: 2 * WIDTH - 1] + "…"


def bar(probability: float) -> str:
    """A bar of twenty cells."""
    full = round(probability * BAR_WIDTH)
    return "█" * full + "░" * (BAR_WIDTH - full)


def distance(km: float) -> str:
    """A distance as finely as it deserves."""
    if km < 1:
        return f"{1000 * km:.0f} m"
    return f"{km:.1f} km" if km < 100 else f"{km:,.0f} km"
