"""How people and models write a country: inverted, with its titles, in brackets, by three letters, in any language.

Names that any text may hold are in `data/aliases.csv` and in the atlas itself. Where only a country is expected, other
spellings (`data/country_spellings.csv`) and the names in all languages (`data/country_names.csv`, from CLDR) are
understood too. Where an answer names its country, so are words that elsewhere mean something else
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
    """The forms of a written country name under which the atlas may know it, the fullest first; some may be equal.

    "Republic of Korea" gives also "Korea"; "Iran, Islamic Republic of" also "Islamic Republic of Iran" and "Iran";
    "U.A.E." also "UAE".
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
    """The parts of a written name that commas, semicolons or brackets keep apart, in order: "China (Hong Kong)" has
    two, and so has "Lima, Peru".
    """
    return [part for part in (piece.strip() for piece in re.split(r"[,;()\[\]]", text)) if part]


@lru_cache(maxsize=1)
def country_aliases() -> Mapping[str, Area]:
    """Areas by the folded short and colloquial names that mean a country only where a country is expected, such as
    "rsa" or "trinidad", and by the three-letter codes of ISO 3166-1 (CLDR).
    """
    from babel.core import get_global

    codes = {
        name: codes[0] for name, codes in get_global("territory_aliases").items() if re.fullmatch("[A-Z]{3}", name)
    }
    found = {fold(name): Area(code) for name, code in codes.items()}
    return {**found, **{fold(row["name"]): Area.parse(row["key"]) for row in data_rows("country_aliases.csv")}}


@lru_cache(maxsize=1)
def territories() -> Mapping[str, frozenset[Area]]:
    """For each country code the areas that are counted to that country but stand by themselves in the atlas.

    For "CN" that includes Hong Kong. A country without such territories has no entry.
    """
    found = defaultdict[str, set[Area]](set)
    for row in data_rows("territories.csv"):
        found[row["country"]].add(Area.parse(row["territory"]))
    return {country: frozenset(areas) for country, areas in found.items()}


def country_spelt(name: str) -> Area | None:
    """The country that a common other spelling means, such as "U.A.E.", "Korea, South" or "Hong Kong SAR"; None for any
    other text.
    """
    code = _spellings().get(fold(name))
    return Area(code) if code else None


def country_in_any_language(name: str) -> Area | None:
    """The country that a name means in some language, such as "Saksa", "Deutschland" or "U.A.E."; None where it means
    none.

    On a sign many such names are other words, so call it only where a country is expected.
    """
    code = _spellings().get(fold(name)) or _names().get(fold(name))
    return Area(code) if code else None


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    return {fold(name): row["code"] for row in data_rows("country_spellings.csv") for name in row["names"].split("|")}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {row["name"]: row["code"] for row in data_rows("country_names.csv")}
