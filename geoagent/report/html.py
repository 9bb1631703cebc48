"""One answer as one HTML file: everything inside it, nothing fetched."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from geoagent.belief import Beliefs
from geoagent.case.trace import TraceFile
from geoagent.names import percent, printable
from geoagent.reading.readers import read_by
from geoagent.report.answer import Answer, answer, cost
from geoagent.report.argument import BEHIND
from geoagent.report.drawing import Drawing, draw_close_up, draw_world
from geoagent.report.pictures import crops, pictures
from geoagent.report.replay import History, history
from geoagent.report.rivals import times

PACKAGE = "geoagent.report"


def template_text(name: str) -> str:
    """A file of the templates that every report shares."""
    return (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def as_html(file: TraceFile, images: Sequence[Image.Image | None], beliefs: Beliefs) -> str:
    """An answer as a page. `images` are the photos in their order, None where one cannot be shown.

    All text in it is escaped, and free of control and bidirectional characters; a content security policy lets only
    its own script run.
    """
    past = history(file, beliefs)
    told = answer(file, past)
    script = template_text("answer.js")
    maps = {"world": draw_world(file.prediction, past, told.candidates)}
    close = None if told.unknown else draw_close_up(file.prediction, past, told.candidates)
    maps |= {"close": close} if close else {}
    environment = page_environment(PACKAGE)
    environment.filters |= {
        "support": BEHIND.__getitem__,
        "percent": percent,
        "read_by": read_by,
        "times": times,
        "flat": printable,
    }
    return environment.get_template("answer.html").render(
        style=Markup(template_text("base.css") + template_text("answer.css")),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=version("geoagent-locate"),
        file=file,
        prediction=file.prediction,
        answer=told,
        pictures=pictures(file.photos, images, told.clues),
        crops=crops(images, told.clues),
        maps=maps,
        moments=[] if told.unknown else _moments(past, told),
        replay=_replay(maps) if past.agrees and not told.unknown else None,
        said=past.agrees,
        cost=cost(file),
    )


def page_environment(package: str) -> Environment:
    """What every page is made with: all text escaped, and free of control and bidirectional characters."""
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


def _moments(past: History, told: Answer) -> list[dict[str, Any]]:
    """What is said beside the map at each moment: the evidence that came last, its link, the leading countries."""
    links = {link.step.renders: link.number for link in told.chain if link.odds}
    return [
        {
            "said": [printable(item.statement) for item in moment.evidence],
            "step": next((links[item.id] for item in moment.evidence if item.id in links), None),
            "leaders": [[printable(leader.name), leader.probability] for leader in moment.leaders],
        }
        for moment in past.moments
    ]


def _replay(maps: dict[str, Drawing]) -> dict[str, Any]:
    return {name: drawing.replay._asdict() for name, drawing in maps.items() if drawing.replay}
