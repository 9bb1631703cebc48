"""`geoagent serve`: serves a web page and an HTTP API for solving photos, from this machine."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_disclose, add_model, positive
from geoagent.errors import BAD_INPUT, OK, ConfigError

log = logging.getLogger(__name__)

PORT = 8756


def add(commands: Any) -> None:
    """Add the command `geoagent serve`, which serves the page and its API, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    serve = commands.add_parser("serve", help="a page and an API on this machine")
    serve.add_argument(
        "action", nargs="?", choices=("token",), help="token: make a new bearer token, and print it once"
    )
    serve.add_argument("--host", default="127.0.0.1", metavar="NAME", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port ({PORT}); 0 takes a free one")
    serve.add_argument("--data", type=Path, metavar="FOLDER", help="where cases are kept (your data folder)")
    serve.add_argument(
        "--database", metavar="URL",
        help="keep cases in postgresql://…, for several services with one --data (a file of this machine)",
    )  # fmt: skip
    serve.add_argument("--workers", type=positive, metavar="N", help="cases at a time (1; with a model 8)")
    serve.add_argument(
        "--max-mb", type=positive, default=64, metavar="N", help="megabytes that one request may hold (64)"
    )
    serve.add_argument("--max-open", type=positive, default=200, metavar="N", help="cases that may wait (200)")
    add_model(serve)
    add_disclose(serve, "tell the place no finer, and show no photo")
    serve.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent serve`: serve the page and its API until they are ended.

    `geoagent serve token` makes a new bearer token and prints it instead. The exit code is 0, or 2 where the process
    that solves refused to work. Raises ConfigError where the folder of cases or the address cannot be used, or packages
    are missing.
    """
    from geoagent.settings import read_settings

    if options.database == "":
        raise ConfigError("--database: empty; give postgresql://…, or leave it out to keep cases in --data")
    folder = _data_folder(options.data)
    try:
        from geoagent.serve.server import Address, serve
        from geoagent.serve.service import Limits
    except ImportError as error:
        raise ConfigError(
            f"serve needs more: pip install 'geoagent-locate[serve]' ({error.name} is missing)"
        ) from error
    if options.action == "token":
        return _make_token(folder)

    def ready(address: str) -> None:
        print(address, flush=True)
        log.info(
            f"cases are kept in {folder}; Ctrl-C ends the service, and what was at work goes on with the next start"
        )

    limits = Limits(max_bytes=options.max_mb * 1_000_000, max_open=options.max_open)
    address = Address(options.host, options.port)
    settings = read_settings(vars(options))
    return OK if serve(folder, settings, address, options.workers, limits, options.disclose, ready) else BAD_INPUT


def _make_token(folder: Path) -> int:
    from geoagent.files.folders import claim
    from geoagent.serve.access import new_token
    from geoagent.serve.cases import CASES

    claim(folder, CASES, mode=0o700)
    print(new_token(folder))
    log.info("that is the new token; it is kept nowhere else. A service that runs asks for it from now on")
    return OK


def _data_folder(given: Path | None) -> Path:
    if given is not None:
        return given
    from platformdirs import user_data_path

    return user_data_path("geoagent", appauthor=False) / "cases"
