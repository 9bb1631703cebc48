"""`python -m geoagent.cli`."""

from geoagent.cli.main import run

run()
