"""One answer as one HTML page: everything is inside it, nothing is fetched."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from geoagent.belief import Beliefs
from geoagent.case.summary import meaning_of_point, names
from geoagent.case.trace import TraceFile
from geoagent.plain_text import percent, printable
from geoagent.reading.readers import read_by, who
from geoagent.report.answer import ReportedAnswer, answer, cost
from geoagent.report.argument import BEHIND, by_weight
from geoagent.report.interactive_map import as_json, map_data, shown_map
from geoagent.report.page_margins import margins
from geoagent.report.pictures import crops, pictures
from geoagent.report.regions import ROUGHLY, Outline, belief_as_parts, different, packed_regions, regions, rows_as_parts
from geoagent.report.replay import History, history
from geoagent.report.rivals import times
from geoagent.report.static_map import draw_close_up, draw_world

PACKAGE = "geoagent.report"
STYLES = ("base.css", "map.css", "answer.css", "print.css")


def template_text(name: str) -> str:
    """The text of a template or style sheet in geoagent/report/templates, which all reports share."""
    return (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def as_html(file: TraceFile, images: Sequence[Image.Image | None], beliefs: Beliefs, hashes: Sequence[str] = ()) -> str:
    """An answer as one HTML page that fetches nothing.

    `file` is its trace; `beliefs` compute its belief again, for the map. `images` are the photos in order, None where
    one cannot be shown; `hashes` are the SHA-256 of their files, as far as they are known. All text is escaped, without
    control and bidirectional characters; a content security policy lets only the page's own script run.
    """
    past = history(file, beliefs)
    told = answer(file, past)
    known = past.agrees and not told.unknown
    found = different(regions(belief_as_parts(past.final))) if known else []
    close = None if told.unknown else draw_close_up(file.prediction, found, told.candidates, past.final.atlas)
    near = {mark.letter for mark in close.marks} if close else set()
    far = [candidate for candidate in told.candidates if candidate.letter not in near]
    maps = {"world": draw_world(file.prediction, found, far), **({"close": close} if close else {})}
    shown = shown_map(file, past.final, found, told.candidates)
    script = "".join((vendored("leaflet.js"), template_text("map.js"), template_text("answer.js")))
    environment = page_environment(PACKAGE)
    environment.filters |= {
        "support": BEHIND.__getitem__,
        "percent": percent,
        "read_by": read_by,
        "who": who,
        "times": times,
        "flat": printable,
    }
    photos = pictures(file.photos, images, told.clues)
    made_by = f"geoagent {version('geoagent-locate')}"
    styles = (*map(template_text, STYLES), margins(names(file), hashes, made_by))
    return environment.get_template("answer.html").render(
        style=Markup(vendored("leaflet.css") + "".join(styles)),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=version("geoagent-locate"),
        file=file,
        prediction=file.prediction,
        answer=told,
        meaning=meaning_of_point(file.prediction),
        reasons=by_weight(told.argument),
        pictures=photos,
        called=", ".join(names(file)),
        hashes=hashes,
        crops=crops(images, told.clues),
        maps=maps,
        moments=[] if told.unknown else _moments(past, told, known),
        shown=as_json(shown),
        legend=shown.legend,
        world=Markup("null" if told.unknown else map_data("world_map.json")),
        divisions=Markup("null" if told.unknown else map_data("division_borders.json")),
        said=past.agrees,
        cost=cost(file),
    )


def page_environment(package: str) -> Environment:
    """The Jinja environment that pages are made with; `package` is the one whose templates it loads.

    It escapes every text and removes control and bidirectional characters.
    """
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )


def _plain(value: object) -> object:
    """What a template prints, made printable; what is markup already stays."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def vendored(name: str) -> str:
    """The text of a file of Leaflet, the library of the interactive map, unchanged from its release."""
    return (files(PACKAGE) / "vendor" / name).read_text(encoding="utf-8")


def _moments(past: History, told: ReportedAnswer, known: bool) -> list[dict[str, Any]]:
    """What is said beside the map at each moment: the evidence that came last, its link, the leading countries.

    `regions` is where the belief lies then; the last moment is drawn by the map itself.
    """
    links = {link.step.renders: link.number for link in told.chain if link.odds}
    passing = _passing(past) if known else [[]] * len(past.moments)
    return [
        {
            "said": [printable(item.statement) for item in moment.evidence],
            "step": next((links[item.id] for item in moment.evidence if item.id in links), None),
            "leaders": [[printable(leader.name), leader.probability] for leader in moment.leaders],
            "regions": [region.model_dump() for region in packed_regions(drawn)],
        }
        for moment, drawn in zip(past.moments, passing, strict=True)
    ]


def _passing(past: History) -> list[list[Outline]]:
    """Where the belief lay at each moment but the last; nothing is drawn while nothing has moved it."""
    drawn = list[list[Outline]]()
    prior = last = past.moments[0].probability
    for moment in past.moments[:-1]:
        if np.allclose(moment.probability, prior):
            drawn.append([])
        elif np.array_equal(moment.probability, last):
            drawn.append(drawn[-1])
        else:
            drawn.append(different(regions(rows_as_parts(past.final.atlas, moment.probability), ROUGHLY)))
        last = moment.probability
    return [*drawn, []]
