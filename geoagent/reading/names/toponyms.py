"""Finds place names in texts: which words may be one, what they do there, and which places they may mean.

The chance that a name is meant as one is a product, set by judgement: of how easily such a word turns up otherwise (its
letters, words and place in the line), how well known its foremost place is, and what the words beside it make of it.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Named
from geoagent.case.likelihood import Areas, Kernel, Likelihood, Mixture, Ring
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.countries import country_facts
from geoagent.reading.names.chances import CHANCE, LARGE, UNKNOWN_HAN, as_a_place, as_written, notability, plausibility
from geoagent.reading.names.contexts import (
    KM_A_MILE,
    Distance,
    Role,
    distance_beside,
    hangul_stem,
    is_list_of_names_and_numbers,
    role_among,
    role_in_han,
)
from geoagent.reading.postal import code_beside, divisions_of, has_shape, is_like_a_year
from geoagent.reading.spoken import worldwide_spans, worldwide_words

MAX_WORDS = 6
MAX_HAN = 6
MAX_READINGS = 8
SHARES: dict[Role | Literal["proven"], tuple[float, float, float, float]] = {
    "here": (0.85, 0.1, 0.05, 0.0),
    "proven": (0.97, 0.02, 0.01, 0.0),
    "address": (0.6, 0.25, 0.15, 0.0),
    "name": (0.4, 0.35, 0.25, 0.0),
    "namesake": (0.4, 0.35, 0.25, 0.0),
    "person": (0.4, 0.35, 0.25, 0.0),
    "towards": (0.05, 0.3, 0.65, 0.0),
    "street": (0.05, 0.1, 0.35, 0.5),
    "away": (0.05, 0.3, 0.65, 0.0),
}
"""Where a sign that names a place stands: in it, close to it, within an hour's drive, elsewhere in its country."""
FULL_ADDRESS, CODE_IN_DIVISION, CODE_OF_SHAPE, LIKE_A_YEAR, NAMED_AREA = 0.99, 0.96, 0.75, 0.5, 0.8
"""The chance that a name means its place beside a postal code: behind a street and a number; else by a code of its
division, of its country, or one that may be a year; and before the name of its area."""
_STREET_AND_NUMBER = re.compile(r"[^\W\d]{3}.*[\s,]\d{1,4}(?!\d)|(?<!\d)\d{1,4}[\s,]+[^\W\d]{3}")
IN_DISTANCE, BARE_NUMBER = 0.85, 0.5
"""The chance that a number beside a name is its distance, with a unit and without."""
DETOUR = 1.25
"""Kilometres by road to one as the crow flies; networks of roads lie between 1.2 and 1.4."""
DETOUR_SPREAD = 0.15


class Toponym(NamedTuple):
    """A stretch of text that is a name of places: these places, the most prominent first, and its role in the line.

    `weight` is the probability that a place is meant. `away` is the distance that a sign gives beside it. `proof` is
    what else of an address says which place is meant, its postal code or the area that follows the name; empty where
    there is nothing.
    """

    text: str
    places: list[Named]
    weight: float
    role: Role = "name"
    away: Distance | None = None
    proof: str = ""


def find_toponyms(text: str, atlas: Atlas) -> list[Toponym]:
    """The place names in one line of text, the longest first, without overlaps; empty where there is none.

    Of a complete address only the town counts.
    """
    found = [*_in_words(text, atlas), *_in_han(text, atlas)]
    return [toponym for toponym in found if toponym.proof] or found


class _Words(NamedTuple):
    """A line as words, each with where it ends; `raw` with their punctuation, `bare` without."""

    raw: list[str]
    bare: list[str]
    spans: list[tuple[int, int]]


def _split(text: str) -> _Words:
    pieces = list(re.finditer(r"(?:[dDlL]|[dDnN]ell|[aA]ll)['’](?=[^\W\d_]{3})|[^\s/-]+", text))
    raw = [piece[0] for piece in pieces]
    return _Words(raw, [word.strip(".,;:()[]«»\"“”„'’!?|*•·") for word in raw], [piece.span() for piece in pieces])


def _in_words(text: str, atlas: Atlas) -> list[Toponym]:
    words = _split(text)
    found, taken = list[Toponym](), _in_brands(text, words)
    alone = is_list_of_names_and_numbers(text)
    for length in range(min(MAX_WORDS, len(words.bare)), 0, -1):
        for start in range(len(words.bare) - length + 1):
            span = range(start, start + length)
            if (
                taken & set(span)
                or not _is_word(words.bare[start])
                or any(w.endswith((",", ";", ".")) for w in _inner(words, span))
            ):
                continue
            toponym, end = _toponym(text, words, span, alone, atlas)
            if toponym is not None:
                taken |= set(range(start, end))
                found.append(toponym)
    return found


class _Proven(NamedTuple):
    """The places of a name that a postal code fits, and how likely the name then means one of them."""

    places: list[Named]
    weight: float
    proof: str


def _proven(places: list[Named], code: str | None, atlas: Atlas) -> _Proven | None:
    """The places whose country writes such postal codes, and whose division has codes that begin so."""
    if code is None:
        return None
    fitting, known = list[Named](), False
    for place in places:
        country = atlas.country_of(place.row).country
        if not has_shape(code, country):
            continue
        divisions = divisions_of(code, country)
        if divisions is None or atlas.division_of(place.row) in divisions:
            fitting.append(place)
            known = known or divisions is not None
    if not fitting:
        return None
    if known:
        fitting = [p for p in fitting if divisions_of(code, atlas.country_of(p.row).country) is not None] or fitting
    weight = CODE_IN_DIVISION if known else CODE_OF_SHAPE
    return _Proven(fitting, LIKE_A_YEAR if is_like_a_year(code) else weight, f"the postal code {code}")


def _names_a_country(name: str, places: list[Named], atlas: Atlas) -> bool:
    """Whether a name is a country's, which is better known than a small place elsewhere: India is not Inđija."""
    countries = [area for area in atlas.areas_named(name) if area.level == "country"]
    return bool(countries) and places[0].prominence < LARGE and atlas.country_of(places[0].row) not in countries


def _in_brands(text: str, words: _Words) -> set[int]:
    """The words that are a part of a brand's name of several: Coca-Cola, New Balance."""
    brands = worldwide_spans(text)
    inside = ({i for i, (a, b) in enumerate(words.spans) if first <= a and b <= last} for first, last in brands)
    return {i for members in inside if len(members) > 1 for i in members}


def _inner(words: _Words, span: range) -> list[str]:
    """The words of a stretch but the last, as written; of those that are abbreviated (St., Sta.) a stop is no end."""
    return [word for word in (words.raw[i] for i in span[:-1]) if not (word.endswith(".") and len(word) < 5)]


def _toponym(text: str, words: _Words, span: range, alone: bool, atlas: Atlas) -> tuple[Toponym | None, int]:
    """The name in a stretch of words, if it is one, and where it ends: behind the area that it is said to lie in."""
    name = text[words.spans[span[0]][0] : words.spans[span[-1]][1]].strip(".,;:()[]«»\"“”„'’!?|*•·")
    if is_han(name) or not _is_word(words.bare[span[-1]]) or not _has_form(name):
        return None, 0
    first = max((i + 1 for i in range(span[0]) if words.raw[i].endswith((",", ";"))), default=0)
    places, role = atlas.named(name), role_among(words.bare[first : span[0]], words.bare[span[-1] + 1 :])
    stem = hangul_stem(name) if not places and len(span) == 1 else None
    if stem:
        places, role = atlas.named(stem[0]), stem[1]
    if not places:
        return None, 0
    before, after = text[: words.spans[span[0]][0]], text[words.spans[span[-1]][1] :]
    away = distance_beside(before, after, alone=alone)
    if away and role not in ("street", "person", "here"):
        role = "away"
    rest = [word for i, word in enumerate(words.bare) if i not in span and any(ch.isalpha() for ch in word)]
    within, end = _inside_named_area(places, words, span, atlas)
    if not within and _names_a_country(name, places, atlas):
        return None, 0
    code = code_beside(before, after)
    proven = _proven(within or places, code, atlas)
    if code and proven:
        full = _STREET_AND_NUMBER.search(before.replace(code, " ")) is not None
        weight = max(proven.weight, FULL_ADDRESS) if full else proven.weight
        return Toponym(name, proven.places, weight, "address", proof=proven.proof), end
    if within and first == span[0] and role in ("name", "here"):
        return Toponym(name, within, NAMED_AREA, "address", proof="the area that follows it"), end
    chance = plausibility(name, role, places[0].prominence) * (1.0 if not rest or within or role != "name" else 0.8)
    weight = chance * notability(places[0].prominence, role) * CHANCE.get(role, 1.0)
    if not within:
        brand = fold(name) in worldwide_words() and role not in ("address", "away", "here")
        weight *= 0.0 if brand and places[0].prominence < LARGE else 1.0
        weight *= as_a_place(name, role) * as_written(name, atlas.name(places[0].row), places[0].prominence)
    found = Toponym(name, within or places, weight, role, away if role == "away" else None) if weight > 0 else None
    return found, end


def _is_word(word: str) -> bool:
    return any(ch.isalnum() for ch in word)


def _inside_named_area(places: list[Named], words: _Words, span: range, atlas: Atlas) -> tuple[list[Named], int]:
    """The places inside the country or division that follows the name ("Portland, Oregon"), and where that ends."""
    for length in (3, 2, 1):
        after = words.bare[span[-1] + 1 : span[-1] + 1 + length]
        if len(after) < length or not after[0][:1].isupper():
            continue
        areas = atlas.areas_named(" ".join(after))
        state = Area("US", after[0]) if length == 1 and re.fullmatch("[A-Z]{2}", after[0]) else None
        areas += [state] if state and atlas.knows(state) else []
        inside = [p for p in places if any(_lies_in(atlas, p.row, area) for area in areas)]
        if inside:
            end = span[-1] + 1 + length
            return inside, max(end, _end_of_areas(words, end, inside, atlas))
    return [], span[-1] + 1


def _end_of_areas(words: _Words, start: int, places: list[Named], atlas: Atlas) -> int:
    """Where the larger areas that follow end: "India" behind "Lucknow, Uttar Pradesh"."""
    for length in (3, 2, 1):
        after = words.bare[start : start + length]
        areas = atlas.areas_named(" ".join(after)) if len(after) == length and after[0][:1].isupper() else []
        if any(_lies_in(atlas, place.row, area) for place in places for area in areas):
            return _end_of_areas(words, start + length, places, atlas)
    return start


def _lies_in(atlas: Atlas, row: int, area: Area) -> bool:
    return area in (atlas.division_of(row), atlas.country_of(row))


def is_han(text: str) -> bool:
    """Whether most letters of a text are Chinese characters; False without letters."""
    letters = [ch for ch in text if ch.isalpha()]
    return bool(letters) and sum(_is_han_letter(ch) for ch in letters) > len(letters) / 2


def _is_han_letter(ch: str) -> bool:
    return unicodedata.name(ch, "").startswith("CJK")


def _has_form(name: str) -> bool:
    """Whether a stretch of text looks like a name: letters, a capital where the script has them, long enough."""
    letters = [ch for ch in name if ch.isalpha()]
    cased = name[0].lower() != name[0].upper()
    enough = 4 if cased else 2 if "HANGUL" in unicodedata.name(letters[0] if letters else " ", "") else 3
    return len(letters) >= max(enough, len(name.replace(" ", "").replace("-", "")) - 2) and (
        not cased or name[0].isupper()
    )


def _in_han(text: str, atlas: Atlas) -> list[Toponym]:
    found, taken = list[Toponym](), set[int]()
    runs = [run.span() for run in re.finditer(r"[\u3400-\u4dbf\u4e00-\u9fff々ヶ]{2,}", text)]
    for length in range(MAX_HAN, 1, -1):
        for first, last in runs:
            for start in range(first, last - length + 1):
                span = range(start, start + length)
                toponym = None if taken & set(span) else _han_toponym(text, span, (first, last), atlas)
                if toponym is not None:
                    taken |= set(span)
                    found.append(toponym)
    return found


def _han_toponym(text: str, span: range, run: tuple[int, int], atlas: Atlas) -> Toponym | None:
    name, before, after = text[span[0] : span[-1] + 1], text[: span[0]], text[span[-1] + 1 :]
    places = atlas.named(name)
    if not places:
        return None
    role = role_in_han(name, before[run[0] :], after)
    away = distance_beside(before, after, alone=not any(ch.isalpha() for ch in before + after))
    large = places[0].prominence >= LARGE
    if away:
        role, chance = "away", 0.7
    elif role:
        chance = 0.8 if role == "here" else 0.6 if large or len(name) > 2 else 0.2
        chance = chance if large or span[0] in (run[0], 0) or len(name) > 2 else 0.0
    else:
        chance = _unmarked_han(name, span, run, large) * as_a_place(name, "name")
        chance *= UNKNOWN_HAN if len(name) == 2 and not places[0].prominence else 1.0
    weight = chance * notability(places[0].prominence, role or "name") * CHANCE.get(role or "name", 1.0)
    return Toponym(name, places, weight, role or "name", away) if weight > 0 else None


def _unmarked_han(name: str, span: range, run: tuple[int, int], large: bool) -> float:
    """Two characters inside other words are a name by chance: they need an edge of the line and a large place."""
    if (span[0], span[-1] + 1) == run:
        return 0.6 if len(name) > 2 or large else 0.3
    if span[0] == run[0]:
        return 0.4 if large else 0.2 if len(name) > 2 else 0.0
    if len(name) > 2:
        return 0.4 if large else 0.1
    return 0.15 if large and span[-1] + 1 == run[1] else 0.0


def toponym_likelihood(
    atlas: Atlas,
    places: list[Named],
    weight: float,
    role: Role | Literal["proven"] = "name",
    away: Distance | None = None,
) -> Likelihood:
    """The likelihood of reading a place name on a sign: near each place that it may mean, as far off as such signs
    stand.

    `weight` is the chance that the name is meant as a place at all; what it leaves of 1 says nothing. Places count by
    the root of their prominence; those of a "proven" address by the prominence itself, since addresses are as many as
    people. `away` is a distance that the sign gives.
    """
    readings = [place.row for place in places[:MAX_READINGS]]
    people = np.array([place.prominence + 100.0 for place in places[:MAX_READINGS]])
    importance = people if role == "proven" else np.sqrt(people)
    parts: list[tuple[float, Likelihood]] = []
    for row, share in zip(readings, importance / importance.sum(), strict=True):
        chance = float(weight * share)
        if away is not None:
            measured = IN_DISTANCE if away.unit else BARE_NUMBER
            parts += [(chance * measured * p, ring) for p, ring in _rings(atlas, row, away)]
            chance *= 1 - measured
        parts += _stands(atlas, row, role, chance)
    return Mixture(parts=tuple(parts))


def _stands(atlas: Atlas, row: int, role: Role | Literal["proven"], chance: float) -> list[tuple[float, Likelihood]]:
    lat, lon = float(atlas.lat[row]), float(atlas.lon[row])
    near = max(8.0, float(atlas.extent_km[row]))
    same, close, wider, country = SHARES[role]
    parts: list[tuple[float, Likelihood]] = []
    city = atlas.city_of(row)
    if city:
        parts.append((chance * same, Areas(weights={city: 1.0})))
    parts.append((chance * close, Kernel(lat=lat, lon=lon, sigma_km=near)))
    parts.append((chance * wider, Kernel(lat=lat, lon=lon, sigma_km=near + 50)))
    if country:
        parts.append((chance * country, Areas(weights={atlas.country_of(row): 1.0})))
    return parts


def _rings(atlas: Atlas, row: int, away: Distance) -> list[tuple[float, Ring]]:
    """Where a sign with that distance may stand: in miles, in kilometres, or in either as the country measures."""
    miles = country_facts(atlas.countries[atlas.country[row]])["speed unit"] == "mph"
    chances = {"km": {1.0: 1.0}, "mi": {KM_A_MILE: 1.0}}
    units = chances[away.unit] if away.unit else {KM_A_MILE: 0.8, 1.0: 0.2} if miles else {1.0: 1.0}
    rings = []
    for km, chance in units.items():
        straight = away.value * km / DETOUR
        ring = Ring(
            lat=float(atlas.lat[row]), lon=float(atlas.lon[row]),
            radius_km=round(straight, 3), sigma_km=round(DETOUR_SPREAD * straight + 1.0, 3),
        )  # fmt: skip
        rings.append((chance, ring))
    return rings
