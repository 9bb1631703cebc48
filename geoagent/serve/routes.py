"""The routes of the API by which cases are sent, listed, followed, asked about, corrected, cancelled and deleted."""

import asyncio
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Path, Query, Request, UploadFile
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from geoagent.errors import ImageError
from geoagent.photo import check_photo
from geoagent.plain_text import printable
from geoagent.serve import schemas, storage_faults
from geoagent.serve.access import COOKIE, is_known, is_right
from geoagent.serve.case_rows import Full, OtherCase
from geoagent.serve.case_switches import offered
from geoagent.serve.dependencies import CaseId, Given, find_case, find_trace, full, says, told
from geoagent.serve.events import stream
from geoagent.serve.metrics import FORM, metrics
from geoagent.serve.schemas import Accepted, CaseSummary, CaseView, ReasonerName, Saying, summary
from geoagent.serve.service import Service

LATEST = 50
IDS = r"^[0-9a-f]{16}(,[0-9a-f]{16}){0,499}$"


api = APIRouter(responses=says(400, 401, 403, 413, 421, 422))


@api.get("/health")
def health(service: Given) -> schemas.Health:
    """Whether the service works: "ok" while cases can be solved, "starting" before that, "failing" with a reason;
    always with status 200.
    """
    try:
        waiting, reason = service.cases.waiting(), service.supervisor.fault
    except (sqlite3.Error, OSError) as error:
        return schemas.Health(status="failing", waiting=0, reason=storage_faults.told(error)[1])
    if not service.cases.has_room():
        reason = storage_faults.FULL
    status: Any = "failing" if reason else "ok" if service.supervisor.ready else "starting"
    return schemas.Health(status=status, waiting=waiting, reason=reason)


@api.get("/ready", responses={503: {"model": schemas.Health}})
def ready(service: Given) -> Response:
    """The state that /health tells, with HTTP status 200 while cases can be solved and 503 otherwise."""
    state = health(service)
    return JSONResponse(state.model_dump(), 200 if state.status == "ok" else 503)


@api.get("/metrics", response_class=PlainTextResponse)
def told_to_prometheus(service: Given) -> Response:
    """Figures of the queue for Prometheus."""
    return PlainTextResponse(metrics(service), media_type=FORM)


@api.get("/api/service")
def describe(service: Given) -> schemas.Service:
    """What this service offers: its version, its reasoners, its limits, and the options that a case may set."""
    reasoners: list[ReasonerName] = ["rules", "model"] if service.settings.vlm else ["rules"]
    return schemas.Service(
        version=version("geoagent-locate"), reasoners=reasoners,
        max_bytes=service.limits.max_bytes, max_photos=service.limits.max_photos,
        switches=offered(service.settings), tiles=service.settings.tiles, tiles_credit=service.settings.tiles_credit,
    )  # fmt: skip


@api.get("/api/session")
def session(request: Request, service: Given) -> schemas.Session:
    """Whether the API answers this client now, or a token is still to be sent."""
    return schemas.Session(open=is_known(request.headers, service.token()))


@api.post("/api/session", status_code=204)
def log_in(login: schemas.Login, service: Given) -> Response:
    """Check a token and keep it in a cookie that scripts cannot read; status 401 where it is not the right one."""
    digest = service.token()
    if digest is not None and not is_right(login.token, digest):
        raise HTTPException(401, "this is not the token")
    response = Response(status_code=204)
    if digest is not None:
        response.set_cookie(COOKIE, login.token, httponly=True, samesite="strict", max_age=30 * 86400)
    return response


@api.post("/api/cases", status_code=202, responses={**says(409, 429), 200: {"model": CaseSummary}})
async def solve(
    service: Given,
    response: Response,
    photos: Annotated[list[UploadFile], File(min_length=1, description="one photo, or several of one place")],
    hint: Annotated[str, Form(max_length=2000, description='what is known, such as "somewhere in Spain"')] = "",
    reasoner: Annotated[ReasonerName | None, Form(description="the model where there is one, unless given")] = None,
    position: Annotated[bool | None, Form(description="whether the position in the file may be used")] = None,
    network: Annotated[bool | None, Form(description="whether services may be asked over the network")] = None,
    gallery: Annotated[bool | None, Form(description="whether the gallery may be searched")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> CaseSummary:
    """Send the photos of one place to be solved; the answer is the new case, whose events tell how it goes on.

    A request with an `Idempotency-Key` that was sent before gives the case that it made then, with status 200 instead
    of 202.
    """
    chosen = _reasoner(service, reasoner or ("model" if service.settings.vlm else "rules"))
    if len(photos) > service.limits.max_photos:
        raise HTTPException(422, f"photos: at most {service.limits.max_photos} of one place")
    switches = _switches(service, position=position, network=network, gallery=gallery)
    names = [_name(photo.filename if service.disclosure == "exact" else None, n) for n, photo in enumerate(photos, 1)]
    data = [await photo.read() for photo in photos]
    await asyncio.to_thread(_check, data, names)
    try:
        case_id, is_new = await asyncio.to_thread(
            service.cases.accept, data, names, printable(hint), chosen, idempotency_key, service.limits.max_open,
            switches,
        )  # fmt: skip
    except Full:
        raise full() from None
    except OtherCase:
        raise HTTPException(409, "this Idempotency-Key was used for another request; choose a new one") from None
    if is_new:
        service.supervisor.wake()
        service.pulse.beat()
    else:
        response.status_code = 200
    response.headers["Location"] = f"/api/cases/{case_id}"
    return summary(find_case(service, case_id), service.disclosure)


def _reasoner(service: Service, asked: str, refused: int = 422) -> str:
    """Who looks; the status `refused` for a model that the service does not have."""
    if asked == "model" and not service.settings.vlm:
        raise HTTPException(refused, "reasoner: this service has no model server; it was started without --vlm")
    return asked


def _switches(service: Service, refused: int = 422, **asked: bool | None) -> dict[str, bool]:
    """What a case asks for other than the service does by itself; the status `refused` for what it may not."""
    offers = offered(service.settings)
    for name, is_on in asked.items():
        if is_on and name not in offers:
            raise HTTPException(refused, f"{name}: this service does not use it; it was started without")
    return {name: is_on for name, is_on in asked.items() if is_on is not None and is_on != offers.get(name, False)}


def _name(given: str | None, number: int) -> str:
    return printable(FilePath((given or "").replace("\\", "/")).name)[:120] or f"photo {number}"


def _check(data: Sequence[bytes], names: Sequence[str]) -> None:
    """Refuse at once what is no picture of usable size; nothing is decoded yet."""
    for content, name in zip(data, names, strict=True):
        try:
            check_photo(name, content)
        except ImageError as error:
            raise HTTPException(422, str(error)) from None


@api.get("/api/cases")
def latest(
    service: Given,
    limit: Annotated[int, Query(ge=1, le=200)] = LATEST,
    before: Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="created before, in seconds")] = None,
    ids: Annotated[str | None, Query(pattern=IDS, description="these cases alone, their ids joined by commas")] = None,
) -> list[CaseSummary]:
    """The latest cases, newest first. With `ids`, those cases alone; ids that no case has are passed over."""
    cases = service.cases.some(ids.split(",")) if ids else service.cases.latest(limit, before)
    return [summary(told(service, case), service.disclosure) for case in cases]


@api.get("/api/cases/{case_id}", responses=says(404, 409), response_model=CaseView)
def show(service: Given, case_id: CaseId) -> Response:
    """A case in full: where it stands, its answer once there is one, and all remarks to it."""
    case, trace = find_case(service, case_id), find_trace(service, case_id)
    shown = schemas.view(case, service.disclosure, trace, service.cases.remarks(case_id))
    return Response(shown, media_type="application/json")


@api.delete("/api/cases/{case_id}", status_code=204, responses=says(404))
def delete(service: Given, case_id: CaseId) -> Response:
    """Delete a case with its photos, its answer, and everything that was stored while it was solved."""
    if not service.cases.delete(case_id):
        raise HTTPException(404, "there is no such case")
    service.supervisor.wake()
    service.pulse.beat()
    return Response(status_code=204)


@api.post("/api/cases/{case_id}/again", status_code=202, responses=says(404, 409, 429))
async def again(service: Given, case_id: CaseId, changes: schemas.Again) -> CaseSummary:
    """Solve the photos and the hint of a case once more, as a new case, with the changes that are asked for.

    Status 409 where the photos have been deleted.
    """
    case = find_case(service, case_id)
    kept = {name: is_on for name, is_on in case.switches.items() if name != "position" or changes.position is None}
    switches = {**kept, **_switches(service, 409, position=changes.position)}
    reasoner = _reasoner(service, changes.reasoner or case.reasoner, 409)
    paths = [service.cases.photo(case_id, number) for number in range(1, len(case.names) + 1)]
    try:
        data = await asyncio.to_thread(lambda: [path.read_bytes() for path in paths])
    except OSError:
        raise HTTPException(409, "the photos of this case are not kept any more") from None
    try:
        made, _ = await asyncio.to_thread(
            service.cases.accept, data, case.names, case.hint, reasoner,
            None, service.limits.max_open, switches,
        )  # fmt: skip
    except Full:
        raise full() from None
    service.supervisor.wake()
    service.pulse.beat()
    return summary(find_case(service, made), service.disclosure)


@api.post("/api/cases/{case_id}/cancel", responses=says(404, 409))
def cancel(service: Given, case_id: CaseId) -> CaseSummary:
    """End a case that is queued or running; it then has no answer. Work on it stops within seconds. Status 409 where
    the case is over.
    """
    find_case(service, case_id)
    if not service.cases.cancel(case_id):
        raise HTTPException(409, "this case is over")
    service.supervisor.wake()
    service.pulse.beat()
    return summary(find_case(service, case_id), service.disclosure)


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "server-sent events: opened, step, node, done, failed, answer",
        "content": {"text/event-stream": {}},
    },
    **says(404),
}


@api.get("/api/cases/{case_id}/events", responses=_STREAM, response_class=StreamingResponse)
def events(
    service: Given,
    case_id: CaseId,
    last_event_id: Annotated[int, Header(ge=0, le=2**62)] = 0,
    after: Annotated[int, Query(ge=0, le=2**62, description="like Last-Event-ID, which counts where it is later")] = 0,
) -> StreamingResponse:
    """The events of a case as server-sent events, from the one after `Last-Event-ID` on.

    The stream ends with `idle` once the case and all remarks to it are finished.
    """
    find_case(service, case_id)
    news = stream(service.cases, case_id, max(last_event_id, after), service.pulse)
    return StreamingResponse(news, media_type="text/event-stream")


_REMARK = says(404, 409, 429)


@api.post("/api/cases/{case_id}/questions", status_code=202, responses=_REMARK)
def ask(service: Given, case_id: CaseId, saying: Saying) -> Accepted:
    """Ask about an answered case: "why not Slovenia?", "what would settle it?", "look at the shop sign again"."""
    return _remark(service, case_id, "question", saying)


@api.post("/api/cases/{case_id}/corrections", status_code=202, responses=_REMARK)
def correct(service: Given, case_id: CaseId, saying: Saying) -> Accepted:
    """Correct an answered case: "that sign is Hungarian", "exclude Asia". The case is then decided again."""
    return _remark(service, case_id, "correction", saying)


@api.delete("/api/cases/{case_id}/corrections/{number}", status_code=202, responses=_REMARK)
def take_back(service: Given, case_id: CaseId, number: Annotated[int, Path(ge=1, le=2**62)]) -> Accepted:
    """Take back the correction with the id `number`: what it replaced counts again, and the case is decided again."""
    find_case(service, case_id)
    made = (remark for remark in service.cases.remarks(case_id) if remark.kind == "correction")
    said = next((remark for remark in made if remark.id == number), None)
    if said is None:
        raise HTTPException(404, "this case has no such correction")
    return _remark(service, case_id, "take_back", Saying(text=said.text))


def _remark(service: Service, case_id: str, kind: str, saying: Saying) -> Accepted:
    case = find_case(service, case_id)
    if service.disclosure != "exact":
        raise HTTPException(409, f"this service tells no more than the {service.disclosure}, and keeps no more")
    if case.status != "done":
        raise HTTPException(409, "this case has no answer yet")
    if service.cases.waiting() >= service.limits.max_open:
        raise full()
    number = service.cases.remark(case_id, kind, printable(saying.text), saying.clue)
    service.supervisor.wake()
    return Accepted(id=number)
