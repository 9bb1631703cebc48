"""`geoagent audit`: what gives a photo's place away, and a copy that tells less."""

import argparse
import json
from pathlib import Path

from PIL.PngImagePlugin import PngInfo

from geoagent.agent import GeoAgent
from geoagent.errors import DEGRADED, OK, ConfigError
from geoagent.files.outputs import Form, Output, add_force, check, has_software, holds, replaced, write
from geoagent.messages import tell
from geoagent.photo import load_photo
from geoagent.privacy.audit import Audit, Redacted, audit, solve_again
from geoagent.privacy.redaction import redact, redacted_output
from geoagent.report.audit import as_html, marked, render
from geoagent.settings import read_settings

SOFTWARE = "geoagent audit"
"""What made it, in the marked photo."""


def _is_page(path: Path) -> bool:
    """Pages name what made them; those from before that are known by their heading and last line."""
    return holds(path, '<meta name="generator" content="geoagent audit">') or holds(
        path, "<h1>What gives <bdi>", "<footer>geoagent "
    )


FORMS = {
    ".html": Form("page of an audit", _is_page),
    ".png": Form("picture of an audit", lambda path: has_software(path, SOFTWARE)),
}
"""What --report writes, by the suffix that says so."""


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
    add_force(command)
    command.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Audit a photo, and redact it where that is asked for; the exit code. Raises ImageError or ConfigError."""
    report = _outputs(options)
    settings = read_settings(vars(options)).model_copy(update={"allow_exif_gps": False})
    agent = GeoAgent(settings, tell=tell)
    found, file = audit(agent, options.photo)
    redacted = None
    if options.redact:
        numbers = _chosen(found, options.hide)
        hidden = [item.box for item in found.findings if item.number in numbers and item.box]
        redact(options.photo, hidden, options.redact, options.force)
        redacted = solve_again(agent, found, file, options.redact, numbers)
    if report:
        _report(report, options.photo, found, redacted)
    if options.json:
        told = redacted.model_dump(mode="json") if redacted else None
        print(json.dumps({**found.model_dump(mode="json"), "redacted": told}, ensure_ascii=False))
    else:
        print(render(found, redacted))
    return DEGRADED if file.prediction.status == "degraded" else OK


def _outputs(options: argparse.Namespace) -> Output | None:
    """Make sure before any work that its results can be kept; the report that is to be written, if any."""
    if options.hide != "telling" and not options.redact:
        raise ConfigError("--hide says what --redact FILE covers: name that file too")
    report = None
    if options.report:
        suffix = options.report.suffix.lower()
        if suffix not in FORMS:
            raise ConfigError(f"--report: {options.report}: give it a name that ends in {' or '.join(FORMS)}")
        report = Output(options.report, FORMS[suffix], "--report", (options.photo,), options.force)
    redacted = redacted_output(options.photo, options.redact, options.force) if options.redact else None
    check(*(output for output in (redacted, report) if output))
    return report


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


def _report(output: Output, photo: Path, found: Audit, redacted: Redacted | None) -> None:
    image = load_photo(photo).image
    if output.path.suffix.lower() == ".html":
        write(output, as_html(image, found, redacted))
        return
    made_by = PngInfo()
    made_by.add_text("Software", SOFTWARE)
    with replaced(output) as fresh:
        marked(image, found).save(fresh, "PNG", pnginfo=made_by)
