"""`geoagent doctor`: what is installed, reachable and missing."""

import argparse
from typing import Any

from geoagent.cli.options import add_model
from geoagent.errors import BAD_INPUT, OK

MARKS = {"ok": "ok  ", "optional": "-   ", "broken": "MEND"}


def add(commands: Any) -> None:
    """Add the command to the parser."""
    doctor = commands.add_parser("doctor", help="check what is installed and reachable")
    add_model(doctor, "also check this server")
    doctor.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print what was found and what mends it; the exit code."""
    from geoagent.doctor import examine
    from geoagent.names import printable
    from geoagent.settings import read_settings

    findings = examine(read_settings(vars(options)))
    for finding in findings:
        print(f"{MARKS[finding.state]}  {printable(finding.what)}")
        if finding.mend:
            print(f"      {printable(finding.mend)}")
    return BAD_INPUT if any(finding.state == "broken" for finding in findings) else OK
