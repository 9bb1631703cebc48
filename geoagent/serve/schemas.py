"""The JSON objects of the API, those that it takes and those that it sends, as pydantic models."""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from geoagent.case.prediction import Prediction
from geoagent.case.summary import meaning_of_point
from geoagent.case.summary import summary as first_sentences
from geoagent.case.trace import Disclosure, TraceFile
from geoagent.geo import Point
from geoagent.report.links import links
from geoagent.report.questions import suggested
from geoagent.report.unknown_answer import unknown
from geoagent.report.unused_position import unused_position
from geoagent.serve.case_rows import CaseRow, Remark, RowAnswer, Status, summed_up

ReasonerName = Literal["rules", "model"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Strict(BaseModel):
    """The base of the API's objects: one with an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(Strict):
    """A refusal by the API: `detail` says in one line what was wrong."""

    detail: str


class Service(Strict):
    """What a service offers.

    - `reasoners` are those that a case may choose.
    - `max_bytes` is the largest size of a request, `max_photos` the most photos of one case.
    - `switches` are the options that a case may set ("position", "network", "gallery"), with the value that each has
      otherwise.
    - `tiles` is the address of street map pictures that the page may load once a person asks for them, "" for none;
      `tiles_credit` is the credit to show with them.
    """

    version: str
    reasoners: list[ReasonerName]
    max_bytes: int
    max_photos: int
    switches: dict[str, bool]
    tiles: str
    tiles_credit: str


class Session(Strict):
    """Whether the API answers this client: `open` is true where no token is needed or the right one was sent."""

    open: bool


class Health(Strict):
    """Whether a service works.

    `status` is "ok" while cases can be solved. `waiting` counts the cases and remarks that are queued or running.
    `reason` says why no case is solved now, and is "" otherwise.
    """

    status: Literal["ok", "starting", "failing"]
    waiting: int
    reason: str = ""


class CaseSummary(Strict):
    """A case in a list of cases.

    - `created` is in seconds since 1970; `photos` are the names of the photos' files.
    - `fault` says why a failed case has no answer. `switches` are the options that the case itself has set.
    - `where` is the finest place that the answer states, "" where it states none, and `probability` is that of this
      place.
    - `point` is the centre of the likely area, and `radius_km` the radius round it that holds 90 % of the probability;
      both are null where the answer points nowhere.
    - `disclosure` is how finely the place is told; unless it is "exact" no photo is shown.
    """

    id: str
    created: float
    status: Status
    fault: str
    hint: str
    reasoner: ReasonerName
    switches: dict[str, bool]
    photos: list[str]
    where: str
    probability: float | None
    point: Point | None
    radius_km: float | None
    disclosure: Disclosure


class RemarkAnswer(Strict):
    """One sentence of the answer to a remark; `cites` are ids in the case's trace of what it rests on, and `support`
    says what stands behind it: "record" for what is in the trace.
    """

    statement: str
    cites: list[str]
    support: str = "record"


class RemarkView(Strict):
    """A remark that a user made to a case, which is a question, a correction, or the taking back of a correction, with
    its answer.

    `clue` is the id of the clue that it is about, if any. `created` is in seconds since 1970. `answer` is empty until
    `status` is "done" or "failed".
    """

    id: int
    created: float
    kind: Literal["question", "correction", "take_back"]
    text: str
    clue: str | None
    status: Status
    answer: list[RemarkAnswer]


class UnknownView(Strict):
    """Why the place of a photo is not known: `tried` says what was tried in vain, `would_help` what would help."""

    tried: list[str]
    would_help: list[str]


class LinkView(Strict):
    """A web page that a person may open from an answer: a map or street pictures of its point, or a picture search."""

    kind: str
    name: str
    url: str


class CaseView(CaseSummary):
    """A case in full, with its answer once there is one.

    - `prediction` is the answer. `lead` says it and what carries it in two sentences; `meaning` says what its point is.
      Both are "" until there is an answer.
    - `unknown` is there where no evidence tells where the photo was taken. The levels and the point of the prediction
      are then those of the prior over places, which must not be shown as a finding.
    - `position` says that the file of a photo holds a position that was not used; "" where there is none.
    - `suggested` are questions that one may ask, `remarks` those that were asked, with corrections.
    """

    prediction: Prediction | None
    lead: str = ""
    meaning: str = ""
    unknown: UnknownView | None = None
    links: list[LinkView] = []
    position: str = ""
    suggested: list[str] = []
    remarks: list[RemarkView]


class Saying(Strict):
    """A question or correction that a user sends about a case; `clue` is the id of the clue that is meant, if any."""

    text: Text
    clue: Annotated[str | None, Field(max_length=20, pattern=r"^c[0-9a-f]{12}$")] = None


class Again(Strict):
    """What is to be different when the photos of a case are solved once more; null leaves it as it was.

    `position` says whether the position in the photo's file may be used.
    """

    position: bool | None = None
    reasoner: ReasonerName | None = None


class Accepted(Strict):
    """The answer to a remark that was accepted: its `id`. The event "answer" of the case tells when the remark is
    answered.
    """

    id: int


class Login(Strict):
    """A token that a person sends to open the page."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


def summary(case: CaseRow, disclosure: Disclosure) -> CaseSummary:
    """A case as a list of cases shows it; `disclosure` is how finely the service tells places."""
    point = Point(lat=case.lat, lon=case.lon) if case.lat is not None and case.lon is not None else None
    values = {
        **case._asdict(),
        "photos": list(case.names),
        "where": case.place,
        "disclosure": disclosure,
        "point": point,
    }
    for name in ("names", "place", "lat", "lon"):
        del values[name]
    return CaseSummary.model_validate(values)


def view(case: CaseRow, disclosure: Disclosure, trace: TraceFile | None, remarks: list[Remark]) -> str:
    """A case in full, as the JSON text of a `CaseView`.

    `trace` is that of its answer, None before there is one; `remarks` are the questions and corrections to it. The text
    is put together from parts so that a large prediction is not copied.
    """
    prediction, nothing = (trace.prediction, unknown(trace)) if trace else (None, None)
    case = case._replace(**(summed_up(prediction) if prediction else RowAnswer())._asdict())
    told = UnknownView(tried=nothing.tried, would_help=[help.what for help in nothing.helps]) if nothing else None
    unused = unused_position(trace) if trace else None
    parts = {
        "prediction": prediction.model_dump_json() if prediction else "null",
        "lead": json.dumps(str(first_sentences(prediction)) if prediction else ""),
        "meaning": json.dumps(meaning_of_point(prediction) if prediction else ""),
        "unknown": told.model_dump_json() if told else "null",
        "links": json.dumps([link._asdict() for link in (links(prediction) if prediction else [])]),
        "position": json.dumps(unused.sentence if unused else ""),
        "suggested": json.dumps(suggested(prediction) if prediction else []),
        "remarks": f"[{','.join(remark_view(remark).model_dump_json() for remark in remarks)}]",
    }
    fields = ",".join(f'"{name}":{value}' for name, value in parts.items())
    return f"{summary(case, disclosure).model_dump_json()[:-1]},{fields}}}"


def remark_view(remark: Remark) -> RemarkView:
    """A question or correction, as it is kept in the database, in the form in which the API shows it."""
    values = {**remark._asdict(), "answer": json.loads(remark.answer)}
    del values["case_id"]
    return RemarkView.model_validate(values)
