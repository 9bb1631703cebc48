"""What a model's tokens cost: by the user's own table, or by a table of what hosted models cost; otherwise it is not
known.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

TYPICAL_TOKENS = (60_000, 1_500)
"""Tokens in and out of a case of seven turns, as measured with a scripted model: docs/models.md."""


class Price(NamedTuple):
    """The price of a model, in dollars for a million tokens: of those that go in, and of those that come out."""

    tokens_in: float
    tokens_out: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """What a number of tokens in and a number of tokens out cost together, in dollars."""
        return round((tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6, 6)


def price_of(model: str, url: str, own: Mapping[str, tuple[float, float]]) -> Price | None:
    """The price of a model at the server with the address `url`; None where it is not known.

    `own` is the user's table, which goes first: model names with dollars for a million tokens in and out. Then comes
    the table of hosted models that ships with geoagent.
    """
    name = model.lower().removeprefix("models/")
    mine = {known.lower(): pair for known, pair in own.items()}
    hosted = _table().get(urlsplit(url).hostname or "", {})
    undated = re.sub(r"[-@](\d{8}|\d{4}-\d{2}-\d{2}|latest)$", "", name)
    pair = (
        mine.get(model.lower())
        or mine.get(name)
        or hosted.get(name)
        or hosted.get(undated)
        or hosted.get(f"{undated}-latest")
    )
    return Price(*pair) if pair else None


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, tuple[float, float]]]:
    found = json.loads((files("geoagent") / "data" / "prices.json").read_text(encoding="utf-8"))
    return {host: models for host, models in found.items() if isinstance(models, dict)}


def told(dollars: float | None) -> str:
    """An amount of dollars as it is shown: "$1.20", or "price not known" for None."""
    if dollars is None:
        return "price not known"
    return f"${dollars:.2f}" if dollars >= 1 or dollars == 0 else f"${dollars:.2g}"
