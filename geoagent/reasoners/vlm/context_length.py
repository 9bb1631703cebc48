"""Questions that are too large for a server's context: what is left out or made smaller before it is asked again."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from geoagent.errors import ModelError
from geoagent.reasoners.vlm.model_server import TooLarge

A = TypeVar("A")


class Fit(NamedTuple):
    """How much of a case a request shows: how many turns in full, how many views besides the photos, and the scale
    of the pictures.
    """

    turns: int
    views: int
    scale: float


FITS = (Fit(1000, 1000, 1.0), Fit(3, 6, 1.0), Fit(1, 2, 0.75), Fit(1, 1, 0.5), Fit(0, 0, 0.35))
"""Tried in this order while a request is too large for the server; the photos themselves are always shown."""


def ask_fitting(ask: Callable[[Fit], A]) -> tuple[A, Fit]:
    """The answer to a question that `ask` puts, and how much of the case the question then held.

    The question is made smaller, one step of FITS at a time, while it is too large for the server. Raises ModelError
    where even the smallest is too large, and whatever else `ask` raises.
    """
    for fit in FITS[:-1]:
        try:
            return ask(fit), fit
        except TooLarge:
            continue
    try:
        return ask(FITS[-1]), FITS[-1]
    except TooLarge as error:
        raise ModelError(f"{error}; serve the model with a longer context, such as 16,384 tokens") from error
