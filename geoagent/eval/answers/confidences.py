"""How sure a system says it is of its answers: which headings hold a confidence, of what, and in what unit.

A confidence of a country is no confidence of a point. A heading that does not say what it is of ("confidence") counts
only where the person says so, or where the answers are nothing but countries.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

from geoagent.runs.column_names import GIVEN, PLACES, is_empty

PlaceLevel = Literal["country", "region", "city"]
LEVELS: tuple[PlaceLevel, ...] = get_args(PlaceLevel)
WORDS = frozenset({"confidence", "conf", "probability", "prob", "certainty"})
FILLERS = frozenset({"p", "percent", "pct", "percentage", "score", "level", "value", "final", "overall", "of", "the",
                     "in", *(part for word in GIVEN for part in word.split("_"))})  # fmt: skip
"""Words beside a confidence that do not say what it is of."""
LEAST_PERCENT = 10.0
"""A column with a larger number is in percent; one whose largest lies between 1 and this is on some other scale."""
_SHARE = re.compile(r"\s*([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*(%?)\s*")


class Stated(NamedTuple):
    """The confidences of a file that are used: `shares` has for each level the probabilities by the answers' ids.

    `read` names their columns by level, and `refused` the other columns of confidences with the reasons in words.
    """

    shares: dict[PlaceLevel, dict[str, float]]
    read: dict[PlaceLevel, str]
    refused: dict[str, str]


@lru_cache(maxsize=10_000)
def subject_of(heading: str) -> PlaceLevel | Literal["untold", "other"] | None:
    """What the confidence under a heading is of; None where the heading, in its plain form, is not of a confidence.

    "p_country" gives "country", "confidence" gives "untold", and "point_confidence" gives "other".
    """
    words = heading.removeprefix("texts ").split("_")
    levels = [level for level in LEVELS if set(words) & {*PLACES[level], *(f"{level}s",)}]
    if not WORDS & set(words) and not ("p" in words and levels):
        return None
    rest = set(words) - WORDS - FILLERS - {name for level in LEVELS for name in PLACES[level]}
    if rest or len(levels) > 1:
        return "other"
    return levels[0] if levels else "untold"


def confidences_in(row: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The headings of confidences in a row, with what stands below each; empty cells are left out."""
    return tuple((name, row[name]) for name in _headings(tuple(row)) if not is_empty(row[name]))


@lru_cache(maxsize=1000)
def _headings(present: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in present if subject_of(name) is not None)


def stated(cells: Mapping[str, Mapping[str, Any]], untold: PlaceLevel | None) -> Stated:
    """The probabilities in the columns of confidences of a file.

    Args:
        cells: for each column, by its plain heading, what stands in it by the answers' ids.
        untold: the level that a confidence is of whose heading does not say so; None where that is not known.
    """
    found = Stated({}, {}, {})
    for name in sorted(cells, key=lambda name: subject_of(name) == "untold"):
        subject = subject_of(name)
        level = untold if subject == "untold" else next((level for level in LEVELS if level == subject), None)
        values, fault = shares(cells[name], name)
        if level is None:
            found.refused[name] = WHY_UNTOLD if subject == "untold" else "of something else than a place's name"
        elif fault or level in found.shares:
            found.refused[name] = fault or f"{found.read[level]} tells it already"
        else:
            found.shares[level], found.read[level] = values, name
    return found


WHY_UNTOLD = "of the country or of the point? --confidence-of says which"


def shares(cells: Mapping[str, Any], heading: str) -> tuple[dict[str, float], str]:
    """The probabilities, from 0 to 1, in one column by the answers' ids, and why it cannot be used, or "".

    "0.85", "85 %" and, in a column of percent, 85 are one probability. Cells without a number are left out.
    """
    numbers = {identity: number for identity, cell in cells.items() if (number := _number(cell)) is not None}
    if not numbers:
        return {}, "no numbers"
    most, least = max(numbers.values()), min(numbers.values())
    is_percent = most > LEAST_PERCENT or (most > 1 and bool({"percent", "pct", "percentage"} & set(heading.split("_"))))
    if least < 0 or most > 100 or (most > 1 and not is_percent):
        return {}, f"its values, {least:g} to {most:g}, are neither from 0 to 1 nor percent"
    return {identity: number / 100 if is_percent else number for identity, number in numbers.items()}, ""


def _number(cell: Any) -> float | None:
    """The number in a cell, that of "85 %" being 0.85."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if cell == cell else None
    match = _SHARE.fullmatch(cell) if isinstance(cell, str) else None
    return float(match[1].replace(",", ".")) / (100 if match[2] else 1) if match else None


def names_only_countries(points: Iterable[bool], finer: Iterable[str | None]) -> bool:
    """Whether answers are nothing but countries: none has a point (`points`) and none a region or city (`finer`)."""
    return not any(points) and not any(finer)
