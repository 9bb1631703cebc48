"""`geoagent mcp`: offers geoagent's tools to programs that speak the Model Context Protocol (MCP), over stdio."""

import argparse
from typing import Any

from geoagent.cli.options import add_model
from geoagent.errors import OK


def add(commands: Any) -> None:
    """Add the command `geoagent mcp`, which offers tools to MCP clients, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    mcp = commands.add_parser("mcp", help="offer solve_photo, lookup_place and score_chain to MCP clients, over stdio")
    add_model(mcp)
    mcp.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent mcp`: answer an MCP client over stdin and stdout until it ends the connection; the exit code 0.

    Raises ConfigError where the MCP library is not installed.
    """
    from geoagent.serve.mcp import make_server
    from geoagent.settings import read_settings

    make_server(read_settings(vars(options))).run("stdio")
    return OK
