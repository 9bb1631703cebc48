"""What is kept of a case, of what was said to it and of what happened to it: rows of the cases' file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from geoagent.case.prediction import Prediction

Status = Literal["queued", "running", "done", "failed"]
COLUMNS = "id, created, hint, reasoner, switches, names, status, fault, place, probability, lat, lon, radius_km"


class CaseRow(NamedTuple):
    """A case in the service's database: its state, the names of its photos' files, and the finest stated place (""
    without one).

    `lat` and `lon` are the point of the answer, `radius_km` what holds 90 %; None where nothing is known.

    `switches` are what this case may use other than the service would by itself.
    """

    id: str
    created: float
    hint: str
    reasoner: str
    switches: Mapping[str, bool]
    names: tuple[str, ...]
    status: Status
    fault: str
    place: str
    probability: float | None
    lat: float | None
    lon: float | None
    radius_km: float | None


class Remark(NamedTuple):
    """A question or correction to a finished case, and what came of it."""

    id: int
    case_id: str
    created: float
    kind: str
    text: str
    clue: str | None
    status: Status
    answer: str


class EventRow(NamedTuple):
    """One event of a case; ids grow and are never used twice."""

    id: int
    kind: str
    data: str


class Full(Exception):
    """The queue of the service holds as many cases as it may."""


class OtherCase(Exception):
    """The idempotency key belongs to a request with other content."""


def as_case(row: Sequence[Any]) -> CaseRow:
    """A row of the database (`COLUMNS`) as a case."""
    case = CaseRow(*row)
    return case._replace(switches=json.loads(str(row[4])), names=tuple(json.loads(str(row[5]))))


def fingerprint(photos: Sequence[bytes], hint: str, reasoner: str, switches: Mapping[str, bool]) -> str:
    """A hash of the content of a request; requests with equal content have equal hashes."""
    asked = [hint, reasoner, dict(sorted(switches.items()))] if switches else [hint, reasoner]
    digest = hashlib.sha256(json.dumps(asked).encode())
    for data in photos:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


class RowAnswer(NamedTuple):
    """An answer in a row: the finest place that it states, with what it lies in, its probability, and its point."""

    place: str = ""
    probability: float | None = None
    lat: float | None = None
    lon: float | None = None
    radius_km: float | None = None


def summed_up(prediction: Prediction) -> RowAnswer:
    """An answer in a row; the point only where it says something."""
    stated = prediction.stated
    path = [level.name for level in prediction.levels if level.stated][::-1] if stated else []
    told = RowAnswer(", ".join(path), stated.probability if stated else None)
    if not prediction.points_somewhere:
        return told
    return told._replace(lat=prediction.point.lat, lon=prediction.point.lon, radius_km=prediction.radius_km_90)
