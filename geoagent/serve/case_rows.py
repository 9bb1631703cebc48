"""The rows of the SQLite file of cases: a case, a remark that a user made to it, and an event that tells what happened
to it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from geoagent.case.prediction import Prediction

Status = Literal["queued", "running", "done", "failed"]
COLUMNS = "id, created, hint, reasoner, switches, names, status, fault, place, probability, lat, lon, radius_km"


class CaseRow(NamedTuple):
    """A case as the service's database keeps it: what was asked, where it stands, and a summary of its answer.

    - `created` is in seconds since 1970. `names` are the file names of the uploaded photos, in order.
    - `reasoner` is "rules" or "model". `switches` are the options that this case sets otherwise than the service does
      by itself, such as {"network": False}.
    - `fault` says why a failed case has no answer, and is "" otherwise.
    - `place` is the finest place that the answer states, with what it lies in ("Uppsala, Sweden"), "" where it states
      none; `probability` is that of the place.
    - `lat` and `lon` are the point of the answer in degrees, and `radius_km` is the radius round it that holds 90 % of
      the probability; None where the answer points nowhere.
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
    """What a user said to a finished case, and the answer to it.

    - `kind` is "question", "correction", "take_back" (of a correction), or "export": a request to write the answer's
      files.
    - `clue` is the id of the clue that the remark is about, if any. `created` is in seconds since 1970.
    - `answer` is a JSON list of sentences.
    """

    id: int
    case_id: str
    created: float
    kind: str
    text: str
    clue: str | None
    status: Status
    answer: str


class EventRow(NamedTuple):
    """One event of a case: its `id`, which is higher than that of every earlier event, its `kind` ("node", "done" ...)
    and its `data` as JSON text.
    """

    id: int
    kind: str
    data: str


class Full(Exception):
    """Raised when a case is sent while the queue of the service holds as many unfinished cases as it may."""


class OtherCase(Exception):
    """Raised when a request carries an idempotency key that was sent before with other photos, another hint or other
    options.
    """


def as_case(row: Sequence[Any]) -> CaseRow:
    """A row of the database, with its values in the order of `COLUMNS`, as a case."""
    case = CaseRow(*row)
    return case._replace(switches=json.loads(str(row[4])), names=tuple(json.loads(str(row[5]))))


def fingerprint(photos: Sequence[bytes], hint: str, reasoner: str, switches: Mapping[str, bool]) -> str:
    """A SHA-256, in hexadecimal digits, of all that a request to solve asks for: the bytes of its photos in order, its
    hint, reasoner and options.

    By it the service tells a request that is sent twice from a new one.
    """
    asked = [hint, reasoner, dict(sorted(switches.items()))] if switches else [hint, reasoner]
    digest = hashlib.sha256(json.dumps(asked).encode())
    for data in photos:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


class RowAnswer(NamedTuple):
    """The summary of an answer that a row of the database holds.

    `place` is the finest place that the answer states, with what it lies in, "" for none; `lat` and `lon`, in degrees,
    are its point, and `radius_km` holds 90 % of the probability. None stands for what the answer does not say.
    """

    place: str = ""
    probability: float | None = None
    lat: float | None = None
    lon: float | None = None
    radius_km: float | None = None


def summed_up(prediction: Prediction) -> RowAnswer:
    """The summary of a prediction for a row of the database; its point is None where the prediction points nowhere."""
    stated = prediction.stated
    told = RowAnswer(prediction.place if stated else "", stated.probability if stated else None)
    if not prediction.points_somewhere:
        return told
    return told._replace(lat=prediction.point.lat, lon=prediction.point.lon, radius_km=prediction.radius_km_90)
