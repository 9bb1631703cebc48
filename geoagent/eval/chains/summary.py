"""The figures of many scored chains: means over photos with intervals, for each system and judge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from geoagent.atlas import Atlas
from geoagent.eval.chains.answered_country import country_answered
from geoagent.eval.chains.georc_folder import Scene
from geoagent.eval.chains.judge_agreement import Agreement
from geoagent.eval.chains.pairing import Aside, Item
from geoagent.eval.chains.scored_pairs import ScoredPair
from geoagent.eval.chains.scores import ChainScore
from geoagent.eval.metrics.intervals import Interval, mean_interval, proportion_interval


class Countries(NamedTuple):
    """How often a system's chains name the true country (`right`), and how many name none, or several (`unread`)."""

    right: Interval
    unread: int


class Group(NamedTuple):
    """The mean scores of one system or baseline (`name`) by one judge.

    Of `pairs` pairs of candidate and reference `scored` have a score. `figures` are the means by name, over photos.
    `countries` is None where no true country is known.
    """

    name: str
    judge: str
    pairs: int
    scored: int
    figures: dict[str, Interval]
    countries: Countries | None = None


class Summary(NamedTuple):
    """All figures of a call of `geoagent eval chain`.

    `about` says how was scored. `groups` are the figures of systems, `baselines` those of baselines. `between` is the
    agreement of judges with each other, `people` that with people. `aside` names the chains that were left out.
    """

    about: dict[str, Any]
    groups: list[Group]
    baselines: list[Group]
    between: list[Agreement]
    people: list[Agreement]
    aside: Aside


def groups(scored: Sequence[ScoredPair], countries: Mapping[str, Countries] | None = None) -> list[Group]:
    """The figures of each system by each judge; a photo with several experts counts once, by its mean over them.

    `countries` has for each system how often it names the true country, if known.
    """
    found = []
    for system, judge in dict.fromkeys((row.item.system, row.judge) for row in scored):
        rows = [row for row in scored if (row.item.system, row.judge) == (system, judge)]
        found.append(group(system, judge, rows)._replace(countries=(countries or {}).get(system)))
    return found


def group(name: str, judge: str, rows: Sequence[ScoredPair]) -> Group:
    """The mean scores over photos of some rows, with intervals; rows with a fault only count among the `pairs`.

    `name` is the system's or baseline's, `judge` the judge's.
    """
    good = [row for row in rows if row.row.fault is None]
    by_photo: dict[str, list[dict[str, float]]] = {}
    for row in good:
        by_photo.setdefault(row.item.candidate.id, []).append(_figures(row))
    names = dict.fromkeys(name for figures in by_photo.values() for one in figures for name in one)
    means = {name: mean_interval([_mean(one[name] for one in photo) for photo in by_photo.values()]) for name in names}
    return Group(name, judge, len(rows), len(good), means)


def _figures(scored: ScoredPair) -> dict[str, float]:
    row = scored.row
    if isinstance(row, ChainScore):
        told = {"precision": row.precision, "recall": row.recall, "f1": row.f1, "true": row.true}
    else:
        told = {"mean mark": row.rubric.mean if row.rubric else None}
    return {name: value for name, value in told.items() if value is not None}


def _mean(values: Iterable[float]) -> float:
    given = list(values)
    return sum(given) / len(given)


def countries_named(items: Sequence[Item], scenes: Mapping[str, Scene], atlas: Atlas) -> dict[str, Countries]:
    """For each system how often its chains end in the true country.

    `items` are the scored pairs; `scenes` tells the photos' true countries. Systems without a photo of a known country
    are left out. A chain that ends in no country, or in several, is wrong.
    """
    found = {}
    for system in dict.fromkeys(item.system for item in items):
        chains = {item.candidate.id: item.candidate for item in items if item.system == system}
        known = [(chains[i], scenes[i].country) for i in chains if i in scenes and scenes[i].country]
        said = [country_answered(chain.answer, atlas) for chain, _ in known]
        right = sum(code == country for code, (_, country) in zip(said, known, strict=True))
        if known:
            found[system] = Countries(proportion_interval(right, len(known)), said.count(None))
    return found


def as_json(summary: Summary) -> dict[str, Any]:
    """The figures of a summary as JSON data, with the names of all chains that were left out."""
    return {
        **summary.about,
        "systems": [_group_data(one) for one in summary.groups],
        "baselines": [_group_data(one) for one in summary.baselines],
        "judges": [_agreement_data(one) for one in summary.between],
        "people": [_agreement_data(one) for one in summary.people],
        "aside": {kind: {"count": len(names), "names": names} for kind, names in summary.aside.kinds().items()},
    }


def _group_data(one: Group) -> dict[str, Any]:
    data: dict[str, Any] = {"name": one.name, "judge": one.judge, "pairs": one.pairs, "scored": one.scored}
    data |= {name.replace(" ", "_"): _interval_data(interval) for name, interval in one.figures.items()}
    if one.countries:
        data["country"] = {**_interval_data(one.countries.right), "unread": one.countries.unread}
    return data


def _agreement_data(one: Agreement) -> dict[str, Any]:
    correlation = None if one.correlation != one.correlation else one.correlation
    told = {"figure": one.figure, "one": one.one, "other": one.other, "correlation": correlation}
    return {**told, "difference": _interval_data(one.difference)}


def _interval_data(interval: Interval) -> dict[str, Any]:
    return {"value": interval.value, "low": interval.low, "high": interval.high, "n": interval.n}
