"""One answer as Markdown: what its page says, without pictures and maps."""

from collections.abc import Iterator
from itertools import groupby

from geoagent.belief import Beliefs
from geoagent.case.summary import LEVEL_NAMES, names
from geoagent.case.trace import TraceFile
from geoagent.plain_text import percent, printable
from geoagent.reading.readers import read_by
from geoagent.report.answer import ReportedAnswer, answer, cost
from geoagent.report.argument import BEHIND
from geoagent.report.links import place_links
from geoagent.report.replay import history
from geoagent.report.rivals import Rival, times
from geoagent.report.shown_clues import ShownClue
from geoagent.report.unused_position import unused_position

SPECIAL = "\\`*_{}[]<>|#&!~$"
STATED = {True: "yes", False: "no"}
SUPPORT = {
    "record": "",
    "cited": " *(the model’s words, citing a record)*",
    "seen": " *(seen by the model; no other witness)*",
    "unsupported": " *(the model’s words; nothing recorded supports them)*",
}


def escaped(text: str) -> str:
    """A text from outside on one line, with everything escaped that Markdown or HTML would read."""
    return "".join(f"\\{ch}" if ch in SPECIAL else ch for ch in printable(text))


def as_markdown(file: TraceFile, beliefs: Beliefs) -> str:
    """An answer as Markdown: what its page says, without pictures and maps. All text in it is escaped.

    `file` is its trace; `beliefs` compute its belief again, for what speaks against other countries.
    """
    told = answer(file, history(file, beliefs))
    parts = [f"# {escaped(told.title)}", ", ".join(map(escaped, names(file))), escaped(told.lead)]
    parts += [escaped(told.centre)] if told.centre else []
    if position := unused_position(file):
        parts.append(f"**{escaped(position.sentence)}**")
    parts += [f"**{escaped(told.warning)}**"] if told.warning else []
    parts += [
        "## How sure",
        escaped(told.unknown.line) if told.unknown else _levels(file),
        *(("## Why", "\n".join(_argument(told))) if told.argument else ()),
        "## Clues",
        "\n".join(_clues(told)),
    ]
    tested = [
        f"- {c.letter}: {escaped(c.place)}: {c.outcome}, {c.supporting} for, {c.opposing} against"
        for c in told.candidates
    ]
    parts += ["## Places that were tested", "\n".join(tested)] if tested else []
    parts += ["## Other countries", *(_rival(rival) for rival in told.rivals)] if told.rivals else []
    open_levels = () if told.unknown else file.prediction.undetermined
    gaps = [f"- {LEVEL_NAMES.get(item.level, item.level)}: {escaped(item.reason)}" for item in open_levels]
    parts += ["## Not determined", "\n".join(gaps)] if gaps else []
    if told.calls:
        parts += ["## What was looked up", "\n".join(_calls(told))]
    parts += ["## The chain", "\n".join(_chain(told))]
    if places := place_links(file.prediction):
        parts += ["## See the place", "\n".join(f"- [{link.name}]({link.url})" for link in places)]
    facts = [f"- {_of_photo(n, told)}{escaped(said)}" for n, found in enumerate(told.files, 1) for said in found]
    parts += ["## The file", "\n".join(facts)] if facts else []
    notes = [f"- note: {escaped(note)}" for note in file.prediction.notes]
    return "\n\n".join([*parts, "## Cost and origin", "\n".join([*_cost(file), *notes])]) + "\n"


def _of_photo(number: int, told: ReportedAnswer) -> str:
    return f"photo {number}: " if len(told.files) > 1 else ""


def _levels(file: TraceFile) -> str:
    rows = [
        f"| {level.level} | {escaped(level.name)} | {percent(level.probability)} | {STATED[level.stated]} |"
        for level in file.prediction.levels
    ]
    return "\n".join(["| level | place | probability | stated |", "|---|---|---|---|", *rows])


def _argument(told: ReportedAnswer) -> Iterator[str]:
    for reason in told.argument:
        cited = ", ".join(f"{cite.kind} {escaped(cite.mark)}" for cite in reason.citations)
        counts = f" ({reason.counts})" if reason.counts else ""
        rests = f" [{cited}]" if cited else ""
        support = BEHIND[reason.step.support]
        yield f"{reason.number}. {escaped(reason.step.statement)}{counts}{rests}{f' *({support})*' if support else ''}"


def _chain(told: ReportedAnswer) -> Iterator[str]:
    for link in told.chain:
        cited = ", ".join(f"{cite.kind} {escaped(cite.mark)}" for cite in link.citations)
        odds = f" ({link.odds})" if link.odds else ""
        rests = f" [{cited}]" if cited else ""
        yield f"{link.number}. {escaped(link.step.statement)}{odds}{rests}{SUPPORT[link.step.support]}"


def _clues(told: ReportedAnswer) -> Iterator[str]:
    for number, twins in groupby(sorted(told.clues, key=lambda shown: shown.number), lambda shown: shown.number):
        yield f"{number}. {'; '.join(map(_clue, twins))}"
    if not told.clues:
        yield "None."


def _clue(shown: ShownClue) -> str:
    clue = shown.clue
    seen = [clue.kind, read_by(clue), percent(clue.confidence)]
    seen += [f"photo {shown.photo + 1}"] if shown.photo is not None else []
    seen += [shown.looked] if shown.looked else []
    return f"{escaped(clue.value)} ({', '.join(seen)})"


def _rival(rival: Rival) -> str:
    lines = [f"**{escaped(rival.name)}**, {percent(rival.probability)}; {percent(rival.prior)} before any evidence"]
    for name, reasons in (("against", rival.against), ("for", rival.for_it)):
        lines += [f"- {name}: {escaped(item.statement)}: {times(item.ratio)}" for item in reasons]
    return "\n".join(lines)


def _calls(told: ReportedAnswer) -> Iterator[str]:
    for shown in told.calls:
        yield f"{shown.number}. {escaped(shown.asked)}: {escaped(' '.join(shown.lines))}"


def _cost(file: TraceFile) -> Iterator[str]:
    for name, value in cost(file):
        yield f"- {name}: {escaped(value)}"
