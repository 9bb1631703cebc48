"""The command line `geoagent`: one command a file, each with `add`, which adds it, and a function that runs it."""

from geoagent.cli.main import run

__all__ = ["run"]
