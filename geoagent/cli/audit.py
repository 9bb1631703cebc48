"""`geoagent audit`: what gives a photo's place away, and a copy that tells less."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_force, add_model
from geoagent.errors import DEGRADED, OK, ConfigError

if TYPE_CHECKING:
    from geoagent.files.outputs import Output


def add(commands: Any) -> None:
    """Add the command `geoagent audit`, which tells what gives a photo's place away, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    audit = commands.add_parser("audit", help="tell what gives a photo's place away; make a copy that tells less")
    audit.add_argument("photo", type=Path, metavar="PHOTO", help="the photo to look at")
    audit.add_argument("--report", type=Path, metavar="FILE", help="the findings on the photo: .html, or .png")
    audit.add_argument("--redact", type=Path, metavar="FILE", help="write a copy that tells less, and solve it again")
    audit.add_argument(
        "--hide", default="telling", metavar="WHICH", help="with --redact: telling (default), all, or numbers (2,3)"
    )
    add_model(audit)
    audit.add_argument("--json", action="store_true", help="print the findings as JSON")
    add_force(audit)
    audit.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent audit`: weigh what gives a photo's place away, and with `--redact` write a copy that hides it.

    Prints the findings. The exit code is 0, or 3 where the model server failed on the way. Raises ImageError where the
    photo cannot be read, ConfigError where an option cannot be followed.
    """
    from geoagent.agent import GeoAgent
    from geoagent.privacy.audit import audit, chosen, solve_again
    from geoagent.privacy.photo_redaction import redact
    from geoagent.report.audit import render, write_audit
    from geoagent.settings import read_settings

    report = _outputs(options)
    settings = read_settings(vars(options)).model_copy(update={"allow_exif_gps": False})
    agent = GeoAgent(settings)
    found, file = audit(agent, options.photo)
    redacted = None
    if options.redact:
        numbers = chosen(found, options.hide)
        hidden = [item.box for item in found.findings if item.number in numbers and item.box]
        similarity = redact(options.photo, hidden, options.redact, options.force)
        redacted = solve_again(agent, found, file, options.redact, numbers, similarity)
    if report:
        write_audit(report, options.photo, found, redacted)
    if options.json:
        told = redacted.model_dump(mode="json") if redacted else None
        print(json.dumps({**found.model_dump(mode="json"), "redacted": told}, ensure_ascii=False))
    else:
        print(render(found, redacted))
    return DEGRADED if file.prediction.status == "degraded" else OK


def _outputs(options: argparse.Namespace) -> "Output | None":
    """Make sure before any work that its results can be kept; the report that is to be written, if any."""
    from geoagent.files.outputs import check
    from geoagent.privacy.photo_redaction import redacted_output
    from geoagent.report.audit import audit_output

    if options.hide != "telling" and not options.redact:
        raise ConfigError("--hide says what --redact FILE covers: name that file too")
    report = audit_output(options.report, options.photo, options.force) if options.report else None
    redacted = redacted_output(options.photo, options.redact, options.force) if options.redact else None
    check(*(output for output in (redacted, report) if output))
    return report
