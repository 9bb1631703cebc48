"""`geoagent audit`: what gives a photo's place away, and a copy that tells less."""

import argparse
import json
import os
from pathlib import Path

from geoagent.agent import GeoAgent
from geoagent.audit import Audit, Redacted, audit, solve_again
from geoagent.errors import DEGRADED, OK, ConfigError
from geoagent.photo import load_photo
from geoagent.redaction import check_out, redact
from geoagent.report.audit import as_html, marked, render
from geoagent.settings import read_settings
from geoagent.telling import tell

REPORTS = (".html", ".png")


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `geoagent audit` to its parser."""
    command.add_argument("photo", type=Path, metavar="PHOTO")
    command.add_argument("--report", type=Path, metavar="FILE", help="the findings on the photo: .html, or .png")
    command.add_argument("--redact", type=Path, metavar="FILE", help="write a copy that tells less, and solve it again")
    command.add_argument(
        "--hide",
        default="telling",
        metavar="WHICH",
        help="with --redact: telling (default), all, or numbers (2,3)",
    )
    command.add_argument("--vlm", metavar="URL", help="an OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    command.add_argument("--model", metavar="NAME", help="the model's name on that server")
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    command.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Audit a photo, and redact it where that is asked for; the exit code. Raises ImageError or ConfigError."""
    _check(options)
    settings = read_settings(vars(options)).model_copy(update={"allow_exif_gps": False})
    agent = GeoAgent(settings, tell=tell)
    found, file = audit(agent, options.photo)
    redacted = None
    if options.redact:
        numbers = _chosen(found, options.hide)
        redact(
            options.photo, [item.box for item in found.findings if item.number in numbers and item.box], options.redact
        )
        redacted = solve_again(agent, found, file, options.redact, numbers)
    if options.report:
        _report(options, found, redacted)
    if options.json:
        told = redacted.model_dump(mode="json") if redacted else None
        print(json.dumps({**found.model_dump(mode="json"), "redacted": told}, ensure_ascii=False))
    else:
        print(render(found, redacted))
    return DEGRADED if file.prediction.status == "degraded" else OK


def _check(options: argparse.Namespace) -> None:
    """Make sure before any work that its results can be kept."""
    if options.redact:
        check_out(options.photo, options.redact)
    elif options.hide != "telling":
        raise ConfigError("--hide says what --redact FILE covers: name that file too")
    if options.report and options.report.suffix.lower() not in REPORTS:
        raise ConfigError(f"--report: {options.report}: give it a name that ends in {' or '.join(REPORTS)}")
    if options.report and not os.access(options.report.absolute().parent, os.W_OK):
        raise ConfigError(f"--report: cannot write {options.report}; its folder must be there")
    for taken, what in ((options.photo, "the photo itself"), (options.redact, "what --redact writes")):
        if options.report and taken and options.report.resolve() == taken.resolve():
            raise ConfigError(f"--report: {options.report} is {what}; choose another name")


def _chosen(found: Audit, which: str) -> tuple[int, ...]:
    """The numbers of the findings to cover, of those that lie in the photo."""
    inside = {item.number: item for item in found.findings if item.box}
    if which == "all":
        return tuple(inside)
    if which == "telling":
        return tuple(number for number, item in inside.items() if item.telling)
    words = which.replace(",", " ").split()
    numbers = [int(word) for word in words if word.isascii() and word.isdigit()]
    if len(numbers) < len(words) or not set(numbers) <= set(inside):
        known = ", ".join(map(str, inside)) or "there is none"
        raise ConfigError(f"--hide: {which!r}; say telling, all, or numbers of findings in the photo: {known}")
    return tuple(dict.fromkeys(numbers))


def _report(options: argparse.Namespace, found: Audit, redacted: Redacted | None) -> None:
    image = load_photo(options.photo).image
    try:
        if options.report.suffix.lower() == ".png":
            marked(image, found).save(options.report, "PNG")
        else:
            options.report.write_text(as_html(image, found, redacted), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--report: {options.report}: {error.strerror or error}") from error
