"""Finds what a hint names without saying that the photo was taken there: where a train goes, whose embassy, what it is
like.

Each kind is a form of words, in the languages that hints are read in: the words are in `words.json`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.reading.hints.mentions import NAME, areas_of, known_prefix
from geoagent.reading.hints.words import passing_words, region_named

_THE = r"(?:(?:[Tt]he|la|le|les|el|los|las|das|die|der|den|dem) )?"
_AND = r"(?:,? (?:or|and|to|via|oder|und|nach|ou|et|o|y|a|à) |, ?| ?/ ?)(?:the )?"
_NAMES = rf"{_THE}(?P<names>{NAME}(?:{_AND}{NAME})*)"
_LIST = re.compile(r",|/| (?:or|and|to|via|oder|und|nach|ou|et|o|y|a|à) ")
_PHOTO = re.compile(
    r"\b(?:photo|photograph|picture|pic|image|shot|taken|Foto|Bild|cliché|foto|imagen|scene|it's|it is)\b"
)
_SHOWN = re.compile(
    r"(?:^|[,.;:!?(]|\b(?:photos?|photographs?|pictures?|pics?|images?|shots?|scenes?|views?|snapshots?|screenshots?|frames?"
    r"|clips?|videos?|panoramas?|postcards?|greetings|landscapes?|is|was|be|are|it's|that's|this|these|taken|one|hail\w*"
    r"|come|comes|coming|somewhere|or|and|not|maybe|perhaps|probably|likely|possibly|definitely|certainly|hello|cheers|far|km|kilomet\w+|miles?|away|minutes|hours?))\s*$",
    re.IGNORECASE,
)
"""What is from a place if the photo was taken there; anything else, such as a car, is merely from there."""
_REACHED = re.compile(
    r"(?:^|[,.;:!?(]|\b(?:trips?|visits?|holidays?|vacations?|went|been|welcome|tours?|excursions?|honeymoon|travell?ed|got"
    r"|came|come|made it|belongs?|close|next|adjacent|near|nearby|narrowed(?: it)? down|down|comes|points"
    r"|amounts|or|not"
    r"|journey|weekend|getaway|limited|restricted|specific|unique|native|endemic|typical|it|to))\s*$",
    re.IGNORECASE,
)
"""Whoever did so "to" a place, was there; what goes, leads or is sent to one is not."""
_CLAUSE = re.compile(r".*[.,;!?]", re.DOTALL)


class Taken(NamedTuple):
    """A text without some parts, and these parts as they were written."""

    text: str
    parts: tuple[str, ...]


class _Form(NamedTuple):
    """A form of words: what it says, and of which places; `of_photos` if it is a claim once a photo is its subject.

    Behind `unless_behind` it is a claim.
    """

    words: re.Pattern[str]
    of_photos: bool = False
    of_countries: bool = False
    of_areas: bool = False
    unless_behind: re.Pattern[str] | None = None


@lru_cache(maxsize=1)
def _forms() -> tuple[_Form, ...]:
    said = {kind: f"(?i:{words})" for kind, words in passing_words().items()}
    filler = rf"(?:{said['filler']} )*"
    inner = r"(?:(?!(?:has|with|and|in|near|by|or|at|where|is|a|the|of|to|from) )[a-z]+ )?"
    return (
        _Form(re.compile(rf"\b{said['journeys']},? {filler}{said['to']}[ '’]{_NAMES}")),
        _Form(re.compile(rf"\b{said['motions']} {filler}{said['to']}[ '’]{_NAMES}")),
        _Form(re.compile(rf"\b(?i:from|von|aus|de|du|desde) {NAME} (?:to|nach|à|a|bis|hasta) {_NAMES}")),
        _Form(re.compile(rf"\b{said['bare']} {_NAMES}")),
        _Form(re.compile(rf"\b{said['persons']} {filler}{said['from']}[ '’]{_NAMES}")),
        _Form(re.compile(rf"\b{said['origins']} {filler}{said['at']}[ '’]{_NAMES}"), of_photos=True),
        _Form(re.compile(rf"\b{said['likenesses']} {_NAMES}")),
        _Form(re.compile(rf"\b{said['institutions']} {said['of']}[ '’]{_NAMES}")),
        _Form(re.compile(rf"\b{said['neighbours']} {_NAMES}"), of_areas=True),
        _Form(re.compile(rf"\b{said['near']} {_NAMES}"), of_countries=True),
        _Form(re.compile(rf"\b(?P<names>{NAME})(?:['’]s)?[- ]{inner}{said['attributes']}\b")),
        _Form(re.compile(rf"\bfrom {_NAMES}"), unless_behind=_SHOWN),
        _Form(re.compile(rf"\bto {_NAMES}"), unless_behind=_REACHED),
        _Form(re.compile(rf"\b{said['streets']} (?:(?:de la|del|della|des|du|de|di) |de l'|d')?{_NAMES}")),
    )


def take_passing(text: str, atlas: Atlas) -> Taken:
    """A hint without the places that it names in passing ("the train to Paris"), and these parts as they were
    written.
    """
    parts = list[str]()
    text = _two_sided(text)
    for form in _forms():
        position = 0
        while (found := form.words.search(text, position)) is not None:
            position = found.start() + 1
            if _is_in_passing(form, found, text, atlas):
                parts.append(found[0].strip(" ,"))
                text = f"{text[: found.start()]}, {text[found.end() :]}"
    return Taken(text, tuple(parts))


def _two_sided(text: str) -> str:
    """The border of two countries as what lies between them: in one of the two."""
    text = re.sub(rf"({NAME})(?:[-–/]| and | y | et | und )({NAME}) border\b", r"border between \1 and \2", text)
    return re.sub(rf"\bborder (?:of|with) ({NAME}) and ({NAME})", r"border between \1 and \2", text)


def _is_in_passing(form: _Form, found: re.Match[str], text: str, atlas: Atlas) -> bool:
    name = _first_name(found["names"], atlas)
    if name is None or (form.of_photos and _PHOTO.search(_CLAUSE.sub("", text[: found.start()]))):
        return False
    if form.unless_behind is not None and form.unless_behind.search(text[: found.start()]):
        return False
    areas = areas_of(name, atlas)
    if form.of_countries:
        return any(area.level == "country" for area in areas)
    return bool(areas) or region_named(name) is not None or not form.of_areas


def _first_name(names: str, atlas: Atlas) -> str | None:
    """The name of a place that a list of names begins with, or that its first words end with."""
    words = _LIST.split(names)[0].split()
    return next((known for i in range(len(words)) if (known := known_prefix(" ".join(words[i:]), atlas))), None)
