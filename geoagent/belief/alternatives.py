"""From the places that a model's opinion names to a likelihood: a tree of places, each with a calibrated
probability.

The alternatives of an opinion name places that lie in each other: two cities of one country make that country as
probable as both. So they become a tree, from the country down. The probability that a witness states for a place is
calibrated by its level, c(q); what a place has beyond the places inside it is spread over the rest of it, and what no
country has over the whole Earth, as the prior has it:

    q'(x) = Σ_places (c − Σ_inner c) · prior(x | place without inner places) + (1 − Σ_countries c) · prior(x)

A point is taken as the centre of a scatter, a mixture of Gaussians, since coordinates that a witness states are off by
some metres or by many kilometres, and more often by much where they are given with few digits.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.belief.density import NO_PLACES, likelihood_ratio
from geoagent.belief.reliability import Scatter
from geoagent.case.likelihood import Alternative, Alternatives, Areas, Kernel, Likelihood, Mixture, NamedLevel
from geoagent.geo import Area, Floats
from geoagent.plain_text import fold

SOMEWHERE = 1 - 1e-6
"""What all places that a witness names have together at most: that it is wrong altogether is never impossible."""
ALL_OF_IT = 1e-6
"""Inner places take all of a place if they leave less than this share of its prior."""
Calibrated = Callable[[str, float], float]
"""The calibrated probability of a place, from its level and the probability that the witness states."""


class Name(NamedTuple):
    """A place in an opinion that the atlas does not know: its level, and its name in lower case without accents
    (`fold`).
    """

    level: NamedLevel
    name: str


Label = Area | Name
Path = tuple[Label, ...]


class OpinionPart(NamedTuple):
    """A part of the probability that an opinion spreads over the Earth: its place, its weight, and how it is spread.

    `path` is the place as labels from the country down (`path_of`). `weight` is its share of 1, and `shape` the
    likelihood that spreads it.
    """

    path: Path
    weight: float
    shape: Likelihood


def path_of(place: Alternative) -> Path:
    """A place of an opinion as labels, from its country down to the place itself.

    A label is an area where the atlas knows the place of that level, else a `Name`. A borough adds its name below its
    city, and a county below its division.
    """
    area, labels = place.area, list[Label]()
    known = {part.level: part for part in (area.country_area, area.division_area, area) if part is not None}
    levels: tuple[NamedLevel, ...] = ("country", "region", "city", "street")
    for level in levels:
        if level in known:
            labels.append(known[level])
        part = place.part if level == "city" else place.in_division if level == "region" else False
        if level in place.names and (level not in known or part):
            labels.append(Name(level, fold(place.names[level])))
    return tuple(labels)


def level_of(label: Label) -> NamedLevel:
    """The level of a label, which is an area or a name: "country", "region", "city" or "street"."""
    return label.level


def probabilities(said: Alternatives, calibrated: Calibrated, atlas: Atlas) -> dict[Path, float]:
    """The calibrated probability of each place that an opinion names, and of the larger places that hold it, by path
    (`path_of`).

    Coarse places come first. Places in another never have more than that one. `calibrated` gives the believed
    probability for a level and a stated one.
    """
    stated = dict[Path, float]()
    for place in said.places:
        path = path_of(place)
        for depth in range(1, len(path) + 1):
            stated[path[:depth]] = stated.get(path[:depth], 0.0) + place.probability
    ordered = sorted(stated, key=len)
    deserved = {path: calibrated(level_of(path[-1]), min(stated[path], 1.0)) for path in ordered}
    deserved[()] = SOMEWHERE
    for parent in ((), *ordered):
        inner = [path for path in ordered if path[:-1] == parent]
        total = sum(deserved[path] for path in inner)
        if inner and total > 0 and (total > deserved[parent] or (parent and _nothing_left(parent, inner, atlas))):
            for path in inner:
                deserved[path] *= deserved[parent] / total
    del deserved[()]
    return deserved


def _nothing_left(parent: Path, inner: list[Path], atlas: Atlas) -> bool:
    """Whether places take all of the one that they lie in: a city that is a country, or a division."""
    whole = parent[-1]
    areas = [path[-1] for path in inner if isinstance(path[-1], Area)]
    if not isinstance(whole, Area) or not areas:
        return False
    left = atlas.rows(whole)
    total = atlas.prior[left].sum()
    for area in areas:
        left &= ~atlas.rows(area)
    return bool(atlas.prior[left].sum() <= ALL_OF_IT * total)


def parts(
    said: Alternatives, calibrated: Calibrated, scatters: Mapping[str, Scatter], atlas: Atlas
) -> list[OpinionPart]:
    """The weighted parts that an opinion's probability consists of, by the formula for q′ in docs/design.md.

    The part that is spread over the whole Earth is left out. `calibrated` gives the believed probability for a level
    and a stated one; `scatters` has, by level, how far off the points are that such a witness states.
    """
    deserved = probabilities(said, calibrated, atlas)
    found = list[OpinionPart]()
    told = {path for place in said.places for path in _told(place)}
    for path, probability in deserved.items():
        inner = [other for other in deserved if other[:-1] == path]
        own = probability - sum(deserved[other] for other in inner)
        if own <= 0:
            continue
        ending = [place for place in said.places if path_of(place) == path and place.probability > 0]
        total = sum(place.probability for place in ending)
        shape = _rest_of(path, told if ending else inner)
        if not ending:
            found.append(OpinionPart(path, own, shape))
        for place in ending:
            found += _spread(place, path, own * place.probability / total, shape, scatters)
    return found


def _told(place: Alternative) -> Iterator[Path]:
    """The places that an alternative speaks of: itself and those that it names, not what the atlas has between them."""
    path = path_of(place)
    parts = {"city": place.part, "region": place.in_division}
    for depth, label in enumerate(path, 1):
        if depth == len(path) or (label.level in place.names and not parts.get(label.level)):
            yield path[:depth]


def _rest_of(path: Path, told: Collection[Path]) -> Areas:
    """The deepest known area of a path, without the areas inside it that were spoken of themselves.

    What lies round these is left in: "elsewhere in Taiwan" may be in the province of the county that is named beside.
    """
    area = _deepest(path)
    inner = [other[-1] for other in told if len(other) > len(path) and other[: len(path)] == path]
    apart = sorted(label for label in inner if isinstance(label, Area) and label != area)
    return Areas(weights={area: 1.0, **dict.fromkeys(apart, 0.0)})


def _deepest(path: Path) -> Area:
    return [label for label in path if isinstance(label, Area)][-1]


def _spread(
    place: Alternative, path: Path, weight: float, shape: Areas, scatters: Mapping[str, Scatter]
) -> Iterator[OpinionPart]:
    """What an alternative has by itself: round its point, if it gives one, else all over the place as it is known."""
    if place.point is None or place.spread is not None:
        yield OpinionPart(path, weight, place.spread or shape)
        return
    finest = level_of(path[-1])
    level = "rough" if finest in ("city", "street") and not place.exact else finest
    scatter, area = scatters[level], _deepest(path)
    for share, sigma_km in scatter:
        kernel = Kernel(lat=place.point.lat, lon=place.point.lon, sigma_km=sigma_km, within=area)
        yield OpinionPart(path, weight * share, kernel)
    yield OpinionPart(path, weight * (1.0 - sum(share for share, _ in scatter)), shape)


def as_mixture(found: list[OpinionPart]) -> Mixture:
    """The parts of an opinion's probability as one likelihood; what their weights leave of 1 says nothing of where."""
    return Mixture(parts=tuple((part.weight, part.shape) for part in found if part.weight > 0))


def held_by(path: Path, found: Sequence[OpinionPart], atlas: Atlas) -> Floats:
    """What an opinion's parts in one place, those in the places inside it included, add to its likelihood ratio at each
    row of the atlas.

    `path` is the place (`path_of`), and `found` are all parts of the opinion. All 0 where none lies there.
    """
    own = [part for part in found if part.path[: len(path)] == path]
    if not own:
        return np.zeros(len(atlas))
    at_rows, _ = likelihood_ratio(as_mixture(own), atlas, NO_PLACES)
    return np.asarray(at_rows - (1.0 - sum(part.weight for part in own)), dtype=np.float64)
