"""Finds places on which web pages agree: those that the titles and snippets of several sites name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from geoagent.atlas import Atlas
from geoagent.case.likelihood import Areas, Likelihood, Mixture
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.names.toponyms import find_toponyms, toponym_likelihood
from geoagent.reading.names.word_lists import common_words
from geoagent.web.search_results import Hit

SHOWN = 6
AREA_WORDS = 3
AREA_CHANCE = 0.6
"""How often a word that names a country or region is meant so; many are names of people and things as well."""


class Named(NamedTuple):
    """A place that web pages name: its name, and where it is, as a likelihood.

    `sites` gives, for each site that names it, the chance from 0 to 1 that the site means this place.
    """

    name: str
    likelihood: Likelihood
    sites: dict[str, float]

    @property
    def votes(self) -> float:
        """How many sites name the place, each counted by the chance, from 0 to 1, that it means this place."""
        return sum(self.sites.values())


def places_named(hits: Iterable[Hit], atlas: Atlas, but: Iterable[str] = ()) -> list[Named]:
    """The places, six at most, that the titles or snippets of pages of at least two sites name, the most named first.

    `hits` are the pages. A place whose name stands in one of the texts `but`, such as the query, is left out.
    """
    asked = [f" {fold(text)} " for text in but]
    found: dict[str, Named] = {}
    for hit in hits:
        site = _site(hit.page)
        for key, name, chance, likelihood in _named(hit, atlas):
            if not any(f" {fold(name)} " in text for text in asked):
                sites = found.setdefault(key, Named(name, likelihood, defaultdict(float))).sites
                sites[site] = max(sites[site], chance)
    agreed = [place for place in found.values() if len(place.sites) > 1]
    return sorted(agreed, key=lambda place: (-place.votes, place.name))[:SHOWN]


def agreement(places: Sequence[Named]) -> Mixture:
    """What web pages say of where the photo was taken: the places that they name as alternatives in one likelihood.
    `places` must not be empty.

    Together the places weigh n / (n + 2), n being the votes (`Named.votes`) of the foremost place; the rest of 1 says
    nothing of where.
    """
    foremost, total = places[0].votes, sum(place.votes for place in places)
    return Mixture(
        parts=tuple((round(foremost / (foremost + 2) * place.votes / total, 6), place.likelihood) for place in places)
    )


def counted(places: Sequence[Named]) -> str:
    """The first four names of places that web pages name, in words: "Lyon (3 sites), Vienne (2 sites)"."""
    most: dict[str, int] = {}
    for place in places:
        most[place.name] = max(most.get(place.name, 0), len(place.sites))
    return ", ".join(f"{name} ({sites} sites)" for name, sites in list(most.items())[:4])


def _site(page: str) -> str:
    try:
        host = urlsplit(page).hostname or page
    except ValueError:
        return page
    return ".".join(host.split(".")[-2:])


def _named(hit: Hit, atlas: Atlas) -> Iterator[tuple[str, str, float, Likelihood]]:
    """Key, name, chance and place of each name in a hit's title and snippet."""
    for text in (hit.title, hit.snippet):
        for toponym in find_toponyms(text, atlas):
            key = str(atlas.city_of(toponym.places[0].row) or toponym.places[0].row)
            likelihood = toponym_likelihood(atlas, toponym.places, 1.0, toponym.role, toponym.away)
            yield key, toponym.text, toponym.weight, likelihood
        for name, areas in _areas(text, atlas):
            yield "+".join(map(str, areas)), name, AREA_CHANCE, Areas(weights=dict.fromkeys(areas, 1.0))


def _areas(text: str, atlas: Atlas) -> Iterator[tuple[str, list[Area]]]:
    """The countries and regions that a text names in capitalised words."""
    words = [word.strip(".,;:()[]«»\"“”„'’!?|*•·–-") for word in text.split()]
    at = 0
    while at < len(words):
        for length in range(AREA_WORDS, 0, -1):
            name = " ".join(words[at : at + length])
            if len(name) > 3 and name[0].isupper() and fold(name) not in common_words():
                areas = atlas.areas_named(name)
                if areas:
                    yield name, areas
                    at += length - 1
                    break
        at += 1
