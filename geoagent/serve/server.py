"""The HTTP server of `geoagent serve`: where it listens, the check that nobody outside reaches it without a token, and
how it ends.
"""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

import uvicorn

from geoagent.case.trace import Disclosure
from geoagent.errors import ConfigError
from geoagent.serve.access import is_loopback, kept_hash
from geoagent.serve.app import make_app
from geoagent.serve.connections import Patient
from geoagent.serve.service import Limits, held
from geoagent.settings import Settings

SHUTDOWN_S = 3


class Address(NamedTuple):
    """The host and port to listen on; port 0 means a free one."""

    host: str
    port: int


def serve(
    folder: Path,
    settings: Settings,
    address: Address,
    workers: int | None,
    limits: Limits,
    disclosure: Disclosure,
    ready: Callable[[str], None],
) -> bool:
    """Serve the cases in `folder` over HTTP until the process is told to end (Ctrl-C, SIGTERM).

    - `workers` is how many cases are solved at once; None takes 8 with a model and 1 without.
    - `disclosure` is how finely places are told.
    - `ready` is called once the server listens, with its address, such as "http://127.0.0.1:8000".

    Returns False where the process that solves cases ended because nothing can be solved with these settings. Raises
    ConfigError where the address can be reached from outside and there is no token, where it cannot be listened on, or
    where another service uses the folder.
    """
    if kept_hash(folder) is None and not is_loopback(address.host):
        raise _needs_token(address.host)
    if not 0 <= address.port <= 65535:
        raise ConfigError(f"--port {address.port}: a port is a number from 0 to 65535")
    app = make_app(folder, settings, workers or (8 if settings.vlm else 1), limits, disclosure)
    if app.state.service.token() is None and not is_loopback(address.host):  # it has gone meanwhile
        raise _needs_token(address.host)
    os.umask(0o077)  # photos and answers are nobody else's
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_S,
            server_header=False,
            http=Patient,
        )
    )
    supervisor = app.state.service.supervisor
    supervisor.give_up = lambda: setattr(server, "should_exit", True)
    with nullcontext() if settings.database else held(folder):
        listening = _listen(address)
        shown = f"[{address.host}]" if ":" in address.host else address.host
        ready(f"http://{shown}:{listening.getsockname()[1]}")
        with suppress(KeyboardInterrupt):  # uvicorn raises it anew once it has shut down
            server.run(sockets=[listening])
    return not supervisor.refused


def _needs_token(host: str) -> ConfigError:
    return ConfigError(f"--host {host}: others could reach it; make a token first: geoagent serve token")


def _listen(address: Address) -> socket.socket:
    host, port = address
    try:
        family, kind, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sys.platform != "win32")
        listening.bind(found)
        listening.listen(512)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"cannot listen on {host}, port {port} ({error}); choose another with --port") from error
    return listening
