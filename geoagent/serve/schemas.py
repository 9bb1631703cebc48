"""The shapes of the API: what it is sent and what it sends."""

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
    """Data that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid")


class Problem(Strict):
    """What was wrong, in one line."""

    detail: str


class Service(Strict):
    """What this service can do.

    `switches` are what a case may be allowed or denied, and how each stands by itself. `tiles` is the address of the
    pictures of streets that the page may show once somebody asks for them, "" where there is none.
    """

    version: str
    reasoners: list[ReasonerName]
    max_bytes: int
    max_photos: int
    switches: dict[str, bool]
    tiles: str
    tiles_credit: str


class Session(Strict):
    """Whether the API answers this client: no token is needed, or the right one was sent."""

    open: bool


class Health(Strict):
    """The service answers; `waiting` counts the cases and remarks that are not finished.

    `reason` says why no case is solved now, where that is so.
    """

    status: Literal["ok", "starting", "failing"]
    waiting: int
    reason: str = ""


class CaseSummary(Strict):
    """A case in a list. `where` is the finest place that the answer states, "" where it states none.

    `point` is the centre of the likely area, and `radius_km` what holds 90 % of the belief round it.

    `switches` are what it may use other than the service does by itself.

    Where `disclosure` is not exact no place is told finer than that, and no photo is shown.
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
    """One sentence of an answer; `cites` are ids of the case's trace, `support` says what stands behind it."""

    statement: str
    cites: list[str]
    support: str = "record"


class RemarkView(Strict):
    """A question, a correction, or a correction that is taken back, and what came of it."""

    id: int
    created: float
    kind: Literal["question", "correction", "take_back"]
    text: str
    clue: str | None
    status: Status
    answer: list[RemarkAnswer]


class UnknownView(Strict):
    """What was tried in vain, and what would help."""

    tried: list[str]
    would_help: list[str]


class LinkView(Strict):
    """A page that a person may open: a map or street pictures of the answered point, or a search by picture."""

    kind: str
    name: str
    url: str


class CaseView(CaseSummary):
    """A case with its answer, once there is one.

    `unknown` is there where nothing that was found tells where; the levels and the point of the prediction are then
    the prior's, and not to be shown as a finding. `position` says that the file of a photo holds a position that was
    not used; it is empty otherwise. `lead` says the answer and what carries it, in two sentences; `meaning` says what
    the point is. Both are empty until there is an answer. `suggested` are questions that one may ask.
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
    """A question or a correction by the user; `clue` is the id of the clue that it is about, if any."""

    text: Text
    clue: Annotated[str | None, Field(max_length=20, pattern=r"^c[0-9a-f]{12}$")] = None


class Again(Strict):
    """What is to be otherwise when a case is solved anew: whether the file's position may be used, and who looks."""

    position: bool | None = None
    reasoner: ReasonerName | None = None


class Accepted(Strict):
    """A remark was accepted; the events of the case tell when it is answered."""

    id: int


class Login(Strict):
    """The bearer token."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


def summary(case: CaseRow, disclosure: Disclosure) -> CaseSummary:
    """A case as the list of cases shows it."""
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
    """A case in full, as the JSON of a `CaseView`, of whose answer no copy is made."""
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
    """A question or correction as the API shows it."""
    values = {**remark._asdict(), "answer": json.loads(remark.answer)}
    del values["case_id"]
    return RemarkView.model_validate(values)
