"""Tries what a model server can do: whether it sees pictures, keeps to a form, calls tools, has room for a long case,
and how fast it is.
"""

import base64
import io
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from geoagent.errors import GeoAgentError, UnusableAnswer
from geoagent.plain_text import printable
from geoagent.reasoners.vlm.chat_completion import Reply
from geoagent.reasoners.vlm.chosen_answer import read
from geoagent.reasoners.vlm.json_schemas import strict_object
from geoagent.reasoners.vlm.model_server import ModelServer, TooLarge, ToolsRefused

TRIAL_S = 60.0
COLOURS = ("red", "blue")
NEEDED_TOKENS = 11_000
"""What a later turn of a case sends: docs/models.md."""
WORD = "maple"
FILLER = "The tram goes on. "
TURNS = 7
"""Turns of a usual case, to say how long it will take."""
_FORM = ("colour", strict_object({"colour": {"enum": list(COLOURS)}}))
_TOOL = {
    "type": "function",
    "function": {
        "name": "zoom",
        "description": "Look closer at a view.",
        "parameters": strict_object({"view": {"type": "integer"}}),
    },
}


class Ability(NamedTuple):
    """One thing that a model server was tried for.

    `there` says whether it can do it, `found` what came of the trial, and `mend` what to do where it cannot (""
    otherwise).
    """

    name: Literal["images", "forms", "tools", "context", "speed"]
    there: bool
    found: str
    mend: str = ""


class _Colour(BaseModel):
    colour: str


def try_abilities(server: ModelServer) -> Iterator[Ability]:
    """Try what a model server can do, by short requests, and yield each result as soon as it is known: images, forms,
    tools, context, speed.

    Raises ConfigError where the server never answers or is wrongly set, and ModelError where it fails later.
    """
    began = time.monotonic()
    seen = [_colour(server, colour) for colour in COLOURS]
    seconds = (time.monotonic() - began) / len(seen)
    told = [colour for _, colour in seen]
    yield _sight(server, told)
    yield _forms(server, seen[0][0], told[0])
    yield _tools(server)
    yield _context(server)
    about = seconds * TURNS
    yield Ability("speed", True, f"a short answer takes {seconds:.1f} s: about {about:.0f} s or more for a photo")


def _sight(server: ModelServer, told: list[str | None]) -> Ability:
    if tuple(told) == COLOURS:
        return Ability("images", True, f"{server.shown_model} accepts images, and sees what they show")
    if None in told:
        return Ability("images", True, f"{server.shown_model} accepts images; whether it sees them is not known")
    named = " and ".join(str(colour) for colour in told)
    mend = "it may have been loaded without its vision part (llama.cpp: --mmproj), or is too small"
    return Ability("images", False, f"{server.shown_model} accepts images, but called red and blue {named}", mend)


def _forms(server: ModelServer, reply: Reply, colour: str | None) -> Ability:
    mend = "serve it with structured outputs; of a reasoning model turn the reasoning off: docs/models.md"
    heard = printable(reply.text)[:80]
    if colour is None:
        return Ability("forms", False, f"it keeps to no json_schema: it said {heard!r}", mend)
    if not server.keeps_forms:
        return Ability("forms", False, "it takes no json_schema; what it writes is mended and checked instead", mend)
    return Ability("forms", True, "it keeps to a json_schema")


def _tools(server: ModelServer) -> Ability:
    question = [{"role": "user", "content": "Look closer at view 1: call zoom."}]
    not_needed = "not needed: actions are asked for as JSON"
    try:
        replies, _ = server.complete(question, TRIAL_S, tools=[_TOOL])
    except ToolsRefused:
        return Ability("tools", False, f"it takes no tools of the chat API ({not_needed})")
    except GeoAgentError as error:
        return Ability("tools", False, f"calling tools fails ({not_needed}): {printable(error)[:120]}")
    if replies[0].calls:
        return Ability("tools", True, "it calls tools: --native-tools can be used")
    return Ability("tools", False, f"it calls no tool when told to ({not_needed})")


def _context(server: ModelServer) -> Ability:
    """Whether the beginning of a text as long as a later turn's is still known at its end."""
    filler = FILLER * (NEEDED_TOKENS // 5)
    text = f"Remember one word: {WORD}. {filler} Which word was it? Answer with that word alone."
    mend = "give it more context: docs/models.md (Ollama: OLLAMA_CONTEXT_LENGTH, llama.cpp: -c, vLLM: --max-model-len)"
    try:
        replies, usage = server.complete([{"role": "user", "content": text}], TRIAL_S)
    except TooLarge as error:
        return Ability("context", False, f"about {NEEDED_TOKENS:,} tokens are too much: {printable(error)[:120]}", mend)
    except GeoAgentError as error:
        return Ability("context", False, f"with about {NEEDED_TOKENS:,} tokens it fails: {printable(error)[:160]}")
    if WORD in f"{replies[0].text} {replies[0].thought}".lower():
        return Ability("context", True, f"it remembers the beginning of about {NEEDED_TOKENS:,} tokens")
    told = f"; it counted {usage.prompt_tokens:,}" if usage.prompt_tokens else ""
    lost = f"of about {NEEDED_TOKENS:,} tokens it has lost the beginning{told}"
    return Ability("context", False, lost, mend)


def _colour(server: ModelServer, colour: str) -> tuple[Reply, str | None]:
    """What the model says of a picture of one colour."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(picture, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"
    question = 'Which colour is this? Answer as {"colour": "red"} or {"colour": "blue"}.'
    content: list[dict[str, Any]] = [
        {"type": "text", "text": question},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    replies, _ = server.complete([{"role": "user", "content": content}], TRIAL_S, _FORM)
    try:
        said = read(replies[0], _Colour).colour.strip().lower()
    except UnusableAnswer:
        return replies[0], None
    return replies[0], said if said in COLOURS else None


def verdict(abilities: list[Ability]) -> tuple[bool, str]:
    """Whether a model server with these abilities can be used, and a sentence that says so with what it lacks.

    It must see pictures; everything else only makes answers worse.
    """
    lacking = {ability.name for ability in abilities if not ability.there} - {"tools"}
    if "images" in lacking:
        return False, "verdict: it cannot be used: it does not see the photo"
    if not lacking:
        return True, "verdict: it can be used"
    limits: dict[str, Callable[[], str]] = {
        "forms": lambda: "its answers are mended, and some will be lost",
        "context": lambda: "long cases lose their beginning, so answers rest on less",
    }
    return True, f"verdict: it can be used, but {' and '.join(limits[name]() for name in sorted(lacking))}"
