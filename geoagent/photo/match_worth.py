"""What agreeing features of two pictures are worth: how many times likelier they are if both show the same thing.

The table is fitted by scripts/build_match_worth.py, on pairs of the same place and of other places.
"""

import json
import math
from bisect import bisect_right
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

TELLING = 10.0
"""From so many times likelier on two pictures are said to show the same thing."""


class MatchWorth(NamedTuple):
    """The fitted table: from how many inliers on each row holds, the log of the ratio there, and of how many pairs."""

    from_inliers: tuple[int, ...]
    log_ratio: tuple[float, ...]
    same_pairs: int
    other_pairs: int
    auc: float


@lru_cache(maxsize=1)
def match_worth() -> MatchWorth:
    """The table of the package."""
    table = json.loads((files("geoagent.data") / "match_worth.json").read_text())
    pairs = table["pairs"]
    return MatchWorth(
        tuple(table["from_inliers"]), tuple(table["log_ratio"]), pairs["same"], pairs["other"], table["auc"]
    )


def times_likelier(inliers: int) -> float:
    """How many times likelier so many inliers are if two pictures show the same thing than if they do not."""
    table = match_worth()
    return math.exp(table.log_ratio[max(bisect_right(table.from_inliers, inliers) - 1, 0)])


def chance_of_same(inliers: int, compared: int = 1) -> float:
    """The probability that a picture shows the same thing as a photo, if it is one of so many that were compared.

    Beforehand it is as likely as not that one of them does.
    """
    times = times_likelier(inliers)
    return times / (times + max(compared, 1))
