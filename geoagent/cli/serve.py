"""The command `geoagent serve`."""

import argparse
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from geoagent.case.trace import Disclosure
from geoagent.errors import BAD_INPUT, OK, ConfigError
from geoagent.messages import tell
from geoagent.settings import read_settings

if TYPE_CHECKING:
    from uvicorn import Server

    from geoagent.serve.supervisor import Supervisor

PORT = 8756
SHUTDOWN_S = 3


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add the options of `serve`."""
    parser.add_argument(
        "action", nargs="?", choices=("token",), help="token: make a new bearer token, and print it once"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="NAME", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port ({PORT}); 0 takes a free one")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where cases are kept (your data folder)")
    parser.add_argument("--workers", type=int, metavar="N", help="cases at a time (1; with a model 8)")
    parser.add_argument("--max-mb", type=int, default=64, metavar="N", help="megabytes that one request may hold (64)")
    parser.add_argument("--max-open", type=int, default=200, metavar="N", help="cases that may wait (200)")
    parser.add_argument("--vlm", metavar="URL", help="an OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    parser.add_argument("--model", metavar="NAME", help="the model's name on that server")
    parser.add_argument(
        "--disclose", choices=get_args(Disclosure), default="exact", help="tell the place no finer, and show no photo"
    )
    parser.set_defaults(command=_serve)


def _serve(options: argparse.Namespace) -> int:
    folder = _data_folder(options.data)
    try:
        import uvicorn

        from geoagent.files.folders import claim
        from geoagent.serve.app import make_app
        from geoagent.serve.cases import CASES
        from geoagent.serve.guard import is_loopback, kept_hash, new_token
        from geoagent.serve.service import Limits, held
    except ImportError as error:
        raise ConfigError(
            f"serve needs more: pip install 'geoagent-locate[serve]' ({error.name} is missing)"
        ) from error
    if options.action == "token":
        claim(folder, CASES, mode=0o700)
        print(new_token(folder))
        tell("that is the new token; it is kept nowhere else. A service that runs asks for it from now on")
        return OK
    if kept_hash(folder) is None and not is_loopback(options.host):
        raise _needs_token(options.host)
    for name in ("workers", "max_mb", "max_open"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise ConfigError(f"--{name.replace('_', '-')}: at least 1")
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--port {options.port}: 0 to 65535")
    settings = read_settings(vars(options))
    limits = Limits(max_bytes=options.max_mb * 1_000_000, max_open=options.max_open)
    app = make_app(folder, settings, options.workers or (8 if settings.vlm else 1), limits, options.disclose)
    if app.state.service.token() is None and not is_loopback(options.host):  # it has gone meanwhile
        raise _needs_token(options.host)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=SHUTDOWN_S, server_header=False
    )
    with held(folder):
        return _run(uvicorn.Server(config), app.state.service.supervisor, folder, options)


def _needs_token(host: str) -> ConfigError:
    return ConfigError(f"--host {host}: others could reach it; make a token first: geoagent serve token")


def _run(server: "Server", supervisor: "Supervisor", folder: Path, options: argparse.Namespace) -> int:
    """Serve until it is ended; the exit code."""
    listening = _listen(options.host, options.port)
    port = listening.getsockname()[1]
    supervisor.give_up = lambda: setattr(server, "should_exit", True)
    shown = f"[{options.host}]" if ":" in options.host else options.host
    print(f"http://{shown}:{port}", flush=True)
    tell(f"cases are kept in {folder}; Ctrl-C ends the service, and what was at work goes on with the next start")
    with suppress(KeyboardInterrupt):  # uvicorn raises it anew once it has shut down
        server.run(sockets=[listening])
    return BAD_INPUT if supervisor.refused else OK


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sys.platform != "win32")
        listening.bind(address)
        listening.listen(512)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"cannot listen on {host}, port {port} ({error}); choose another with --port") from error
    return listening


def _data_folder(given: Path | None) -> Path:
    if given is not None:
        return given
    from platformdirs import user_data_path

    return user_data_path("geoagent", appauthor=False) / "cases"
