"""Matches the answers of a file with the samples that they answer, by id or by the photo's name."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.answers.files import Predictions
from geoagent.plain_text import PHOTO_SUFFIXES, listed, printable
from geoagent.runs.samples import Sample


class Joined(NamedTuple):
    """Answers of a file matched to samples.

    `samples` are those that have an answer, and `places` has for each the index of its answer in the file.
    `answers_left` are the ids of answers without a sample, `answered_twice` those of further answers to a sample.
    `unanswered` are the samples without an answer.
    """

    samples: list[Sample]
    places: list[int]
    answers_left: list[str]
    answered_twice: list[str]
    unanswered: list[Sample]


def join(found: Predictions, samples: Sequence[Sample], source: str) -> Joined:
    """Match answers to samples by id, or else by the photo's name without folder, suffix and case.

    `found` are the answers of a file. `source` says in messages where the samples are from. Raises ConfigError where no
    answer has a sample.
    """
    exact = {sample.id: place for place, sample in enumerate(samples)}
    loose = _loose(samples)
    partner: dict[int, int] = {}
    left, twice = list[str](), list[str]()
    for place, identity in sorted(enumerate(found.ids), key=lambda answer: answer[1] not in exact):
        sample = exact.get(identity, loose.get(bare_name(identity)))
        if sample is None:
            left.append(identity)
        elif sample in partner:
            twice.append(identity)
        else:
            partner[sample] = place
    if not partner:
        theirs = samples[0].id if samples else "nothing"
        raise ConfigError(
            f"no answer has its photo in {source}: ids such as {printable(found.ids[0])[:100]!r} against "
            f"{printable(theirs)[:100]!r}{_without_ids(found)}"
        )
    order = sorted(partner)
    unanswered = [sample for place, sample in enumerate(samples) if place not in partner]
    return Joined([samples[place] for place in order], [partner[place] for place in order], left, twice, unanswered)


def _without_ids(found: Predictions) -> str:
    """In words, that answers have numbers for ids, and what columns there are; empty where they have ids."""
    columns = [*(name for names in found.columns.read.values() for name in names), *found.columns.unread]
    if "id" in found.columns.read or not columns:
        return ""
    return f"; the answers have no column of ids such as id, image or file: theirs are {listed(columns, 20)}"


def _loose(samples: Sequence[Sample]) -> dict[str, int | None]:
    """Each sample by the bare names of its id and photos; None for a name that several bear."""
    found: dict[str, int | None] = {}
    for place, sample in enumerate(samples):
        for name in {bare_name(name) for name in (sample.id, *sample.images)}:
            found[name] = place if found.get(name, place) == place else None
    return found


def bare_name(name: str) -> str:
    """A photo's name in lower case, without its folder and without a photo's suffix: "A/Img_1.JPG" gives "img_1"."""
    path = PurePosixPath(name.replace("\\", "/"))
    return (path.stem if path.suffix.lower() in PHOTO_SUFFIXES else path.name).casefold()


def told(joined: Joined, source: str, count_missing: bool = False) -> list[str]:
    """Sentences on how many answers were matched and what found no partner, one for each kind.

    `source` says where the samples are from. `count_missing` says that samples without an answer count as misses.
    """
    missing = "counted as misses" if count_missing else "left out (--count-missing makes them misses)"
    kinds = (
        ("answers without a photo in it, left out", joined.answers_left),
        ("further answers to a photo, left out", joined.answered_twice),
        (f"photos without an answer, {missing}", [sample.id for sample in joined.unanswered]),
    )
    lines = [f"joined with {source}: {len(joined.samples)}"]
    return lines + [f"{what}: {len(ids)} ({listed(ids)})" for what, ids in kinds if ids]
