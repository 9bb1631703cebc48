"""The web application of `geoagent serve`: the page, and the API that the page and other programs use."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response

from geoagent.case.trace import Disclosure
from geoagent.errors import ConfigError, GeoAgentError
from geoagent.files.small_files import read_text, write_whole
from geoagent.serve import results, routes, storage_faults
from geoagent.serve.access import Guard, Token
from geoagent.serve.cases import Cases
from geoagent.serve.database import open_shared
from geoagent.serve.dependencies import RETRY_S
from geoagent.serve.events import Pulse
from geoagent.serve.schemas import Problem
from geoagent.serve.service import Limits, Service, TraceChecker
from geoagent.serve.solver_process import Supervisor
from geoagent.settings import Settings

STATIC = Path(str(files("geoagent.serve").joinpath("static")))
_REPORT = Path(str(files("geoagent.report")))
SHARED = {
    "base.css": _REPORT / "templates" / "base.css",
    "map.css": _REPORT / "templates" / "map.css",
    "map.js": _REPORT / "templates" / "map.js",
    "leaflet.css": _REPORT / "vendor" / "leaflet.css",
    "leaflet.js": _REPORT / "vendor" / "leaflet.js",
    "world_map.json": _REPORT.parent / "data" / "world_map.json",
    "division_borders.json": _REPORT.parent / "data" / "division_borders.json",
}
"""What the page and the reports have in common."""


def make_app(
    folder: Path,
    settings: Settings,
    workers: int,
    limits: Limits = Limits(),  # noqa: B008  # it cannot be changed
    disclosure: Disclosure = "exact",
) -> FastAPI:
    """The FastAPI app of the service over the cases in `folder`; it starts a second process that solves them, and ends
    it when the app shuts down.

    - `workers` is how many cases are solved at once.
    - `limits` are those of one request and of the queue.
    - `disclosure` is how finely places are told: "exact", "city" or "country".

    Raises ConfigError where the folder cannot hold cases, its token is damaged, or its cases are kept for another
    `disclosure`.
    """
    token = Token(folder)
    cases, pulse = Cases(folder, disclosure, open_shared(settings.database) if settings.database else None), Pulse()
    _check_disclosure(cases, disclosure)
    supervisor = Supervisor(cases, settings, workers, disclosure, pulse.beat)
    service = Service(cases, settings, supervisor, pulse, limits, disclosure, token, TraceChecker(settings))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pulse.start()
        service.supervisor.start()
        try:
            yield
        finally:
            await asyncio.to_thread(service.supervisor.stop)
            cases.close()

    app = FastAPI(
        title="geoagent",
        version=version("geoagent-locate"),
        summary="Finds out where a photo was taken, and why one should believe it.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=limits.max_bytes,
        form_limits={"max_files": limits.max_photos + 1, "max_fields": 20, "max_part_size": 20_000},
    )
    app.state.service = service
    app.include_router(routes.api)
    app.include_router(results.api)
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in (sqlite3.Error, OSError, GeoAgentError, ValueError, TypeError, LookupError):
        app.add_exception_handler(kind, _trouble)
    app.add_middleware(Guard, token=service.token, tiles=settings.tiles)

    @app.get("/static/shared/{name}", include_in_schema=False)
    def shared(name: str) -> FileResponse:
        if name not in SHARED:
            raise HTTPException(404, "there is no such file")
        return FileResponse(SHARED[name], headers={"Cache-Control": "no-cache"})

    @app.get("/docs", include_in_schema=False)
    def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html", headers={"Cache-Control": "no-cache"})

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _check_disclosure(cases: Cases, disclosure: Disclosure) -> None:
    """Keep how finely the cases of a folder are told.

    Raises ConfigError where they are told otherwise, and where that cannot be read though there are cases.
    """
    path = cases.folder / "disclosure"
    try:
        kept = read_text(path, 100).removesuffix("\n")
    except FileNotFoundError:
        kept = "" if cases.latest(1) or path.is_symlink() else disclosure
    except (OSError, ValueError):
        kept = ""
    if kept not in get_args(Disclosure):
        raise ConfigError(f"{path}: lost or damaged; write into it how its cases are kept: exact, city or country")
    if kept != disclosure:
        raise ConfigError(f"{cases.folder}: its cases are kept as {kept}; name another folder with --data")
    try:
        write_whole(path, f"{disclosure}\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror or error})") from error


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse(Problem(detail=str(error.detail)).model_dump(), error.status_code, error.headers)


async def _trouble(request: Request, error: Exception) -> Response:
    status, line = storage_faults.told(error)
    return JSONResponse(Problem(detail=line).model_dump(), status, {"Retry-After": str(RETRY_S)})


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = dict(error.errors()[0])
    place = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse(Problem(detail=f"{place}: {first['msg']}" if place else str(first["msg"])).model_dump(), 422)
