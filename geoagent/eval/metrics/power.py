"""How many photos two runs have to share for a difference between them to be seen."""

import math

SIGNIFICANCE, POWER = 0.05, 0.8
TOLD = 0.05
"""The difference that a line of figures speaks of: 5 points."""


def photos_needed(difference: float, discordant: float) -> int:
    """How many photos two runs have to share to see that their shares of right answers differ so much.

    By McNemar's test at the 5 % level with 80 % power (Connor 1987).

    Args:
        difference: of the shares of right answers, above 0.
        discordant: the share of photos on which just one of the two is right, at least `difference`.
    """
    significant, powered = _quantiles()
    apart = max(discordant, difference)
    root = significant * math.sqrt(apart) + powered * math.sqrt(apart - difference**2)
    return math.ceil((root / difference) ** 2)


def smallest_difference(n: int, discordant: float) -> float:
    """The smallest difference between the shares of right answers that two runs over `n` photos can show.

    `discordant` is the share of photos on which just one run is right. The difference is told to 0.001; 1.0 where the
    photos can show none.
    """
    if n < 1:
        return 1.0
    steps = (step / 1000 for step in range(1, 1001))
    return next((step for step in steps if photos_needed(step, discordant) <= n), 1.0)


def usual_discordance(share: float) -> float:
    """The share of photos on which just one of two runs is right, as a guess before there is a second run.

    It assumes that both are right at the rate `share` and that their outcomes correlate by 0.5.
    """
    return share * (1 - share)


def _quantiles() -> tuple[float, float]:
    from scipy.stats import norm

    return float(norm.ppf(1 - SIGNIFICANCE / 2)), float(norm.ppf(POWER))
