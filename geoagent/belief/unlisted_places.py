"""Places that a model's opinion names and that the atlas does not know, with their probability given all the
evidence.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from geoagent.belief.alternatives import Label, Name, Path, held_by, path_of
from geoagent.belief.belief import Belief, Term, once_per_belief
from geoagent.case.evidence import LevelName, Spot
from geoagent.case.likelihood import Alternative, Alternatives
from geoagent.geo import Area, Floats
from geoagent.plain_text import fold


class NamedPlace(NamedTuple):
    """A place that opinions name and the atlas does not know, with its probability given all the evidence.

    `path` has the areas and names that it lies in, from the country down, and itself last; `name` is its name as it was
    said.
    """

    path: Path
    level: LevelName
    name: str
    probability: float

    def lies_in(self, labels: set[Label]) -> bool:
        """Whether all areas and names that the place lies in are among `labels`."""
        return labels.issuperset(self.path[:-1])


def opinions(belief: Belief) -> Iterator[tuple[Term, Alternatives]]:
    """The models' opinions among the evidence of a belief, each as its term in the belief and the alternatives that it
    states.
    """
    for term in belief.terms:
        if isinstance(term.evidence.likelihood, Alternatives):
            yield term, term.evidence.likelihood


@once_per_belief
def named_places(belief: Belief) -> tuple[NamedPlace, ...]:
    """The places that models' opinions name and the atlas does not know, the most probable first.

    The probability of such a place is a sum over the rows of the atlas: the share that the place has of the opinion at
    a row, times the probability of that row. A street gets nothing of the probability of a spot that has another name.
    """
    found = []
    for term, said in opinions(belief):
        parts, whole = belief.opinions[term.evidence.id], np.exp(belief.ratios[term.evidence.id].at_rows)
        for path, name in _names(said).items():
            share = held_by(path, parts, belief.atlas) / whole
            at_rows = belief.probability if path[-1].level != "street" else _with_spots_named(name, term, belief)
            probability = float(np.einsum("i,i", at_rows, share))
            found.append(NamedPlace(path, path[-1].level, name, min(max(probability, 0.0), 1.0)))
    return tuple(sorted(found, key=lambda place: (-place.probability, place.name)))


def _with_spots_named(street: str, term: Term, belief: Belief) -> Floats:
    """The probability of each row without those of its spots that are not the street."""
    at_rows = belief.rest.copy()
    for spot, row, p in zip(belief.spots, belief.spot_rows, belief.spot_probability, strict=True):
        own = alternative_of(spot, belief)
        names = own.names.values() if own and spot.evidence == term.evidence.id else (spot.name,)
        if any(f" {fold(street)} " in f" {fold(name)} " for name in names):
            at_rows[row] += p
    return at_rows


def _names(said: Alternatives) -> dict[Path, str]:
    """Each place that the atlas does not know, and what it was called first."""
    found: dict[Path, str] = {}
    for place in said.places:
        path = path_of(place)
        for depth, label in enumerate(path, 1):
            if isinstance(label, Name):
                found.setdefault(path[:depth], place.names[label.level])
    return found


def said_names(belief: Belief) -> dict[Area, str]:
    """The names that opinions give to regions and cities that the atlas knows, by area, so that answers can show
    these.

    Where several name one area, the first opinion in the belief's order counts, and in it the most probable place.
    """
    found: dict[Area, str] = {}
    for _, said in opinions(belief):
        for place in sorted(said.places, key=lambda place: -place.probability):
            parts = {"city": place.part, "region": place.in_division}
            names = {level: name for level, name in place.names.items() if not parts.get(level)}
            for label in path_of(place)[1:]:
                if isinstance(label, Area) and label.level in names:
                    found.setdefault(label, names[label.level])
    return found


def alternative_of(spot: Spot, belief: Belief) -> Alternative | None:
    """The alternative of an opinion whose point a spot is; None for a spot of other evidence."""
    said = next((said for term, said in opinions(belief) if term.evidence.id == spot.evidence), None)
    return next((place for place in said.places if place.point == spot.point), None) if said else None
