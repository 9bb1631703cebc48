"""Runs the command line for `python -m geoagent.cli`, as the script `geoagent` does."""

from geoagent.cli.main import run

run()
