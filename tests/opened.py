"""A case that is opened but not perceived, with a scripted model: to ask one node, or the reasoner, what it adds.

Its photos are noise of one size, in which nothing has to be read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.case.trace import State, Trace, extend
from geoagent.case.views import Box, View
from geoagent.graph.resources import Resources
from geoagent.testing import Failure, ScriptedModel
from geoagent.testing.scripted_model import Answer, Request

WIDTH, HEIGHT = 320, 240


class Opened(NamedTuple):
    """The case, what its nodes work with, and the model behind its reasoner."""

    resources: Resources
    state: State
    model: ScriptedModel

    @property
    def requests(self) -> list[Request]:
        """What the model was asked."""
        return self.model.requests

    @property
    def trace(self) -> Trace:
        """What is known so far."""
        return self.state["trace"]

    @property
    def case(self) -> Any:
        """The case as the reasoner sees it."""
        return self.resources.view(self.state)

    @property
    def reasoner(self) -> Any:
        """The reasoner."""
        return self.resources.reasoner

    def add(self, added: Trace) -> None:
        """Add to what is known."""
        self.state["trace"] = extend(self.state["trace"], added)


Opening = Callable[..., Opened]


@contextmanager
def opened(script: Sequence[Answer], folder: Path, cache: Path, photos: int = 1, **given: Any) -> Iterator[Opened]:
    """A case of so many photos; of what is given, `hint` and `tools` are the case's and the rest are settings."""
    hint, tools = given.pop("hint", ""), given.pop("tools", ())
    with ScriptedModel(script) as model:
        agent = GeoAgent(Settings(vlm=model.url, model="scripted", cache_dir=cache, **given), tools=tools)
        state = agent.start(*(noise(folder, number) for number in range(1, photos + 1)), hint=hint)
        case = Opened(agent.resources, state, model)
        case.add(Trace(views=tuple(photo_view(number) for number in range(1, photos + 1))))
        yield case


def noise(folder: Path, number: int) -> Path:
    """A photo of noise."""
    pixels = np.random.default_rng(number).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder / f"{number}.png"


def photo_view(number: int) -> View:
    """The view that is a whole photo."""
    return View(number=number, photo=number - 1, width=WIDTH, height=HEIGHT)


def clue(value: str, witness: str = "ocr", **more: Any) -> Clue:
    """A text that was read."""
    box = Box(x0=0.1, y0=0.1, x1=0.4, y1=0.2)
    return Clue.model_validate({"kind": "text", "value": value, "view": 1, "box": box, "witness": witness, **more})


def says(witness: str = "ocr", elsewhere: float = 0.01, kind: str = "hint", **weights: float) -> Evidence:
    """What a witness says of countries."""
    likelihood = Areas(weights=weights, elsewhere=elsewhere)
    named = " and ".join(weights)
    return Evidence(kind=kind, witness=witness, statement=f"{witness}: {named}", likelihood=likelihood, group=witness)


def breaks_down() -> Failure:
    """What a server answers that is broken for good: it refuses the key."""
    return Failure(401)
