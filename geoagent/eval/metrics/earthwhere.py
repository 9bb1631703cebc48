"""EarthWhere's scores: the path of places from coarse to fine, the clues by their weights, and the coordinates."""

import math
import re
from collections.abc import Sequence

from geoagent.errors import ConfigError
from geoagent.plain_text import fold, without_kind

SCALE_KM, POWER = 0.1, 1.3
ACCURACY_KM = (1.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
_OPTIONS = re.compile(r"\bone of\b|\beither\b|\bfollowing\b", re.IGNORECASE)


def path_score(answer: str, truth: str, hint: str = "") -> float:
    """m/k: of the k places that the truth names below the hint, how many an answer has, 0 to 1.

    The truth names places from fine to coarse ("Beicheng Street, Zaoyang, Hubei, China"). Those that the hint names too
    do not count, unless it offers several to choose from. A finer place that is right implies the coarser ones; an
    answer that only repeats the hint has none. Places are compared by name, without the word for what they are.
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
    """Whether a text names a place, as whole words, with or without the word for what it is."""
    said = f" {fold(text)} "
    return any(f" {name} " in said for name in {fold(place), without_kind(place)} if name)


def clue_score(weights: Sequence[float], used: Sequence[bool]) -> float:
    """The share of the weight of the clues that a chain mentions and uses, 0 to 1.

    Weights are normalised first: the published ones do not always sum to 1. Raises ConfigError for weights that are
    negative, sum to 0, or are not as many as the clues.
    """
    if len(weights) != len(used) or not sum(weights) > 0 or min(weights) < 0:
        raise ConfigError(f"{len(weights)} weights for {len(used)} clues; they must be at least 0 and not all 0")
    return sum(weight for weight, is_used in zip(weights, used, strict=True) if is_used) / sum(weights)


def coordinate_score(distance_km: float) -> float:
    """exp(−(d / 0.1 km)^1.3): 1 at the true point, 0.37 at 100 m."""
    return math.exp(-((distance_km / SCALE_KM) ** POWER))


def overall(parts: Sequence[tuple[float, int]]) -> float:
    """EarthWhere's overall accuracy: the accuracies of its parts, each with its n, over all samples together."""
    total = sum(n for _, n in parts)
    if not total:
        raise ConfigError("none of the parts has a sample")
    return sum(accuracy * n for accuracy, n in parts) / total
