"""The API: cases are taken in, followed, asked about, corrected, exported and deleted."""

import asyncio
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path as FilePath
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, File, Form, Header, Path, Query, Request, UploadFile
from fastapi.responses import FileResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from geoagent.errors import ImageError
from geoagent.names import printable
from geoagent.photo import check_photo
from geoagent.serve import answers
from geoagent.serve.answers import Accepted, CaseSummary, CaseView, Problem, ReasonerName, Saying, summary
from geoagent.serve.app import Service
from geoagent.serve.events import stream
from geoagent.serve.guard import COOKIE, is_right, kept_hash
from geoagent.serve.rows import CaseRow, Full, OtherCase
from geoagent.state import TraceFile

RETRY_S = 10
LATEST = 50


def _says(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem} for status in statuses}


api = APIRouter(prefix="", responses=_says(400, 401, 403, 413, 421, 422))
CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


Given = Annotated[Service, Depends(_service)]


def _case(service: Service, case_id: str) -> CaseRow:
    case = service.cases.find(case_id)
    if case is None:
        raise HTTPException(404, "there is no such case")
    return case


@api.get("/health")
def health(service: Given) -> answers.Health:
    """Whether the service answers."""
    return answers.Health(status="ok" if service.supervisor.ready else "starting", waiting=service.cases.waiting())


@api.get("/ready", responses={503: {"model": answers.Health}})
def ready(service: Given) -> Response:
    """200 once cases are being solved, 503 before."""
    state = health(service)
    return JSONResponse(state.model_dump(), 200 if state.status == "ok" else 503)


@api.get("/api/service")
def describe(service: Given) -> answers.Service:
    """What this service can do."""
    reasoners: list[ReasonerName] = ["rules", "model"] if service.settings.vlm else ["rules"]
    return answers.Service(
        version=version("geoagent-locate"), reasoners=reasoners,
        max_bytes=service.limits.max_bytes, max_photos=service.limits.max_photos,
    )  # fmt: skip


@api.post("/api/session", status_code=204)
def log_in(login: answers.Login, service: Given) -> Response:
    """Keep the token in a cookie that scripts cannot read, for the page."""
    digest = kept_hash(service.cases.folder)
    if digest is not None and not is_right(login.token, digest):
        raise HTTPException(401, "this is not the token")
    response = Response(status_code=204)
    if digest is not None:
        response.set_cookie(COOKIE, login.token, httponly=True, samesite="strict", max_age=30 * 86400)
    return response


@api.post("/api/cases", status_code=202, responses={**_says(409, 429), 200: {"model": CaseSummary}})
async def solve(
    service: Given,
    response: Response,
    photos: Annotated[list[UploadFile], File(description="one photo, or several of one place")],
    hint: Annotated[str, Form(max_length=2000, description='what is known, such as "somewhere in Spain"')] = "",
    reasoner: Annotated[ReasonerName | None, Form(description="the model where there is one, unless given")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> CaseSummary:
    """Take a case in; its events tell how it goes on. The same `Idempotency-Key` gives the same case, with 200."""
    chosen: ReasonerName = reasoner or ("model" if service.settings.vlm else "rules")
    if chosen == "model" and not service.settings.vlm:
        raise HTTPException(422, "reasoner: this service has no model server; it was started without --vlm")
    if len(photos) > service.limits.max_photos:
        raise HTTPException(422, f"photos: at most {service.limits.max_photos} of one place")
    names = [_name(photo.filename, number) for number, photo in enumerate(photos, 1)]
    data = [await photo.read() for photo in photos]
    await asyncio.to_thread(_check, data, names)
    try:
        case_id, is_new = await asyncio.to_thread(
            service.cases.accept, data, names, printable(hint), chosen, idempotency_key, service.limits.max_open
        )
    except Full:
        raise _full() from None
    except OtherCase:
        raise HTTPException(409, "this Idempotency-Key was used for another request; choose a new one") from None
    if is_new:
        service.supervisor.wake()
        service.pulse.beat()
    else:
        response.status_code = 200
    response.headers["Location"] = f"/api/cases/{case_id}"
    return summary(_case(service, case_id))


def _name(given: str | None, number: int) -> str:
    return printable(FilePath((given or "").replace("\\", "/")).name)[:120] or f"photo {number}"


def _check(data: Sequence[bytes], names: Sequence[str]) -> None:
    """Refuse at once what is no picture of usable size; nothing is decoded yet."""
    for content, name in zip(data, names, strict=True):
        with NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            try:
                check_photo(FilePath(file.name))
            except ImageError as error:
                raise HTTPException(422, str(error).replace(file.name, name)) from None


def _full() -> HTTPException:
    return HTTPException(429, "the queue is full; try again later", {"Retry-After": str(RETRY_S)})


@api.get("/api/cases")
def latest(
    service: Given,
    limit: Annotated[int, Query(ge=1, le=200)] = LATEST,
    before: Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="created before, in seconds")] = None,
) -> list[CaseSummary]:
    """The latest cases, newest first."""
    return [summary(case) for case in service.cases.latest(limit, before)]


@api.get("/api/cases/{case_id}", responses=_says(404))
def show(service: Given, case_id: CaseId) -> CaseView:
    """A case, with its answer once there is one."""
    return answers.view(_case(service, case_id), service.cases.remarks(case_id))


@api.delete("/api/cases/{case_id}", status_code=204, responses=_says(404))
def delete(service: Given, case_id: CaseId) -> Response:
    """Delete a case with its photos, its answer and all that was kept on the way."""
    if not service.cases.delete(case_id):
        raise HTTPException(404, "there is no such case")
    service.supervisor.wake()
    service.pulse.beat()
    return Response(status_code=204)


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "server-sent events: opened, node, done, failed, answer",
        "content": {"text/event-stream": {}},
    },
    **_says(404),
}


@api.get("/api/cases/{case_id}/events", responses=_STREAM, response_class=StreamingResponse)
def events(
    service: Given,
    case_id: CaseId,
    last_event_id: Annotated[int, Header(ge=0, le=2**62)] = 0,
) -> StreamingResponse:
    """What happens to a case, from `Last-Event-ID` on; ends when nothing more is to be done."""
    _case(service, case_id)
    told = stream(service.cases, case_id, last_event_id, service.pulse)
    return StreamingResponse(told, media_type="text/event-stream")


_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, **_says(404)}


@api.get("/api/cases/{case_id}/photos/{number}", responses=_JPEG, response_class=FileResponse)
def photo(service: Given, case_id: CaseId, number: Annotated[int, Path(ge=1, le=100)]) -> FileResponse:
    """The pixels of a photo as a JPEG without metadata, once the solver has opened it."""
    path = service.cases.picture(case_id, number)
    if not path.exists():
        raise HTTPException(404, "there is no such picture, or not yet")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@api.get("/api/cases/{case_id}/trace", responses=_says(404, 409))
def trace(service: Given, case_id: CaseId) -> TraceFile:
    """Everything that happened, as `geoagent solve --trace` keeps it."""
    case = _case(service, case_id)
    if case.trace is None:
        raise HTTPException(409, "this case has no answer yet")
    file = TraceFile.model_validate_json(case.trace)
    photos = [ref.model_copy(update={"path": name}) for ref, name in zip(file.photos, case.names, strict=False)]
    return file.model_copy(update={"photos": tuple(photos)})


_REMARK = _says(404, 409, 429)


@api.post("/api/cases/{case_id}/questions", status_code=202, responses=_REMARK)
def ask(service: Given, case_id: CaseId, saying: Saying) -> Accepted:
    """Ask about an answered case: "why not Slovenia?", "what would settle it?", "look at the shop sign again"."""
    return _remark(service, case_id, "question", saying)


@api.post("/api/cases/{case_id}/corrections", status_code=202, responses=_REMARK)
def correct(service: Given, case_id: CaseId, saying: Saying) -> Accepted:
    """Correct an answered case: "that sign is Hungarian", "exclude Asia". It is decided again from what was seen."""
    return _remark(service, case_id, "correction", saying)


def _remark(service: Service, case_id: str, kind: str, saying: Saying) -> Accepted:
    case = _case(service, case_id)
    if case.status != "done":
        raise HTTPException(409, "this case has no answer yet")
    if service.cases.waiting() >= service.limits.max_open:
        raise _full()
    number = service.cases.remark(case_id, kind, printable(saying.text), saying.clue)
    service.supervisor.wake()
    return Accepted(id=number)
