"""How many photos it takes to see a difference between two runs over the same photos."""

import math

SIGNIFICANCE, POWER = 0.05, 0.8
TOLD = 0.05
"""The difference that a line of figures speaks of: 5 points."""


def photos_needed(difference: float, discordant: float) -> int:
    """Photos that two runs must share to see a difference of their shares, by McNemar's test (Connor 1987).

    Args:
        difference: of the shares that are right.
        discordant: the share of photos that only one of the two has right, at least the difference.
    """
    significant, powered = _quantiles()
    apart = max(discordant, difference)
    root = significant * math.sqrt(apart) + powered * math.sqrt(apart - difference**2)
    return math.ceil((root / difference) ** 2)


def smallest_difference(n: int, discordant: float) -> float:
    """The smallest difference of two shares that n photos can show, given how often just one run is right.

    1 where none.
    """
    if n < 1:
        return 1.0
    steps = (step / 1000 for step in range(1, 1001))
    return next((step for step in steps if photos_needed(step, discordant) <= n), 1.0)


def usual_discordance(share: float) -> float:
    """The share of photos on which just one of two runs is right, if both are right at this rate and correlate by
    0.5.
    """
    return share * (1 - share)


def _quantiles() -> tuple[float, float]:
    from scipy.stats import norm

    return float(norm.ppf(1 - SIGNIFICANCE / 2)), float(norm.ppf(POWER))
