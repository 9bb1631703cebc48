"""Scores pairs of chains with a judge, in each of the known ways, and makes the baselines to compare them with."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from geoagent.case.views import View
from geoagent.errors import ConfigError, ImageError
from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.embedded_judge import EmbeddedJudge
from geoagent.eval.chains.georc_folder import Scene
from geoagent.eval.chains.judge import JudgeError
from geoagent.eval.chains.model_judge import ModelJudge
from geoagent.eval.chains.pairing import Item
from geoagent.eval.chains.scores import (
    ChainScore,
    RubricScore,
    bipartite,
    f1,
    key_points,
    share,
    single_call,
)
from geoagent.photo import Photos
from geoagent.plain_text import PHOTO_SUFFIXES

Kind = Literal["points", "single-call", "keys", "rubric"]
KINDS: tuple[Kind, ...] = ("points", "single-call", "keys", "rubric")
LONGEST_SIDE = 1536
Judge = EmbeddedJudge | ModelJudge
Row = ChainScore | RubricScore
Truths = tuple[list[bool], list[bool]]


class ScoredPair(NamedTuple):
    """A candidate and its reference (`item`), their score (`row`), and the name of the judge that gave it."""

    item: Item
    row: Row
    judge: str


def score(item: Item, kind: Kind, judge: Judge, picture: Callable[[str], str] | None = None) -> Row:
    """Score a candidate chain against its reference with a judge.

    `kind` is the way: "points", "single-call", "keys" or "rubric"; `judge` must be a model for the second and the last,
    else ConfigError. With `picture`, which gives the photo of an id as a data URL, a model also judges whether each
    point is true. Where the judge gives no usable verdict or the photo cannot be read, the result has a fault and no
    score.
    """
    try:
        truths = _truths(item, kind, judge, picture) if picture and isinstance(judge, ModelJudge) else None
        row = _scored(item, kind, judge, truths)
    except (JudgeError, ImageError) as error:
        return _failed(item.candidate.id, kind, str(error))
    if isinstance(row, ChainScore) and truths is not None and row.fault is None:
        return row._replace(truths=tuple(truths[0]))
    return row


def _failed(identity: str, kind: Kind, fault: str) -> Row:
    if kind == "rubric":
        return RubricScore(identity, None, fault)
    return ChainScore(identity, None, None, None, fault=fault)


def _truths(item: Item, kind: Kind, judge: ModelJudge, picture: Callable[[str], str]) -> Truths:
    """Whether each point is true of the photo; of the reference only where the score needs it."""
    url = picture(item.candidate.id)
    theirs = judge.truths(item.reference.points, url) if kind == "single-call" else []
    return judge.truths(item.candidate.points, url), theirs


def _scored(item: Item, kind: Kind, judge: Judge, truths: Truths | None) -> Row:
    candidate, reference = item.candidate, item.reference
    if kind == "points":
        return bipartite(candidate, reference, judge)
    if kind == "keys":
        return key_points(candidate, reference, judge)
    if not isinstance(judge, ModelJudge):
        raise ConfigError(f"--score {kind} asks a model: give its server with --judge URL")
    if kind == "rubric":
        return RubricScore(candidate.id, judge.rubric(candidate.points, reference.points))
    if not candidate.points or not reference.points:
        return ChainScore(candidate.id, 0.0, 0.0, 0.0)
    return ChainScore(candidate.id, *_single_call(item, judge, truths))


def _single_call(item: Item, judge: ModelJudge, truths: Truths | None) -> tuple[float, float, float]:
    """GeoRC's single-call score: in its own words two numbers, in ours point by point."""
    candidate, reference = item.candidate.points, item.reference.points
    if judge.protocol == "georc":
        precision, recall = judge.judge_whole(candidate, reference)
        true, right = (share(side) for side in truths) if truths else (1.0, 1.0)
        return precision * true, recall * right, f1(precision * true, recall * right)
    sides = judge.judge_chains(candidate, reference)
    if truths:
        told = [zip(side, said, strict=True) for side, said in zip(sides, truths, strict=True)]
        return single_call(*([point._replace(true=true) for point, true in side] for side in told))
    return single_call(*sides)


def pictures(scenes: Mapping[str, Scene], folder: Path) -> Callable[[str], str]:
    """A function that gives the photo of a chain's id as a data URL, as a model judge is shown it.

    `scenes` tells what is known of the photos by id. The function looks for the file of that name in and below
    `folder`, then takes the scene's own; it raises ImageError where there is none. Raises ConfigError where `folder` is
    no folder.
    """
    if not folder.is_dir():
        raise ConfigError(f"--photos: {folder}: no folder")
    found = {path.stem: path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PHOTO_SUFFIXES}
    photos = Photos()

    def picture(identity: str) -> str:
        path = found.get(identity) or found.get(Path(identity).stem) or scenes.get(identity, Scene()).photo
        if path is None:
            raise ImageError(f"no photo {identity} below {folder}")
        ref = photos.load(str(path)).ref
        return photos.data_url(ref, View(number=1, photo=0, width=ref.width, height=ref.height), LONGEST_SIDE)

    return picture


def of_another_photo(items: Sequence[Item], scenes: Mapping[str, Scene]) -> list[Item]:
    """A baseline: each reference paired with the chain of another photo by the same system; what chance would score.

    `items` are the pairs to be scored; `scenes` tells the photos' countries. The other photo is the next one of another
    country, where countries are known. Empty where there is only one photo.
    """

    def country(item: Item) -> Any:
        return scenes.get(item.candidate.id, Scene()).country or item.candidate.id

    found = []
    for number, item in enumerate(items):
        others = [*items[number + 1 :], *items[:number]]
        alike = [one for one in others if one.system == item.system and one.candidate.id != item.candidate.id]
        other = next((one for one in alike if country(one) != country(item)), alike[0] if alike else None)
        if other is not None:
            chain = Chain(item.candidate.id, other.candidate.points)
            found.append(item._replace(candidate=chain))
    return found


def blind(
    items: Sequence[Item], scenes: Mapping[str, Scene], judge: ModelJudge, name_of: Callable[[str], str]
) -> tuple[list[Item], list[str]]:
    """A baseline: each reference paired with a chain that a model makes up, knowing only the true place.

    `items` are the pairs to be scored; `scenes` tells the photos' places; `judge` makes the chains up. `name_of` gives
    a country's name for its ISO code. Also returns remarks on references without such a chain: the place is not known,
    or the model failed.
    """
    found, failed, seen = list[Item](), list[str](), set[tuple[str, int | None]]()
    for item in items:
        key, scene = (item.reference.id, item.expert), scenes.get(item.candidate.id, Scene())
        if key in seen:
            continue
        seen.add(key)
        if not scene.country and scene.point is None:
            failed.append(f"{item.reference.id}: its place is not known")
            continue
        try:
            points = judge.blind_chain(scene, max(len(item.reference.points), 1), name_of(scene.country))
        except JudgeError as error:
            failed.append(f"{item.reference.id}: {error}")
            continue
        found.append(item._replace(candidate=Chain(item.candidate.id, points), system=""))
    return found, failed
