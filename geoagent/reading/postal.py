"""Postal codes: the countries whose codes have a shape, and the divisions whose codes begin as one does."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.case.likelihood import Areas
from geoagent.geo import Area
from geoagent.reading.false_hits import area_masses

IN_ITS_DIVISION, NO_SUCH_CODE = 0.95, 0.1
"""The share of codes that are shown in their division, and how often such a code is read where none begins so."""
_DIGITS = r"\d{3}-\d{4}|\d{5}-\d{3,4}|\d{3} \d{3}|\d{3} \d{2}|\d{2}[- ]\d{3}|\d{4} ?[A-Z]{2}|\d{4,6}"
_LETTERS = r"[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}|[A-Z]\d{4}[A-Z]{3}|LV-\d{4}"
_CODE = rf"(?:〒|(?:[A-Z]{{1,2}}|CEP|CP|PIN|ZIP)[-: .]\s?)?(?P<code>{_LETTERS}|{_DIGITS})"
_BEFORE = re.compile(rf"(?<![\w.,-]){_CODE}\W{{1,3}}$")
_AFTER = re.compile(
    rf"[\s,.-]{{1,3}}(?:[A-Z]{{2,3}}[\s,.-]{{1,3}}|[^\W\d]+(?: [^\W\d]+)?[,.]? ){{0,2}}{_CODE}(?![\w.,-]*\d)"
)


class _Codes(NamedTuple):
    shape: re.Pattern[str]
    divisions: tuple[tuple[Area, re.Pattern[str]], ...]


def code_beside(before: str, after: str) -> str | None:
    """The postal code next to a town's name: at the end of the text `before` it, or at the beginning of the text
    `after` it.

    A state may stand between them: "Austin, TX 78701". None where there is no code.
    """
    found = _BEFORE.search(before) or _AFTER.match(after)
    return found["code"] if found else None


def has_shape(code: str, country: str) -> bool:
    """Whether a postal code has the shape of those of a country (ISO code); False where that is not known."""
    codes = _codes().get(country)
    return codes is not None and any(codes.shape.fullmatch(form) for form in _forms(code))


def divisions_of(code: str, country: str) -> tuple[Area, ...] | None:
    """The first-order divisions of a country (ISO code) whose postal codes begin as `code` does; empty where none
    does.

    None where it is not known how the country's codes begin.
    """
    codes = _codes().get(country)
    if codes is None or not codes.divisions:
        return None
    return tuple(area for area, begins in codes.divisions if any(begins.match(form) for form in _forms(code)))


def is_like_a_year(code: str) -> bool:
    """Whether a postal code could also be a year: 1900 to 2039."""
    return re.fullmatch(r"19\d\d|20[0-3]\d", code) is not None


def by_division(countries: Areas, code: str, atlas: Atlas) -> Areas:
    """A likelihood over countries, narrowed in each to the divisions whose postal codes begin as `code` does.

    The mean over a country stays as it is; where none of its codes begins so, a tenth of its weight is left.
    """
    masses, weights = area_masses(atlas), dict(countries.weights)
    for country, weight in countries.weights.items():
        divisions = divisions_of(code, country.country)
        if divisions is None or country.level != "country":
            continue
        share = sum(masses.get(area, 0.0) for area in divisions) / masses[country]
        if 0 < share < 1:
            weights |= dict.fromkeys(divisions, weight * IN_ITS_DIVISION / share)
            weights[country] = weight * (1 - IN_ITS_DIVISION) / (1 - share)
        elif not divisions:
            weights[country] = weight * NO_SUCH_CODE
    return Areas(weights=weights, elsewhere=countries.elsewhere)


def _forms(code: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((code, code.replace(" ", ""), code.replace("-", ""))))


@lru_cache(maxsize=1)
def _codes() -> dict[str, _Codes]:
    rows = json.loads((files("geoagent.reading") / "postal_areas.json").read_text(encoding="utf-8"))
    return {
        country: _Codes(
            re.compile(row["shape"]),
            tuple((Area.parse(area), re.compile(f"(?:{begins})")) for area, begins in row["divisions"].items()),
        )
        for country, row in rows.items()
    }
