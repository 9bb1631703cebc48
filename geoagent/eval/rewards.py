"""Rewards for training a model by reinforcement: each gives a number from 0 to 1 for each of some completions.

A completion is a model's answer, as text or messages. The functions have the signature that TRL's GRPOTrainer calls;
`compute_score` is for verl. The keyword arguments are the columns that `geoagent export grpo` writes, with one entry
for each completion. docs/training.md defines each reward and says where it is from.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from geoagent.eval.metrics.scores import GEOSCORE_SCALE_KM
from geoagent.geo import haversine_km
from geoagent.plain_text import fold, without_kind

LONGEST = 20_000
"""Characters of a completion that are looked at, from its end."""
MOST_STARTS = 200
"""How many braces are tried as the beginning of the answer, from the last one."""
LEVELS = ("country", "region", "city")
Completions = Sequence[Any]


def distance_reward(completions: Completions, *, lat: Sequence[Any], lon: Sequence[Any], **columns: Any) -> list[float]:
    """For each completion how near its point is to the true one: exp(−d / 1492.7 km), where d is the distance.

    `completions` are models' answers, as texts or messages. `lat` and `lon` are the true points in degrees. 0.0 where
    the answer or the truth has no point.
    """
    return [_near(answer_in(text), *truth) for text, *truth in zip(completions, lat, lon, strict=True)]


def level_reward(
    completions: Completions, *, country: Sequence[Any], region: Sequence[Any], city: Sequence[Any], **columns: Any
) -> list[float]:
    """For each completion the share of the known levels, from the country down, before the first wrong one, 0 to 1.

    `completions` are models' answers, as texts or messages. `country`, `region` and `city` are the true names, None
    where not known.
    """
    rows = zip(completions, country, region, city, strict=True)
    return [_right_levels(answer_in(text), truth) for text, *truth in rows]


def grounding_reward(completions: Completions, *, seen: Sequence[Any], **columns: Any) -> list[float]:
    """For each completion the share of the clues it names that were seen in the photo, 0 to 1; 0.0 where it names none.

    `completions` are models' answers, as texts or messages. `seen` has for each completion the list of what was seen.
    """
    return [_grounded(answer_in(text), truth or ()) for text, truth in zip(completions, seen, strict=True)]


def localizability_reward(completions: Completions, *, localizable: Sequence[Any], **columns: Any) -> list[float]:
    """For each completion how well it knows how sure its country is: 1 − (said − localizable)², from 0 to 1.

    `completions` are models' answers, as texts or messages. `said` is the probability under "localizable" in the
    answer; `localizable` has for each completion the share of answers to that photo whose country was right. 0.0 where
    either is missing.
    """
    return [_localizable(answer_in(text), truth) for text, truth in zip(completions, localizable, strict=True)]


def compute_score(data_source: str, solution_str: str, ground_truth: str, extra_info: Any = None) -> float:
    """The mean of the four rewards for one answer (`solution_str`), 0 to 1, as verl calls it.

    `ground_truth` is a JSON object with the columns of one row. `data_source` and `extra_info` are not used.
    """
    columns = {name: [value] for name, value in json.loads(ground_truth).items()}
    rewards = (distance_reward, level_reward, grounding_reward, localizability_reward)
    return sum(reward([solution_str], **columns)[0] for reward in rewards) / len(rewards)


def answer_in(completion: Any) -> dict[str, Any]:
    """The last JSON object of a completion that names a country or a latitude; {} where there is none.

    A completion is a text, or messages of which the last counts.
    """
    text, decoder = _text(completion)[-LONGEST:], json.JSONDecoder()
    start = len(text)
    for _ in range(MOST_STARTS):
        start = text.rfind("{", 0, start)
        if start < 0:
            break
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):  # this brace begins no object
            continue
        if isinstance(found, dict) and {"country", "lat"} & set(found):
            return found
    return {}


def _text(completion: Any) -> str:
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Sequence) and completion:
        content = completion[-1].get("content") if isinstance(completion[-1], dict) else None
        if isinstance(content, Sequence) and not isinstance(content, str):
            return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
        return content if isinstance(content, str) else ""
    return ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 else None


def _near(answer: dict[str, Any], lat: Any, lon: Any) -> float:
    said, true = (_number(answer.get("lat")), _number(answer.get("lon"))), (_number(lat), _number(lon))
    if said[0] is None or said[1] is None or true[0] is None or true[1] is None:
        return 0.0
    if abs(said[0]) > 90 or abs(said[1]) > 360:
        return 0.0
    return math.exp(-float(haversine_km(said[0], said[1], true[0], true[1])) / GEOSCORE_SCALE_KM)


def _right_levels(answer: dict[str, Any], truth: Sequence[Any]) -> float:
    known = [(level, name) for level, name in zip(LEVELS, truth, strict=True) if isinstance(name, str) and name]
    right = 0
    for level, name in known:
        said = answer.get(level)
        if not isinstance(said, str) or without_kind(said) != without_kind(name):
            break
        right += 1
    return right / len(known) if known else 0.0


def _grounded(answer: dict[str, Any], seen: Sequence[Any]) -> float:
    clues = answer.get("clues")
    named = [fold(clue) for clue in clues if isinstance(clue, str)] if isinstance(clues, list) else []
    there = [fold(str(thing)) for thing in seen]
    named, there = [clue for clue in named if clue], [thing for thing in there if thing]
    return sum(_is_among(clue, there) for clue in named) / len(named) if named else 0.0


def _is_among(clue: str, there: Sequence[str]) -> bool:
    return any(f" {one} " in f" {other} " for thing in there for one, other in ((clue, thing), (thing, clue)))


def _localizable(answer: dict[str, Any], truth: Any) -> float:
    said, true = _number(answer.get("localizable")), _number(truth)
    if said is None or true is None or not 0 <= said <= 1:
        return 0.0
    return 1.0 - (said - true) ** 2
