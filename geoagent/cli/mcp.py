"""The command `geoagent mcp`."""

import argparse

from geoagent.errors import OK
from geoagent.serve.mcp import make_server
from geoagent.settings import read_settings


def add_mcp(parser: argparse.ArgumentParser) -> None:
    """Add the options of `mcp`."""
    parser.add_argument("--vlm", metavar="URL", help="an OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    parser.add_argument("--model", metavar="NAME", help="the model's name on that server")
    parser.set_defaults(command=_serve)


def _serve(options: argparse.Namespace) -> int:
    make_server(read_settings(vars(options))).run("stdio")
    return OK
