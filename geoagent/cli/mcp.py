"""`geoagent mcp`: tools for clients of the Model Context Protocol."""

import argparse
from typing import Any

from geoagent.cli.options import add_model
from geoagent.errors import OK


def add(commands: Any) -> None:
    """Add the command to the parser."""
    mcp = commands.add_parser("mcp", help="offer solve_photo, lookup_place and score_chain to MCP clients, over stdio")
    add_model(mcp)
    mcp.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Serve until the client ends it; the exit code."""
    from geoagent.serve.mcp import make_server
    from geoagent.settings import read_settings

    make_server(read_settings(vars(options))).run("stdio")
    return OK
