"""The tool `observe`: records what a viewer sees, as the answer to a question that a knowledge table asks."""

import re
from collections import Counter
from typing import Annotated, Literal

from pydantic import Field

from geoagent.belief import current
from geoagent.belief.questions import chances_by_country, sight_tables
from geoagent.belief.readout import rank_countries
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import finest_level
from geoagent.case.views import Box
from geoagent.errors import ToolInputError
from geoagent.plain_text import fold, percent, printable
from geoagent.reading.tables import Table, TableAnswer
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import WHOLE, BoxList, ViewNumber, check_own, find_part, find_view, photo_view, placed

CONFIDENCE = 0.8
LEADERS = 4
FEW = 6
WORTH_NAMING = 0.02
LIKELY = 0.5
"""From which part of the highest probability on a place counts as one where the answer is to be expected."""
NEGATED = re.compile(r"\b(no|not|non|without|neither|nor|or)\b")
QuestionName = Literal[
    "bollard", "centre_line", "crossing", "driving_side", "edge_line", "give_way_sign", "house", "kerb", "landscape",
    "noon_sun", "plants", "plate_colour", "plate_shape", "plate_strip", "pole", "roof", "script_on_signs", "settlement",
    "shore", "snow", "warning_sign",
]  # fmt: skip


def observe(
    context: ToolContext,
    question: Annotated[QuestionName, Field(description="which table")],
    answer: Annotated[str, Field(max_length=60, description='one of its answers; "?" lists them')],
    view: ViewNumber,
    box: Annotated[
        BoxList | None, Field(description="where it is in that view, as fractions; none for the whole")
    ] = None,
) -> ToolResult:
    """Say what you see as the answer to a question, and learn in which countries it is so.

    It counts as evidence, together with your opinion; another answer to the same question replaces it. Only for what
    the photo clearly shows.
    """
    table = sight_tables()[question]
    name = _known_answer(answer, table)
    if name is None:
        known = "; ".join(f"{name} ({row.explains})" for name, row in table.answers.items())
        listed = f"{table.question} The answers of {question} are: {known}"
        if answer.strip() == "?":
            return ToolResult(text=listed)
        raise ToolInputError(listed)
    check_own(context, view)
    number, area = _seen(context, view, box)
    clue = Clue(
        kind=table.kind, value=f"{question}: {name}", view=number, box=area,
        witness=context.witness, confidence=CONFIDENCE,
    )  # fmt: skip
    evidence = _evidence(table, name, clue, context)
    implied = _implied(table.answers[name], context)
    return ToolResult(text=implied, data={"question": question, "answer": name}, clues=(clue,), evidence=(evidence,))


def _known_answer(said: str, table: Table) -> str | None:
    """The answer of the table that is meant: the same, or the only one that stands in what was said: "white, dashed".

    One that shares a word with another answer has to be said as it is: "yellow" is not "yellow_black".
    """
    said = fold(said.replace("_", " "))
    words = {known: fold(known.replace("_", " ")).split() for known in table.answers}
    same = [known for known, parts in words.items() if parts == said.split()]
    uses = Counter(word for parts in words.values() for word in parts)
    alone = [known for known, parts in words.items() if max(uses[word] for word in parts) == 1]
    held = [known for known in alone if f" {' '.join(words[known])} " in f" {said} "]
    found = same or ([] if NEGATED.search(said) else held)
    return found[0] if len(found) == 1 else None


def _seen(context: ToolContext, view: int, box: list[float] | None) -> tuple[int, Box | None]:
    """Where it is, in the photo if that can be told; no box for a whole photo, or two views. Raises ToolInputError."""
    if box:
        return placed(context, *find_part(context, view, box))
    seen = find_view(context, view)
    if seen.source is None or seen.beside:
        return photo_view(context, seen).number, None
    return placed(context, seen, WHOLE)


def _evidence(table: Table, name: str, clue: Clue, context: ToolContext) -> Evidence:
    """The observation in the group of its witness's opinion, in place of the former one. Raises ToolInputError."""
    answer = table.answers[name]
    standing = current(context.trace.evidence)
    former = next((item for item in standing if item.kind == table.name and item.witness == clue.witness), None)
    likelihood = answer.evidence(context.belief.atlas)
    if former is not None and former.likelihood == likelihood:
        raise ToolInputError(f"that is noted already, as evidence {former.id}")
    return Evidence(
        kind=table.name,
        witness=clue.witness,
        statement=f"the model sees {table.name} as {printable(name)}: {answer.explains}",
        likelihood=likelihood,
        level=finest_level(likelihood),
        group=f"opinion:{clue.witness}",
        clues=(clue.id,),
        answer=name[:80],
        supersedes=former.id if former else None,
    )


def _implied(answer: TableAnswer, context: ToolContext) -> str:
    """What the answer says of the countries, and of those that lead."""
    given = chances_by_country(answer, context.belief.atlas)
    expected = [country for country, p in given.items() if p >= LIKELY * max(given.values())]
    leaders = [r for r in rank_countries(context.belief, LEADERS) if r.probability >= WORTH_NAMING]
    told = ", ".join(f"{leader.name} {percent(given[leader.key])}" for leader in leaders)
    names = [context.belief.atlas.country_name(country.country) for country in expected]
    where = ", ".join(names) if len(names) <= FEW else f"{len(names)} countries"
    return f"{answer.explains}: to be expected in {where}; how often in the leaders: {told}"
