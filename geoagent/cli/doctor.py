"""`geoagent doctor`: tells what solving needs is installed and reachable, what is missing, and what mends it."""

import argparse
from typing import Any

from geoagent.cli.options import add_model
from geoagent.errors import BAD_INPUT, OK

MARKS = {"ok": "ok  ", "optional": "-   ", "broken": "MEND"}


def add(commands: Any) -> None:
    """Add the command `geoagent doctor`, which checks what is installed and reachable, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    doctor = commands.add_parser("doctor", help="check what is installed and reachable")
    add_model(doctor, "also check this server")
    doctor.add_argument("--details", "--verbose", action="store_true", help="name every package")
    doctor.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent doctor`: print what was checked and what mends it.

    The exit code is 2 if something is broken, else 0.
    """
    from geoagent.doctor import examine, first_thing, shortened
    from geoagent.plain_text import printable
    from geoagent.settings import read_settings

    findings = examine(read_settings(vars(options)))
    print(printable(first_thing(findings)))
    print()
    for finding in findings if options.details else shortened(findings):
        print(f"{MARKS[finding.state]}  {printable(finding.what)}")
        if finding.mend:
            print(f"      {printable(finding.mend)}")
    if not options.details:
        print("\ngeoagent doctor --details names every package.")
    return BAD_INPUT if any(finding.state == "broken" for finding in findings) else OK
