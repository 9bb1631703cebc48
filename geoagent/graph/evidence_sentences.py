"""Evidence in words for a reader: a sentence that says what is known, and a clause with what it has against a rival.

A sentence is made of fields alone: the kind of the evidence, what it quotes, what that was taken for, and the place for
which it speaks.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from babel import Locale

from geoagent.case.evidence import Clue, Evidence, Id, LevelName
from geoagent.case.likelihood import Areas
from geoagent.geo import Area
from geoagent.plain_text import fold, printable
from geoagent.reading.languages import signage_shares
from geoagent.reading.posts import WITNESS as POST
from geoagent.reading.tables import tables

LONGEST = 200
QUOTED = 60
FEW = 6
"""Of so many countries at most it is said that few others share something."""
EXPECTED = 0.3
WHOLE = frozenset({"street_suffixes"})
"""The kinds that are told by the whole text: a part of a word is none."""
NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
SAYS = {
    "letters": "has", "plates": "has the form of", "roads": "is numbered like", "currency": "gives",
    "fuel": "is the name of", "postal_codes": "has the form of", "units": "gives",
}  # fmt: skip
"""How the text that a table's answer is found in is joined to what the answer explains; mostly by "is"."""
QUOTABLE = frozenset({"text", "hint", "post", "correction"})
"""The kinds of clue whose value is somebody's words."""
MORE = re.compile(r"and \d+ more$")
Clues = Mapping[Id, Clue]


class Target(NamedTuple):
    """The place that a sentence is about: its name as it is written there, its level, and its country where that is
    known.
    """

    name: str
    level: LevelName
    country: Area | None = None

    def __str__(self) -> str:
        return self.name


USUAL = 0.1
"""The share of a country's signs from which on a language is one that is written there."""
Wording = Callable[[Evidence, str, Target], str]


def sentence(item: Evidence, place: Target, clues: Clues) -> str:
    """A piece of evidence as one sentence that says what speaks for `place`, as the argument tells it.

    `clues` are the clues of the case by id, of which it may quote one.
    """
    quote = shown(_read(item, clues) if item.kind in WHOLE else item.quote or _read(item, clues))
    made = SENTENCES.get(item.kind)
    if made is not None and (quote or item.kind in UNQUOTED):
        return fitting(made(item, quote, place))
    if item.kind in tables() and item.answer in tables()[item.kind].answers:
        return fitting(_of_table(item, quote, place))
    return fitting(f"What {_source(item)} found speaks for {place}")


def excludes(item: Evidence, clues: Clues) -> str:
    """What a piece of evidence has against a place, as the end of a sentence that has named the place: "its signs are
    in other letters".

    `clues` are the clues of the case by id, of which it may quote one.
    """
    quote = shown(_read(item, clues) if item.kind in WHOLE else item.quote or _read(item, clues))
    made = EXCLUDES.get(item.kind)
    if made is not None and (quote or "{quote}" not in made):
        said = {"quote": quote, "ending": _ending(item), "language": _language(item.answer)}
        return made.format(**said)
    if item.kind == "phone":
        called = item.quote.startswith("+")
        return "its calling code is another" if called else "its phone numbers are written otherwise"
    if item.kind in tables():
        seen = tables()[item.kind].witness == "sight" or not quote
        if seen:
            return f"{item.answer.replace('_', ' ')} is rare there" if item.answer else "what is seen is rare there"
        return f"{quote} is hardly seen there"
    return f"what {_source(item)} found fits it less well"


def fitting(text: str) -> str:
    """A sentence on one line with a capital letter and a full stop; cut, with "…", to at most 200 characters."""
    said = printable(text).rstrip(". ")
    said = said[:1].upper() + said[1:]
    return f"{said}." if len(said) < LONGEST else f"{said[: LONGEST - 1].rsplit(' ', 1)[0]}…"[:LONGEST]


def shown(text: str) -> str:
    """A text that was read in a photo, in quotation marks, cut to 60 characters; an empty text stays empty, without
    marks.
    """
    bare = printable(text)
    return f'"{bare if len(bare) <= QUOTED else bare[: QUOTED - 1] + "…"}"' if bare else ""


def _read(item: Evidence, clues: Clues) -> str:
    return next((clues[i].value for i in item.clues if i in clues and clues[i].kind in QUOTABLE), "")


def _medium(item: Evidence) -> str:
    return "text" if item.witness == POST else "photo"


def _written_in(item: Evidence) -> str:
    return "in the text" if item.witness == POST else "on a sign"


def _source(item: Evidence) -> str:
    if item.witness.startswith("vlm"):
        return "the model"
    named = {"ocr": "text recognition", "exif": "the file", "user": "you"}
    return named.get(item.witness, item.witness.rpartition(":")[2].replace("_", " "))


def _language(tag: str) -> str:
    return Locale("en").languages.get(tag) or tag


def _of_table(item: Evidence, quote: str, place: Target) -> str:
    table = tables()[item.kind]
    explains = table.answers[item.answer].explains
    if table.witness == "sight":
        head, _, tail = explains.partition(": ")
        return f"{table.name.replace('_', ' ')}: {head}{f', as in {tail}' if tail else ''}"
    return f"{quote} {_explained(item)}"


def _explained(item: Evidence) -> str:
    """What the table says of a text, as it follows the text."""
    explains = tables()[item.kind].answers[item.answer].explains
    _, _, countries = explains.partition(": a word of ")
    if countries:
        return f"is a word used in {MORE.sub('and a few other countries', countries)}"
    return f"{SAYS.get(item.kind, 'is')} {explains}"


def _of_postal_code(item: Evidence, quote: str, place: Target) -> str:
    """The digits of a code, and how many countries have as many."""
    shape = item.answer
    digits = shape.count("9") + shape.count("0")
    form = f"have {NUMBERS[digits]} digits" if set(shape) <= {"9"} and digits < len(NUMBERS) else "look like that"
    return f"{quote} is written as a postal code: those of {place} {form}{_shared(item)}"


def _shared(item: Evidence) -> str:
    said = item.likelihood
    if not isinstance(said, Areas):
        return ""
    countries = {area.country for area, weight in said.weights.items() if weight >= EXPECTED}
    if len(countries) < 2:
        return ", and no other country's"
    return ", as in few other countries" if len(countries) <= FEW else ", as in many countries"


def _of_language(item: Evidence, quote: str, place: Target) -> str:
    share = signage_shares().get(place.country, {}).get(item.answer, 0.0) if place.country is not None else 1.0
    written = f"which is written in {place}" if share >= USUAL else f"which some signs in {place} are in too"
    return f"The words on the signs are {_language(item.answer)}, {written}"


def _of_web_address(item: Evidence, quote: str, place: Target) -> str:
    return f"The web address {quote} ends in .{_ending(item)}, the ending of {place}"


def _ending(item: Evidence) -> str:
    return re.split(r"[/:]", item.quote)[0].rpartition(".")[2].lower()


def _of_name(item: Evidence, quote: str, place: Target) -> str:
    whole = place.level == "city" or fold(item.quote) == fold(place.name)
    return f"{quote} on a sign is the name of {'' if whole else 'a place in '}{place}"


def _only_excludes(item: Evidence) -> bool:
    """Whether a statement rules places out, and speaks for none of the others in particular."""
    said = item.likelihood
    return isinstance(said, Areas) and all(weight <= said.elsewhere for weight in said.weights.values())


SENTENCES: dict[str, Wording] = {
    "language": _of_language,
    "script": lambda e, q, p: f"The signs are written in the letters of {_language(e.answer)}, which is at home in {p}",
    "toponym": _of_name,
    "town_address": lambda e, q, p: f"{q} stands in an address {_written_in(e)}, which lies in {p}",
    "country_name": lambda e, q, p: f"{q} on a sign is the name of {p}",
    "domain": _of_web_address,
    "phone": lambda e, q, p: (
        f"The phone number {q} has the area code of {p}"
        if p.level != "country"
        else f"The phone number {q} {'has the calling code of' if e.quote.startswith('+') else 'is written as in'} {p}"
    ),
    "postal_codes": _of_postal_code,
    "business": lambda e, q, p: f"{q} is the name of a business or an operator that is found in {p}",
    "coordinates": lambda e, q, p: f"The coordinates {q} that are written in the {_medium(e)} lie in {p}",
    "stamp": lambda e, q, p: f"The camera stamped {q} on the picture, which lies in {p}",
    "given": lambda e, q, p: f"You give as evidence {q}, by {e.witness.partition(':')[2]}, which points to {p}",
    "hint": lambda e, q, p: f"Whoever asks says: {q}, which fits {p}",
    "post": lambda e, q, p: f"Somebody wrote {q}, which fits {p}",
    "point": lambda e, q, p: f"{'The text' if e.witness == POST else 'Whoever asks'} gives a point in {p}",
    "correction": lambda e, q, p: f"You say: {q}, which {'leaves' if _only_excludes(e) else 'speaks for'} {p}",
    "sun": lambda e, q, p: f"The sun stood {e.answer}, as it did in {p}",
    "zoom_map": lambda e, q, p: f"Compared with maps from above, the photo fits {p} best",
    "heard": lambda e, q, p: f"{q} was heard or seen, and lives in {p}",
    "position": lambda e, q, p: f"The position that the camera wrote into the file lies in {p}",
    "opinion": lambda e, q, p: f"All that the model sees together looks to it like {p}",
    "address": lambda e, q, p: f"The map has what {q} names: it lies in {p}",
    "map_feature": lambda e, q, p: f"The map has what is named {q}: it lies in {p}",
    "skyline": lambda e, q, p: f"The line between land and sky is that seen from {p}",
    "map_combination": lambda e, q, p: f"What the photo shows together stands together on the map in {p}",
    "address_missing": lambda e, q, p: f"The map of another town has nothing named {q}, which leaves {p}",
    "map_feature_missing": lambda e, q, p: f"The map of another town has nothing named {q}, which leaves {p}",
    "address_at": lambda e, q, p: f"At the point in question in {p} the map has the street that {q} names",
    "article": lambda e, q, p: f"An encyclopedia knows {q}: it lies in {p}",
    "page": lambda e, q, p: f"Web pages that hold {q} name {p}",
    "same_picture": lambda e, q, p: f"The same picture is known elsewhere, as taken in {p}",
    "similar_picture": lambda e, q, p: f"Pages with pictures that look like this one name {p}",
    "gallery_hit": lambda e, q, p: f"A photo of the gallery that looks alike was taken in {p}",
    "gallery_match": lambda e, q, p: f"A photo of the gallery that shows the same thing was taken in {p}",
    "picture_match": lambda e, q, p: f"A street picture that shows the same thing was taken in {p}",
}
UNQUOTED = frozenset({
    "language", "script", "opinion", "position", "point", "sun", "zoom_map", "same_picture", "similar_picture",
    "gallery_hit", "gallery_match", "picture_match", "map_combination", "skyline",
})  # fmt: skip
"""The kinds whose sentence quotes nothing."""
EXCLUDES = {
    "domain": "its own web addresses do not end in .{ending}", "toponym": "the name {quote} points elsewhere",
    "country_name": "{quote} names another country", "postal_codes": "its postal codes are written otherwise",
    "language": "its signs are hardly ever in {language}", "script": "its signs are in other letters",
    "plates": "its number plates are written otherwise", "hint": "the hint names another place",
    "post": "the text names another place",
    "given": "what is given as {quote} points elsewhere", "correction": "you say: {quote}",
    "point": "the point that is given lies elsewhere", "position": "the position in the file lies elsewhere",
    "opinion": "to the model the whole looks less like it", "address": "the map has {quote} elsewhere",
    "skyline": "the land stands otherwise against the sky there",
    "map_combination": "what the photo shows together stands elsewhere",
    "map_feature": "the map has {quote} elsewhere", "address_missing": "its map has nothing named {quote}",
    "map_feature_missing": "its map has nothing named {quote}",
    "address_at": "the street that {quote} names lies elsewhere",
    "article": "the encyclopedia knows {quote} elsewhere", "page": "web pages that hold {quote} name another place",
    "same_picture": "the same picture is known from elsewhere",
    "similar_picture": "pictures like this one are known from elsewhere",
    "gallery_hit": "a photo that looks alike was taken elsewhere",
    "gallery_match": "a photo that shows the same thing was taken elsewhere",
    "picture_match": "a picture that shows the same thing was taken elsewhere",
    "town_address": "the town {quote} of the address lies elsewhere",
    "zoom_map": "seen from above, the photo fits other cells better",
    "heard": "{quote} hardly lives there",
    "sun": "the sun stood otherwise there at that time",
    "stamp": "the stamped position lies elsewhere", "coordinates": "the coordinates {quote} lie elsewhere",
    "business": "the name {quote} is found elsewhere",
}  # fmt: skip
