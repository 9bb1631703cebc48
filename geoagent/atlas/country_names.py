"""How people and models write a country: inverted, with its titles, in brackets, by three letters, in any language.

What any text may hold is in `data/aliases.csv` and in the atlas itself. Where only a country is expected, other
spellings and the names of all languages are understood too (`data/country_spellings.csv`, and `data/country_names.csv`
from CLDR); and in the place of a country in an answer, words that elsewhere mean something else
(`data/country_aliases.csv`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from geoagent.files.package_data import data_rows
from geoagent.geo import Area
from geoagent.plain_text import fold

_TITLES = frozenset(
    "the of republic kingdom sultanate principality commonwealth federation union confederation emirate grand duchy "
    "state states sar special administrative region territory mainland proper democratic peoples people s islamic "
    "federal federated federative socialist plurinational united cooperative co operative bolivarian arab "
    "rep dem rb pdr".split()
)
"""Words of what a state calls itself, folded; they are left out where a name is not known with them."""
_HEDGES = re.compile(
    r"\b(?:(?:most |very )?(?:likely|probably|possibly|perhaps|maybe|presumably|apparently)|somewhere in|unsure)\b|\?",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"\b(?:\w\.){2,}")


def country_forms(text: str) -> Iterator[str]:
    """The forms of a written name under which the atlas may know a country, the fullest first: "Republic of Korea",
    then "Korea".

    "Iran, Islamic Republic of" is "Islamic Republic of Iran" and "Iran"; "U.A.E." is "UAE".
    """
    bare = _INITIALS.sub(lambda match: match[0].replace(".", ""), _HEDGES.sub(" ", text)).strip(" ,;.()")
    yield text
    yield bare
    front, comma, rest = bare.partition(",")
    if comma and "," not in rest:
        yield f"{rest.strip()} {front.strip()}"
    words = fold(bare).split()
    yield " ".join(words[1:] if words[:1] == ["the"] else words)
    kept = [word for word in words if word not in _TITLES]
    if kept and len(kept) < len(words):
        yield " ".join(kept)


def name_parts(text: str) -> list[str]:
    """The parts of a written name that stand apart, in order: "China (Hong Kong)" has two, and so has "Lima, Peru"."""
    return [part for part in (piece.strip() for piece in re.split(r"[,;()\[\]]", text)) if part]


@lru_cache(maxsize=1)
def country_aliases() -> Mapping[str, Area]:
    """Countries by short or colloquial names, folded, that only count where a country is expected: RSA, Trinidad.

    So are the three-letter codes of ISO 3166-1 (CLDR).
    """
    from babel.core import get_global

    codes = {
        name: codes[0] for name, codes in get_global("territory_aliases").items() if re.fullmatch("[A-Z]{3}", name)
    }
    found = {fold(name): Area(code) for name, code in codes.items()}
    return {**found, **{fold(row["name"]): Area.parse(row["key"]) for row in data_rows("country_aliases.csv")}}


@lru_cache(maxsize=1)
def territories() -> Mapping[str, frozenset[Area]]:
    """For each country code the areas that are counted to that country but stand by themselves in the atlas: Hong
    Kong, Puerto Rico, Réunion.
    """
    found = defaultdict[str, set[Area]](set)
    for row in data_rows("territories.csv"):
        found[row["country"]].add(Area.parse(row["territory"]))
    return {country: frozenset(areas) for country, areas in found.items()}


def country_spelt(name: str) -> Area | None:
    """The country of a common other spelling: U.A.E., Korea, South, Hong Kong SAR; None where there is none."""
    code = _spellings().get(fold(name))
    return Area(code) if code else None


def country_in_any_language(name: str) -> Area | None:
    """The country that a name means in some language: Saksa, Deutschland, U.A.E.

    On a sign many such names are other words, so it is asked for where a country is expected.
    """
    code = _spellings().get(fold(name)) or _names().get(fold(name))
    return Area(code) if code else None


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    return {fold(name): row["code"] for row in data_rows("country_spellings.csv") for name in row["names"].split("|")}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {row["name"]: row["code"] for row in data_rows("country_names.csv")}
