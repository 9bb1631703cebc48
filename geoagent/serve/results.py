"""The routes of the API for what there is of an answered case: its photos, its trace, its map, and its reports."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from geoagent.belief.trace_beliefs import judged_with
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError
from geoagent.report.answer import tested
from geoagent.report.interactive_map import ShownMap, shown_map
from geoagent.report.regions import belief_as_parts, different, regions
from geoagent.report.replay import gives
from geoagent.runs.trace_files import sealed
from geoagent.serve.dependencies import RETRY_S, CaseId, Given, find_case, find_trace, says
from geoagent.serve.exports import EXPORTS, named, write_pdf
from geoagent.serve.service import Service

EXPORT_S = 60
api = APIRouter(responses=says(400, 401, 403, 413, 421, 422))


_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, **says(404)}


@api.get("/api/cases/{case_id}/photos/{number}", responses=_JPEG, response_class=FileResponse)
def photo(service: Given, case_id: CaseId, number: Annotated[int, Path(ge=1, le=100)]) -> FileResponse:
    """The pixels of the photo `number` (from 1) of a case, as a JPEG without metadata; 404 until the solver has opened
    the photo.
    """
    path = service.cases.picture(case_id, number)
    if not path.exists():
        raise HTTPException(404, "there is no such picture, or not yet")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@api.get("/api/cases/{case_id}/trace", responses=says(404, 409))
def trace(service: Given, case_id: CaseId) -> TraceFile:
    """The trace of an answered case: everything that happened, as the JSON that `geoagent solve --trace` writes; 409
    before there is an answer.
    """
    case, file = find_case(service, case_id), find_trace(service, case_id)
    if file is None:
        raise HTTPException(409, "this case has no answer yet")
    return sealed(named(file, case.names))


@api.get("/api/cases/{case_id}/map", responses=says(404, 409))
def answer_on_map(service: Given, case_id: CaseId) -> ShownMap:
    """What the page draws on the map of an answered case: the likely regions, places that were tested, rival places,
    and where evidence points.
    """
    find_case(service, case_id)
    file = find_trace(service, case_id)
    if file is None:
        raise HTTPException(409, "this case has no answer yet")
    beliefs = judged_with(file, service.checked.beliefs)
    belief = beliefs.of(file.trace.evidence, file.trace.spots)
    agrees = gives(file, belief) and not file.prediction.is_unknown
    found = different(regions(belief_as_parts(belief))) if agrees else []
    return shown_map(file, belief, found, tested(file, belief, agrees))


_REPORT = {
    "Content-Security-Policy": "sandbox allow-scripts allow-popups; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
}


_FORMS = {
    "report": ("report.html", "The answer as one page that needs no network: photo, chain, map."),
    "pdf": (
        "answer.pdf",
        "The report as a PDF, printed by Chromium, Chrome or Edge where the service runs.",
    ),
    "markdown": ("answer.md", "The answer as Markdown."),
    "geojson": ("answer.geojson", "The answer as GeoJSON."),
    "kml": ("answer.kml", "The answer as KML, for Google Earth and its kind."),
    "gpx": ("answer.gpx", "The answer as GPX, a waypoint."),
    "csv": ("answer.csv", "The answer as a table of one row."),
}
"""The forms in which an answer is taken away: the end of the address, the name of the file, and what it is."""


def _offer(form: str, name: str, description: str) -> None:
    """Add the route of one form."""
    responses: dict[int | str, dict[str, Any]] = {
        200: {"content": {EXPORTS[name].partition(";")[0]: {}}}, **says(404, 409, 503)
    }  # fmt: skip

    async def taken(service: Given, case_id: CaseId) -> FileResponse:
        return await (_printed(service, case_id) if form == "pdf" else _export(service, case_id, name))

    path = f"/api/cases/{{case_id}}/{form}"
    api.add_api_route(path, taken, name=form, description=description, responses=responses, response_class=FileResponse)


for _form, (_name, _description) in _FORMS.items():
    _offer(_form, _name, _description)


_printing = asyncio.Lock()


async def _printed(service: Service, case_id: str) -> FileResponse:
    """The report printed as a PDF, one at a time; kept beside the other files of the answer."""
    await _export(service, case_id, "report.html")
    page = service.cases.folder / case_id / "report.html"
    path = page.with_name("answer.pdf")
    async with _printing:
        try:
            if not path.is_file():
                await asyncio.to_thread(write_pdf, page, path)
        except ConfigError as error:
            raise HTTPException(503, str(error)) from error
    return FileResponse(path, media_type=EXPORTS["answer.pdf"])


async def _export(service: Service, case_id: str, name: str) -> FileResponse:
    """A file of the answer, once the solver has written it."""
    case = await asyncio.to_thread(find_case, service, case_id)
    await asyncio.to_thread(find_trace, service, case_id)
    path = service.cases.folder / case_id / name
    if case.status != "done":
        raise HTTPException(409, "this case has no answer yet")
    if not path.is_file():
        await asyncio.to_thread(service.cases.export, case_id)
        service.supervisor.wake()
        with suppress(TimeoutError):
            await asyncio.wait_for(_exported(service, case_id), EXPORT_S)
    if not path.is_file():
        raise HTTPException(503, "the report could not be written; try again later", {"Retry-After": str(RETRY_S)})
    return FileResponse(path, media_type=EXPORTS[name], headers=_REPORT if name == "report.html" else None)


async def _exported(service: Service, case_id: str) -> None:
    """Wait until the solver has written the answer's files, or has given that up."""
    while True:
        happened = service.pulse.next()
        if not await asyncio.to_thread(service.cases.is_exporting, case_id):
            return
        await happened.wait()
