"""An answer as plain text for a terminal."""

from collections.abc import Iterator, Mapping, Set
from textwrap import wrap
from typing import NamedTuple

from geoagent.belief.misfit_photos import evidence_by_photo
from geoagent.case.evidence import Step
from geoagent.case.prediction import Prediction
from geoagent.case.summary import (
    CENTRE,
    LEVEL_NAMES,
    NOTHING,
    Weighed,
    meaning_of_point,
    names,
    open_questions,
    reasons,
    summary,
)
from geoagent.case.trace import TraceFile
from geoagent.plain_text import distance, percent
from geoagent.reasoners.vlm.prices import told
from geoagent.report.argument import weight_in_words
from geoagent.report.file_facts import credentials_in_words, file_facts
from geoagent.report.links import links
from geoagent.report.unknown_answer import Unknown, unknown
from geoagent.report.unused_position import unused_position

BAR_WIDTH = 20
WIDTH, NARROWEST, WIDEST = 110, 40, 140
UNKNOWN = "No country stands out."
MARKS = {"record": " ", "cited": "~", "seen": "*", "unsupported": "!"}
COLOURS = {"bold": "1", "dim": "2", "strong": "32", "seen": "36", "weak": "2", "against": "31", "warn": "33"}
"""The codes of a terminal by what they mean here."""
REASONERS = {
    "rules": "without a model",
    "vlm": "with a model",
    "direct": "a model's word alone",
    "prior": "prior alone",
}


class Style(NamedTuple):
    """How a terminal shows text: its width in characters, and whether it shows colours."""

    width: int = WIDTH
    colour: bool = False


PLAIN = Style()


class Line(NamedTuple):
    """A line of text for a terminal, its colour ("" for none), and how many of its first characters have that colour.

    A `lead` of 0 colours the whole line.
    """

    text: str
    colour: str = ""
    lead: int = 0


def render(file: TraceFile, details: bool = False, style: Style = PLAIN, with_links: bool = False) -> str:
    """An answer as text for a terminal: two sentences, levels with bars, the reasons that count, and what is open.

    `file` is its trace. `details` shows all reasons and the log, `with_links` addresses of maps. An answer from before
    there were arguments shows its log.
    """
    return "\n".join(_printed(line, style.colour) for line in _lines(file, details, style.width, with_links))


def style_of(stream: object, environment: Mapping[str, str], columns: int) -> Style:
    """How to print to a stream: a terminal gets its width and, unless NO_COLOR is set, colours.

    Anything else gets plain text. `environment` are the environment variables, `columns` is the terminal's width.
    """
    is_terminal = getattr(stream, "isatty", lambda: False)()
    if not is_terminal:
        return PLAIN
    wants = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Style(max(NARROWEST, min(columns - 1, WIDEST)), wants)


def _lines(file: TraceFile, details: bool, width: int, with_links: bool) -> Iterator[Line]:
    prediction = file.prediction
    called = names(file)
    numbered = len(file.photos) > 1
    titles = [f"photo {number}  {name}" if numbered else name for number, name in enumerate(called, 1)]
    yield from (Line(title, "dim") for title in titles)
    yield Line("")
    nothing = unknown(file)
    yield from _nowhere(nothing, width) if nothing else _found(file, width)
    if position := unused_position(file):
        yield Line("")
        yield from _wrapped(position.line, width, colour="warn")
    yield from _files(file, width, details)
    yield from _argument(file, width) if details else _reasons(file, width)
    yield from _open(prediction, width) if not nothing else ()
    yield from _links(prediction) if with_links else ()
    yield from map(Line, _chain(file)) if details or not prediction.argument else ()
    yield Line("")
    yield Line(_cost(prediction), "dim")
    for note in prediction.notes:
        yield from _wrapped(f"note: {note}", width, indent=2)


def _files(file: TraceFile, width: int, details: bool) -> Iterator[Line]:
    """What the files tell of their making: content credentials always, all else with the details."""
    for number, ref in enumerate(file.photos, 1):
        told = list(file_facts(ref.file)) if details else []
        if not details and ref.file and ref.file.credentials:
            told = [credentials_in_words(ref.file.credentials)]
        for said in told:
            yield Line("")
            yield from _wrapped(f"Photo {number}: {said}" if len(file.photos) > 1 else said, width)


def _printed(line: Line, colour: bool) -> str:
    """A line without anything that a terminal would obey, but for our own colours."""
    text = "".join(ch if ch.isprintable() else "·" for ch in line.text)
    if not (colour and line.colour and text):
        return text
    end = line.lead or len(text)
    return f"\x1b[{COLOURS[line.colour]}m{text[:end]}\x1b[0m{text[end:]}"


def _wrapped(
    text: str, width: int, first: str = "", indent: int = 0, colour: str = "", lead: int = 0
) -> Iterator[Line]:
    """A text in lines of a width; the first begins with `first`, the others are indented."""
    parts = wrap(
        text, width, initial_indent=first, subsequent_indent=" " * indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    for number, part in enumerate(parts):
        yield Line(part, colour, lead) if number == 0 or not lead else Line(part)


def _nowhere(nothing: Unknown, width: int) -> Iterator[Line]:
    yield from _wrapped(f"Where: not known. {NOTHING}", width, colour="bold")
    yield from _wrapped(nothing.tried_line, width, "  ", 4)
    if nothing.helps:
        yield Line("  What would help:")
        for help in nothing.helps:
            yield from _wrapped(f"{help.what} ({help.option})", width, "    ", 6)


def _found(file: TraceFile, width: int) -> Iterator[Line]:
    said = summary(file.prediction)
    yield from _wrapped(said.answer, width, colour="bold")
    yield from _wrapped(said.carried, width)
    yield Line("")
    yield from _where(file.prediction, width)
    yield from _alternatives(file.prediction, width)


def _where(prediction: Prediction, width: int) -> Iterator[Line]:
    longest = max(len(level.name) + 2 * (not level.stated) for level in prediction.levels)
    room = max(0, min(BAR_WIDTH, width - longest - 19))
    for level in prediction.levels:
        name = level.name if level.stated else f"({level.name})"
        shown = f"{bar(level.probability, room)} {percent(level.probability):>5}"
        yield Line(f"  {level.level:<8}{name:<{longest + 1}}{shown}")
    if not prediction.has_centre:
        return
    point = prediction.point
    meaning = meaning_of_point(prediction)
    label, meant = ("centre", f"{CENTRE}; ") if meaning == CENTRE else ("", "")
    place = f"{label:<8}{point.lat:.4f}, {point.lon:.4f}"
    yield from _wrapped(f"{place}   {meant}{_radii(prediction)}", width, "  ", 10)


def _radii(prediction: Prediction) -> str:
    near, far = distance(prediction.radius_km_50), distance(prediction.radius_km_90)
    return f"90 % within {far}" if near == far else f"50 % within {near}, 90 % within {far}"


def _alternatives(prediction: Prediction, width: int) -> Iterator[Line]:
    others = [region for region in prediction.alternatives[1:] if region.probability >= 0.01]
    if others:
        listed = ", ".join(f"{region.name} {percent(region.probability)}" for region in others)
        yield from _wrapped(listed, width, "  or      ", 10)


def _reasons(file: TraceFile, width: int) -> Iterator[Line]:
    """The reasons that count, the strongest first, and how many weaker ones there are."""
    found, photos = reasons(file.prediction), _photos(file)
    if not found.shown:
        return
    yield Line("")
    yield Line("Why:")
    before = ""
    for item in found.shown:
        label = item.weight if item.weight != before else ""
        before = item.weight
        yield from _reason(item, label, photos, width)
    if found.weaker:
        yield Line(
            f"  and {len(found.weaker)} weaker (--details shows {'them' if len(found.weaker) > 1 else 'it'})", "dim"
        )
    yield from map(Line, _legend({item.step.support for item in found.shown}))


def _reason(item: Weighed, label: str, photos: dict[str, set[int]], width: int) -> Iterator[Line]:
    numbers = _photos_in_words({n for i in item.step.cites for n in photos.get(i, ())})
    text = f"{item.step.statement}{f'  ({numbers})' if numbers else ''}"
    first = f"  {label:<8}{MARKS[item.step.support]} "
    yield from _wrapped(text, width, first, 12, item.weight, len(first.rstrip()))


def _argument(file: TraceFile, width: int) -> Iterator[Line]:
    """Every sentence of the argument, from coarse to fine, with what each counts."""
    prediction, photos = file.prediction, _photos(file)
    if not prediction.argument:
        return
    yield Line("")
    yield Line("Why:")
    for number, step in enumerate(prediction.argument, 1):
        counts = [_photos_in_words({n for i in step.cites for n in photos.get(i, ())}), weight_in_words(step)]
        text = "  ".join([step.statement, *(f"({part})" for part in counts if part)])
        yield from _wrapped(text, width, f" {MARKS[step.support]}{number:>2}. ", 6)
    yield from map(Line, _legend({step.support for step in prediction.argument}))


def _legend(supports: Set[str]) -> Iterator[str]:
    if "unsupported" in supports:
        yield "  ! a sentence of the model's that nothing recorded supports"
    if "seen" in supports:
        yield "  * a sentence of the model's on what it alone has seen; no other witness confirms it"
    if "cited" in supports:
        yield "  ~ a sentence of the model's that cites a record; check that it says so"


def _links(prediction: Prediction) -> Iterator[Line]:
    """Pages that show the place, and pages to which a person may upload the photo."""
    found = links(prediction)
    places = [link for link in found if link.kind != "search"]
    searches = [link for link in found if link.kind == "search"]
    for title, some in (
        ("See the place:" if places else "", places),
        ("Search with the photo, which you upload there yourself:", searches),
    ):
        if title:
            yield Line("")
            yield Line(title)
            yield from (Line(f"  {link.name:<31}{link.url}") for link in some)


def _cost(prediction: Prediction) -> str:
    """How the answer came about, and what it took."""
    usage = prediction.usage
    told_so = [REASONERS.get(prediction.reasoner, prediction.reasoner), prediction.status.replace("_", " ")]
    told_so.append(f"{usage.seconds:.1f} s")
    if usage.model_calls:
        priced = f", {told(usage.dollars)}" if usage.dollars is not None else ""
        told_so.append(f"the model was asked {usage.model_calls} times, {usage.tokens:,} tokens{priced}")
    return " · ".join(told_so)


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


def _open(prediction: Prediction, width: int) -> Iterator[Line]:
    """What the answer does not state, the levels of one reason on one line, and what would tell most."""
    by_reason: dict[str, list[str]] = {}
    for item in prediction.undetermined:
        by_reason.setdefault(item.reason, []).append(LEVEL_NAMES.get(item.level, item.level))
    if by_reason:
        yield Line("")
        yield Line("Not determined:")
        for reason, names in by_reason.items():
            yield from _wrapped(f"{', '.join(names)}: {reason}", width, "  ", 4)
    for said in open_questions(prediction):
        yield from _wrapped(said, width, "  ", 4)


def shorten(step: Step) -> str:
    """The sentence of a step of the log on one line, cut after 220 characters."""
    text = " ".join(step.statement.split())
    return text if len(text) <= 2 * WIDTH else text[: 2 * WIDTH - 1] + "…"


def bar(probability: float, cells: int = BAR_WIDTH) -> str:
    """A probability from 0 to 1 as a bar of `cells` characters."""
    full = round(probability * cells)
    return "█" * full + "░" * (cells - full)
