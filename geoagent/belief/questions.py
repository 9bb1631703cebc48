"""What is worth asking of a photo: questions ranked by how much information about the country the answer is expected to
give.

A question is a knowledge table whose answers have to be seen, or the language on signs. With the belief p over places,
P(a | place) from the table and the reliability r, the answer a is expected with

    q(a) = Σ_places p · (r·P(a | place) + (1 − r)·P₀(a)),    P₀(a) = Σ_places prior · P(a | place)

and leaves the belief that `belief.py` would compute from it alone: the gain is the entropy of the countries now, less
its mean over the answers, in bits. What a group's discount takes off is not foreseen.
"""

from collections.abc import Collection
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.belief import Belief, current
from geoagent.belief.atlas_index import atlas_index
from geoagent.belief.density import by_surroundings, weights_by_division
from geoagent.belief.reliability import Reliabilities
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Region
from geoagent.case.trace import Trace
from geoagent.geo import Area, Floats
from geoagent.reading.languages import signage_shares
from geoagent.reading.tables import Table, TableAnswer, tables

LANGUAGE = "language"
SCRIPT = "script_on_signs"
"""The table of what a language that was read answers already."""
LANGUAGE_QUESTION = "Which language is on the signs?"
LANGUAGE_VISIBLE = 0.35
"""The chance that an outdoor photo shows words whose language can be told, like a table's `visible`."""
RARE_LANGUAGE = 0.03
LEADERS = 5
WORTH_SEPARATING = 0.03
LEAST_GAIN_BITS = 0.01
TOLD_APART = 0.3
"""How far the expected answers of two places differ, in total variation, for a question to tell them apart."""
LEAST_APART = 0.15
"""The same for two leading countries, after the reliability of whoever answers has been reckoned with."""
OTHER = "other"
TINY = 1e-300


class Question(NamedTuple):
    """A question worth asking of the photo: its name, its text, and the answers that it may have.

    `gain_bits` is the information about the country that the answer is expected to give, times the chance that a photo
    can answer it. `leaders` are the two leading countries that it separates best.
    """

    name: str
    text: str
    answers: tuple[str, ...]
    gain_bits: float
    leaders: tuple[Region, Region]


class Difference(NamedTuple):
    """A question whose answer differs between two places.

    `first` and `second` are the commonest answer at each place with its probability there. `apart`, from 0 to 1, is how
    far all answers differ (total variation).
    """

    name: str
    first: tuple[str, float]
    second: tuple[str, float]
    apart: float


class _Channel(NamedTuple):
    """P(answer | unit) of one question, each column summing to 1, what no answer covers being `other`."""

    name: str
    text: str
    answers: tuple[str, ...]
    visible: float
    witness: str
    given: Floats
    prior: Floats


class _Known(NamedTuple):
    """All questions over the units of an atlas: its countries outside divisions, then its divisions.

    `unit` is the unit of each row, `country` the country of each unit.
    """

    unit: NDArray[np.int64]
    country: NDArray[np.int64]
    channels: tuple[_Channel, ...]


def sight_tables() -> dict[str, Table]:
    """The knowledge tables whose answers have to be seen in the photo, by name: landscapes, poles, road markings and
    the like.
    """
    return {name: table for name, table in tables().items() if table.witness == "sight"}


def answered(trace: Trace) -> set[str]:
    """The names of the questions that the evidence of a trace answers already; a language or script that was read
    answers those of both.
    """
    kinds = {item.kind for item in current(trace.evidence)}
    return (kinds & set(sight_tables())) | ({LANGUAGE, SCRIPT} if kinds & {LANGUAGE, "script"} else set())


def rank_questions(
    belief: Belief, reliabilities: Reliabilities, asked: Collection[str] = (), count: int = 3
) -> list[Question]:
    """The `count` questions whose answers are expected to tell most about the country, the best first.

    Left out are those whose names are in `asked`, that are expected to give next to nothing, or that tell no two
    leading countries apart. Empty while one country leads alone.
    """
    atlas = belief.atlas
    known = _known(atlas)
    units, countries = _masses(belief, known)
    leading = [int(i) for i in np.argsort(-countries, kind="stable")[:LEADERS] if countries[i] >= WORTH_SEPARATING]
    found = []
    for channel in known.channels:
        if channel.name in asked or len(leading) < 2:
            continue
        joint = _joint(channel, known, units, countries, reliabilities)
        gain = channel.visible * _information_bits(joint)
        if gain >= LEAST_GAIN_BITS:
            pair = _best_separated(joint, countries, leading)
            if pair is not None:
                leaders = _region(atlas, pair[0], countries), _region(atlas, pair[1], countries)
                found.append(Question(channel.name, channel.text, channel.answers, gain, leaders))
    return sorted(found, key=lambda question: (-question.gain_bits, question.name))[:count]


def language_gain_bits(belief: Belief, reliabilities: Reliabilities) -> float:
    """The information about the country, in bits, that a language read in the photo is expected to give."""
    known = _known(belief.atlas)
    units, countries = _masses(belief, known)
    channel = next(channel for channel in known.channels if channel.name == LANGUAGE)
    return _information_bits(_joint(channel, known, units, countries, reliabilities))


def differences(atlas: Atlas, first: Area, second: Area) -> list[Difference]:
    """The questions that two areas answer differently, those first that are easiest to see and differ most; empty where
    none does.
    """
    found = []
    for channel, here, there in zip(
        _known(atlas).channels, _expected(atlas, first), _expected(atlas, second), strict=True
    ):
        apart = 0.5 * float(np.abs(here - there).sum())
        if apart >= TOLD_APART:
            pairs = [(channel.answers[int(p[:-1].argmax())], float(p[:-1].max())) for p in (here, there)]
            found.append((channel.visible * apart, Difference(channel.name, pairs[0], pairs[1], apart)))
    return [difference for _, difference in sorted(found, key=lambda pair: (-pair[0], pair[1].name))]


def answer_chances(atlas: Atlas, question: str, area: Area | None) -> dict[str, float]:
    """The probability of each answer to a question, by its name, in an area, or in the world where `area` is None."""
    found = zip(_known(atlas).channels, _expected(atlas, area), strict=True)
    channel, expected = next(pair for pair in found if pair[0].name == question)
    return dict(zip(channel.answers, expected.tolist(), strict=True))


@lru_cache(maxsize=512)
def _expected(atlas: Atlas, area: Area | None) -> tuple[Floats, ...]:
    """The probability of each answer to each question in an area, or in the world where `area` is None."""
    known = _known(atlas)
    weights = atlas.prior if area is None else atlas.prior * atlas.rows(area)
    units = _summed(known.unit, weights, len(known.country))
    share = units / max(units.sum(), TINY)
    return tuple(channel.given @ share for channel in known.channels)


def _masses(belief: Belief, known: _Known) -> tuple[Floats, Floats]:
    """The belief by unit and by country."""
    units = _summed(known.unit, belief.probability, len(known.country))
    return units, _summed(known.country, units, len(belief.atlas.countries))


def _summed(groups: NDArray[np.int64], values: Floats, count: int) -> Floats:
    return np.bincount(groups, values, count).astype(np.float64, copy=False)


def _joint(channel: _Channel, known: _Known, units: Floats, countries: Floats, reliabilities: Reliabilities) -> Floats:
    """P(answer, country), the witness being right with its reliability."""
    r = reliabilities.known(channel.witness, channel.name, "country")
    right = np.array([_summed(known.country, seen * units, len(countries)) for seen in channel.given])
    joint: Floats = r * right + (1 - r) * channel.prior[:, None] * countries
    return joint


def _information_bits(joint: Floats) -> float:
    """The mutual information of answer and country."""
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    return float(np.sum(joint * np.log2(np.maximum(joint, TINY) / np.maximum(apart, TINY))))


def _best_separated(joint: Floats, countries: Floats, leading: list[int]) -> tuple[int, int] | None:
    """The two leading countries that the answers tell apart best; None where they tell none apart."""

    def apart(pair: tuple[int, int]) -> float:
        here, there = (joint[:, i] / countries[i] for i in pair)
        return 0.5 * float(np.abs(here - there).sum())

    told = [pair for pair in combinations(leading, 2) if apart(pair) >= LEAST_APART]
    return max(told, key=lambda pair: float(countries[list(pair)].prod()) * apart(pair), default=None)


def _region(atlas: Atlas, country: int, countries: Floats) -> Region:
    code = atlas.countries[country]
    return Region(key=Area(code), name=atlas.country_name(code), probability=min(float(countries[country]), 1.0))


@lru_cache(maxsize=1)
def _known(atlas: Atlas) -> _Known:
    where = atlas_index(atlas)
    channels = [_channel(table, atlas) for table in sight_tables().values()]
    return _Known(where.division, where.country_of_division, (*channels, _language_channel(atlas)))


def _chances(answer: TableAnswer, atlas: Atlas) -> Floats:
    """How often an answer is to be seen in each unit.

    What depends on the surroundings is the mean over the places of a unit, as often as photos are taken there.
    """
    says, where = answer.likelihood(), atlas_index(atlas)
    if isinstance(says, Areas):
        return weights_by_division(says, atlas)
    seen = _summed(where.division, atlas.prior * by_surroundings(says, atlas), len(where.division_prior))
    return seen / np.maximum(where.division_prior, TINY)


def chances_by_country(answer: TableAnswer, atlas: Atlas) -> dict[Area, float]:
    """How often an answer of a knowledge table is to be seen in each country, from 0 to 1."""
    where = atlas_index(atlas)
    masses = _summed(where.country_of_division, where.division_prior, len(atlas.countries))
    seen = _summed(where.country_of_division, where.division_prior * _chances(answer, atlas), len(atlas.countries))
    return dict(zip(map(Area, atlas.countries), (seen / np.maximum(masses, TINY)).tolist(), strict=True))


def _channel(table: Table, atlas: Atlas) -> _Channel:
    """The question of a table, which a model answers by looking."""
    given = np.array([_chances(answer, atlas) for answer in table.answers.values()])
    prior = atlas_index(atlas).division_prior
    given = given / np.maximum(given.sum(axis=0), 1.0)
    given = np.vstack((given, np.clip(1 - given.sum(axis=0), 0, 1)))
    names = (*table.answers, OTHER)
    return _Channel(table.name, table.question, names, table.visible, "vlm", given, given @ prior)


def _language_channel(atlas: Atlas) -> _Channel:
    where, shares = atlas_index(atlas), signage_shares()
    languages = sorted({lang for area in shares for lang, share in shares[area].items() if share >= RARE_LANGUAGE})
    countries = [shares.get(Area(code), {}) for code in atlas.countries]
    by_country = np.array([[country.get(language, 0.0) for country in countries] for language in languages])
    given = by_country[:, where.country_of_division]
    given = np.vstack((given, np.clip(1 - given.sum(axis=0), 0, 1)))
    names = (*languages, OTHER)
    return _Channel(LANGUAGE, LANGUAGE_QUESTION, names, LANGUAGE_VISIBLE, "ocr", given, given @ where.division_prior)
