"""The command line: one command a file."""

from geoagent.cli.main import run

__all__ = ["run"]
