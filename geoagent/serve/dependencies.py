"""What all routes of the API share: the service, the ids of cases, and how refusals are described."""

from typing import Annotated, Any, cast

from fastapi import Depends, Path, Request
from starlette.exceptions import HTTPException

from geoagent.case.trace import TraceFile
from geoagent.errors import TraceError
from geoagent.serve.case_rows import CaseRow
from geoagent.serve.schemas import Problem
from geoagent.serve.service import Service

RETRY_S = 10


def says(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI descriptions of the refusals with these HTTP statuses."""
    return {status: {"model": Problem} for status in statuses}


CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


Given = Annotated[Service, Depends(_service)]


def find_case(service: Service, case_id: str) -> CaseRow:
    """The row of a case; raises HTTP 404 where there is none."""
    case = service.cases.find(case_id)
    if case is None:
        raise HTTPException(404, "there is no such case")
    return told(service, case)


def told(service: Service, case: CaseRow) -> CaseRow:
    """The row of a case with its place no finer than the service may tell."""
    return case if service.disclosure == "exact" else case._replace(hint="")


def find_trace(service: Service, case_id: str) -> TraceFile | None:
    """The trace of a case, its answer computed again.

    None before there is an answer, HTTP 409 where it was edited or damaged.
    """
    try:
        file = service.cases.trace(case_id)
        return service.checked(file) if file else None
    except TraceError as error:
        raise HTTPException(409, f"the answer of this case is not shown: {error}") from error


def full() -> HTTPException:
    """The HTTP error for a queue that is full."""
    return HTTPException(429, "the queue is full; try again later", {"Retry-After": str(RETRY_S)})
