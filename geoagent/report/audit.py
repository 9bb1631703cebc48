"""An audit of what gives a photo's place away: as text, as the photo with marked parts, and as one HTML page."""

import base64
import io
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from geoagent.errors import ConfigError
from geoagent.files.outputs import Form, Output, has_software, holds, replaced, write
from geoagent.photo import load_photo
from geoagent.plain_text import percent, printable
from geoagent.privacy.audit import Audit, Finding, Redacted
from geoagent.report.html import page_environment

SIDE = 1600
"""The longest side of the marked picture, in pixels."""
TELLING, QUIET, INK = "#d6336c", "#5c6b77", "#ffffff"
WIDTH = 100
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


def render(audit: Audit, redacted: Redacted | None = None) -> str:
    """The findings of an audit as text for the terminal, one a line.

    With `redacted` it also says what redaction has changed.
    """
    stated = "" if audit.stated else ", which the answer does not state"
    lines = [Path(audit.photo).name, f"  leads to {audit.place}   {percent(audit.probability)}{stated}", ""]
    lines += [
        "What gives it away, the most telling first, with the bits of location that are lost if it alone is hidden:",
        *_findings(audit),
    ]
    if audit.metadata:
        lines.append(f"In the file: {', '.join(audit.metadata)}. A copy made with --redact has none of it.")
    if redacted is not None:
        lines += ["", *_redacted(audit, redacted)]
    return "\n".join("".join(ch if ch.isprintable() else "·" for ch in line) for line in lines)


def _findings(audit: Audit) -> Iterator[str]:
    if not audit.findings:
        yield "  nothing: no clue was found"
    for item in audit.findings:
        yield f"  {item.number:>2}. {item.bits:5.1f} bits  {shortened(item.what)}{_alone(item)}"
    if any(_alone(item) for item in audit.findings):
        yield "  What tells the same stands in for each other: hide it together."


def _alone(item: Finding) -> str:
    return f"   (by itself {item.bits_alone:.1f})" if item.bits_alone >= item.bits + 0.5 else ""


def _redacted(audit: Audit, redacted: Redacted) -> Iterator[str]:
    hidden = ", ".join(map(str, redacted.hidden)) or "none"
    yield f"{redacted.photo}: covered {hidden}; no metadata; structural similarity {redacted.similarity:.3f}"
    before, after = (percent(p) for p in (audit.probability, redacted.probability))
    yield f"  solved again: {audit.place} {before} before, {after} now; {redacted.bits:.1f} bits of location fewer"
    now = f"{redacted.states}   {percent(redacted.states_probability)}" if redacted.states else "no country"
    yield f"  it now states {now}"


def shortened(text: str) -> str:
    """A finding's description on one line of at most 100 characters, without control characters."""
    flat = printable(text)
    return flat if len(flat) <= WIDTH else flat[: WIDTH - 1] + "…"


def marked(image: Image.Image, audit: Audit) -> Image.Image:
    """A copy of the photo, its long side at most 1600 pixels, with a numbered box round each finding that lies in it.

    What is worth hiding is red, the rest grey.
    """
    picture = image.copy()
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    draw, size = ImageDraw.Draw(picture), max(14, max(picture.size) // 50)
    font = ImageFont.load_default(size)
    for item in sorted(audit.findings, key=lambda item: -item.number):  # what tells most lies on top
        if item.box is None:
            continue
        colour = TELLING if item.telling else QUIET
        left, top = item.box.x0 * picture.width, item.box.y0 * picture.height
        right, bottom = item.box.x1 * picture.width, item.box.y1 * picture.height
        draw.rectangle((left, top, right, bottom), outline=colour, width=max(2, size // 6))
        text = str(item.number)
        wide = draw.textlength(text, font) + size * 0.5
        y = max(0.0, top - size * 1.3)
        x = min(left, picture.width - wide)
        draw.rectangle((x, y, x + wide, y + size * 1.3), fill=colour)
        draw.text((x + size * 0.25, y + size * 0.1), text, fill=INK, font=font)
    return picture


def as_html(image: Image.Image, audit: Audit, redacted: Redacted | None = None) -> str:
    """An audit as one HTML page with the marked photo and the findings. All text is escaped; nothing is fetched or run.

    `image` is the photo, `redacted` what a redacted copy still tells, if there is one.
    """
    environment = page_environment("geoagent.report")
    environment.filters["percent"] = lambda p: percent(p).replace(" ", "\N{NO-BREAK SPACE}")
    buffer = io.BytesIO()
    marked(image, audit).save(buffer, "JPEG", quality=85, optimize=True)
    most = max([item.bits for item in audit.findings], default=0.0) or 1.0
    return environment.get_template("audit.html").render(
        name=Path(audit.photo).name,
        picture=f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}",
        audit=audit,
        redacted=redacted,
        copy=Path(redacted.photo).name if redacted else "",
        most=most,
        version=version("geoagent-locate"),
    )


def audit_output(path: Path, photo: Path, force: bool = False) -> Output:
    """The file of an audit (flag `--report`), to be checked before any work; the photo is never written over.

    `force` lets another kind of file be replaced. Raises ConfigError for a suffix other than .html and .png.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMS:
        raise ConfigError(f"--report: {path}: give it a name that ends in {' or '.join(FORMS)}")
    return Output(path, FORMS[suffix], "--report", (photo,), force)


def write_audit(output: Output, photo: Path, found: Audit, redacted: Redacted | None) -> None:
    """Write an audit as a page or as the marked photo, as the suffix of the file says.

    `found` is the audit of `photo`, `redacted` what a redacted copy still tells, or None. `output` is what
    `audit_output` gave. Raises ConfigError where the file cannot be written, ImageError where the photo cannot be read.
    """
    image = load_photo(photo).image
    if output.path.suffix.lower() == ".html":
        write(output, as_html(image, found, redacted))
        return
    made_by = PngInfo()
    made_by.add_text("Software", SOFTWARE)
    with replaced(output) as fresh:
        marked(image, found).save(fresh, "PNG", pnginfo=made_by)
