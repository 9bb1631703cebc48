"""The scores of the benchmark EarthWhere, each from 0 to 1: for paths of places, for clues, and for coordinates."""

import math
import re
from collections.abc import Sequence

from geoagent.errors import ConfigError
from geoagent.plain_text import fold, without_kind

SCALE_KM, POWER = 0.1, 1.3
ACCURACY_KM = (1.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
_OPTIONS = re.compile(r"\bone of\b|\beither\b|\bfollowing\b", re.IGNORECASE)


def path_score(answer: str, truth: str, hint: str = "") -> float:
    """The share of the true places that an answer reaches, from the coarsest to the finest, 0 to 1.

    `truth` names places from fine to coarse ("Beicheng Street, Zaoyang, Hubei, China"). Places that the `hint` names
    already do not count, unless it offers several to choose from. A finer place that is right implies the coarser ones.
    Places are compared by name, with or without the word for what they are. Raises ConfigError for a truth without a
    place.
    """
    places = [part for part in reversed(truth.strip(" .").split(",")) if part.strip(" .")]
    if not places:
        raise ConfigError("the truth names no place")
    if not _OPTIONS.search(hint):
        given = next((at for at, place in enumerate(places) if not names(hint, place)), len(places) - 1)
        places = places[given:]
    right = [at for at, place in enumerate(places, 1) if names(answer, place)]
    return max(right, default=0) / len(places)


def names(text: str, place: str) -> bool:
    """Whether a text names a place, as whole words: "Zaoyang City" is also named by "Zaoyang", whatever the case."""
    said = f" {fold(text)} "
    return any(f" {name} " in said for name in {fold(place), without_kind(place)} if name)


def clue_score(weights: Sequence[float], used: Sequence[bool]) -> float:
    """The share of the clues' weight that a chain of reasoning uses, 0 to 1.

    `weights` and `used` have one entry for each clue. The sum of the weights need not be 1. Raises ConfigError for
    weights that are negative, sum to 0, or are not as many as the clues.
    """
    if len(weights) != len(used) or not sum(weights) > 0 or min(weights) < 0:
        raise ConfigError(f"{len(weights)} weights for {len(used)} clues; they must be at least 0 and not all 0")
    return sum(weight for weight, is_used in zip(weights, used, strict=True) if is_used) / sum(weights)


def coordinate_score(distance_km: float) -> float:
    """EarthWhere's score of a point that lies `distance_km` from the true one: exp(−(d / 0.1 km)^1.3).

    It is 1 at the true point and 0.37 at 100 m.
    """
    return math.exp(-((distance_km / SCALE_KM) ** POWER))


def overall(parts: Sequence[tuple[float, int]]) -> float:
    """EarthWhere's overall accuracy: the mean of the accuracies of its parts, each weighted by its number of samples.

    `parts` are pairs (accuracy, number of samples). Raises ConfigError where there is no sample.
    """
    total = sum(n for _, n in parts)
    if not total:
        raise ConfigError("none of the parts has a sample")
    return sum(accuracy * n for accuracy, n in parts) / total
