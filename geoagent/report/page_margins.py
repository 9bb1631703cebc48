"""What stands in the margins of every printed page of a report: the photo's name, its hash, and the page's number."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from geoagent.case.views import PhotoRef
from geoagent.plain_text import printable

TYPE = "font: 7pt ui-monospace, monospace;"
"""No ligatures, so that a hash that is copied out of the PDF is the hash."""
LONGEST = 80
"""Characters of a photo's name in a margin."""


def file_hashes(refs: Sequence[PhotoRef], images: Sequence[Image.Image | None]) -> list[str]:
    """The SHA-256 of each photo's file, in hexadecimal; "" where the photo is not there any more, or is another one.

    `images` are the opened photos in order, None where a photo is missing or has changed.
    """
    return [_hash(Path(ref.path)) if image else "" for ref, image in zip(refs, images, strict=True)]


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # it was there a moment ago
        return ""


def margins(names: Sequence[str], hashes: Sequence[str], made_by: str) -> str:
    """The CSS rule that fills the margins of printed pages.

    `names` are the photos' names, `hashes` their files' SHA-256, `made_by` the program and its version. The hash is
    shown where there is one photo.
    """
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    known = f"SHA-256 {hashes[0]}" if len(names) == 1 and any(hashes) else ""
    boxes = {
        "top-left": as_string(printable(names[0])[:LONGEST] + more),
        "top-right": as_string(made_by),
        "bottom-left": as_string(known),
        "bottom-right": 'counter(page) " / " counter(pages)',
    }
    rules = (f"@{place} {{ content: {content}; {TYPE} }}" for place, content in boxes.items())
    return f"@page {{ {' '.join(rules)} }}"


def as_string(text: str) -> str:
    """A text as a string of a style sheet, quotes included.

    Whatever is no plain letter or digit is written by its number.
    """
    return '"' + "".join(ch if ch.isascii() and ch.isalnum() else f"\\{ord(ch):x} " for ch in text) + '"'
