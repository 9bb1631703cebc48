"""What is done where a request is too large for a server's context: parts of the case are left out or sent smaller."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from geoagent.errors import ModelError
from geoagent.reasoners.vlm.model_server import TooLarge

A = TypeVar("A")


class Fit(NamedTuple):
    """How much of a case a request to a model shows.

    - `turns` is how many of the latest turns are told in full, `views` how many views are shown besides the whole
      photos.
    - `scale` is the size of the pictures against their usual size.
    """

    turns: int
    views: int
    scale: float


FITS = (Fit(1000, 1000, 1.0), Fit(3, 6, 1.0), Fit(1, 2, 0.75), Fit(1, 1, 0.5), Fit(0, 0, 0.35))
"""Tried in this order while a request is too large for the server; the photos themselves are always shown."""


def ask_fitting(ask: Callable[[Fit], A]) -> tuple[A, Fit]:
    """The answer that `ask` gives, and how much of the case it was asked with.

    `ask` is called with each step of `FITS`, from the largest, until it no longer raises TooLarge. Raises ModelError
    where even the smallest is too large; what else `ask` raises passes through.
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
