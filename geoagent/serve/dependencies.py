"""What all routes of the API share: access to the service, the form of a case's id, and the description of refusals."""

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
    """The description, for the OpenAPI document, of refusals with the given HTTP statuses: each sends a `Problem`."""
    return {status: {"model": Problem} for status in statuses}


CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


Given = Annotated[Service, Depends(_service)]


def find_case(service: Service, case_id: str) -> CaseRow:
    """The row of a case, as it may be shown; raises the HTTP error 404 where there is no such case."""
    case = service.cases.find(case_id)
    if case is None:
        raise HTTPException(404, "there is no such case")
    return told(service, case)


def told(service: Service, case: CaseRow) -> CaseRow:
    """The row of a case as it may be shown: without the user's hint where the service does not tell places exactly."""
    return case if service.disclosure == "exact" else case._replace(hint="")


def find_trace(service: Service, case_id: str) -> TraceFile | None:
    """The trace of a case, with its answer computed again from its evidence; None before there is an answer.

    Raises the HTTP error 409 where the trace was edited or damaged.
    """
    try:
        file = service.cases.trace(case_id)
        return service.checked(file) if file else None
    except TraceError as error:
        raise HTTPException(409, f"the answer of this case is not shown: {error}") from error


def full() -> HTTPException:
    """The HTTP error 429, for the caller to raise, that says that the queue is full and after how many seconds to try
    again.
    """
    return HTTPException(429, "the queue is full; try again later", {"Retry-After": str(RETRY_S)})
