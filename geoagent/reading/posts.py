"""What somebody wrote of a place, such as a post or a caption (`--text`), as evidence.

A hint is the word of the person who asks, about the place that is sought. A text is somebody's, about whatever it is
about: its places are believed less (`reliabilities.json`), and its language tells nothing. Texts that name one place
are one group: the second adds some of what the first did, a copy of it nothing.
"""

import hashlib
import math
import re
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.case.evidence import LONGEST_POST, Clue, Evidence, Spot, Step
from geoagent.case.likelihood import Areas, Statement
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.hints.hint import Unused, understand
from geoagent.reading.hints.mentions import LARGE, areas_of
from geoagent.reading.names.word_lists import common_words
from geoagent.reading.texts import read_clues

WITNESS = "post"
AS_ON_SIGNS = frozenset({"town_address", "phone", "domain", "coordinates"})
"""The kinds of evidence that a line of a text gives as a sign would."""
TOWN_MEANT = 0.8
"""How often a name that a division shares with a large town of its own means the town, by judgement."""
QUOTED = 60
"""Of a text with more characters the sentence is quoted that names the place."""
LONGEST_SIGN = 1900
"""A line is read as signs are, in parts of so many characters at most: a clue of a sign has no more than 2,000."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_ADDRESS = re.compile(r"\bhttps?://\S+|\bwww\.\S+|\S+@\S+\.\w+", re.IGNORECASE)
_CALLED = re.compile(r"(?<![\w@])@[A-Za-z_]\w*")
_TAG = re.compile(r"#(\w+)")
_WORDS = re.compile(r"[^\W\d_]+?(?=[A-ZÀ-Þ]|$|[\d_])")
_FLAG = re.compile("([\U0001f1e6-\U0001f1ff])([\U0001f1e6-\U0001f1ff])")
_PIN = re.compile("[\U0001f4cd\U0001f4cc]")
_FIRST_FLAG = 0x1F1E6


class PostsReading(NamedTuple):
    """What the texts of a case give: evidence, spots, and what is told of the parts that are not used."""

    evidence: list[Evidence]
    spots: list[Spot]
    unused: list[Step]


def post_clues(texts: Sequence[str]) -> list[Clue]:
    """Each text of at most `LONGEST_POST` characters as a clue, the same text once."""
    return [Clue(kind="post", value=text, witness=WITNESS) for text in dict.fromkeys(text.strip() for text in texts)]


def read_posts(clues: Sequence[Clue], atlas: Atlas) -> PostsReading:
    """What posts say of where, by the grammar of hints, and their addresses, numbers and coordinates as on signs."""
    told, spots, unused = list[Evidence](), list[Spot](), list[Step]()
    for number, clue in enumerate(clues, 1):
        name = f"text {number}" if len(clues) > 1 else "the text"
        addresses = _read_as_signs(clue, atlas)
        prose, points, passing = _read_as_prose(clue, name, atlas)
        if any(item.kind == "town_address" for item in addresses):  # the sentence says it again, and less surely
            prose, points = [], []
        told += [*prose, *addresses]
        spots += points
        unused += [Step(node="perceive", statement=part, cites=(clue.id,)) for part in passing]
        if not prose and not addresses:
            unused.append(
                Step(node="perceive", statement=f"{name} names no place that could be used", cites=(clue.id,))
            )
    return PostsReading(told, spots, unused)


def _read_as_prose(clue: Clue, name: str, atlas: Atlas) -> tuple[list[Evidence], list[Spot], list[str]]:
    """What a text's sentences say, its spots, and what is told of names in passing."""
    plain = clue.replace(value=_shortened(_as_prose(clue.value, atlas)) or "-")
    reading = understand(plain, atlas)
    found, renamed = list[Evidence](), dict[str, str]()
    for item in reading.evidence:
        said = _towns_meant(item.likelihood, atlas) if item.level == "region" else item.likelihood
        new = item.replace(
            kind="point" if item.kind == "point" else "post", clues=(clue.id,), group=_group(item, name),
            statement=item.statement.replace("the hint", name, 1), likelihood=said,
            level=item.level if said == item.likelihood else "city", quote=_sentence_that_says(item, clue, atlas),
        )  # fmt: skip
        renamed[item.id] = new.id
        found.append(new)
    spots = [spot.replace(evidence=renamed[spot.evidence]) for spot in reading.spots]
    passing = [part for part in reading.unused if part.reason == "in passing"]
    return found, spots, [_in_passing(part, clue, name) for part in passing]


def _sentence_that_says(item: Evidence, clue: Clue, atlas: Atlas) -> str:
    """The first sentence of a long text that says the same alone; "" of a short text, or where none does."""
    sentences = _SENTENCE.split(clue.value) if len(clue.value) > QUOTED else []
    for sentence in filter(None, map(str.strip, sentences)):
        alone = understand(clue.replace(value=_shortened(_as_prose(sentence, atlas)) or "-"), atlas).evidence
        if any(said.likelihood == item.likelihood for said in alone):
            return sentence[:200]
    return ""


def _towns_meant(said: Statement, atlas: Atlas) -> Statement:
    """Areas, with most of a division's share in its town of the same name: who writes of Lisbon means the town."""
    if not isinstance(said, Areas) or said.elsewhere:
        return said
    weights = dict(said.weights)
    for area, weight in said.weights.items():
        town = _town_of_its_name(area, atlas)
        if town is not None and town not in weights and weight > 0:
            whole, inside = (math.fsum(atlas.prior[atlas.rows(part)]) for part in (area, town))
            weights[town] = float(f"{weight * TOWN_MEANT * whole / inside:.6g}")
            weights[area] = float(f"{weight * (1 - TOWN_MEANT) * whole / max(whole - inside, inside * 1e-3):.6g}")
    return Areas(weights=weights)


def _town_of_its_name(area: Area, atlas: Atlas) -> Area | None:
    """The large town of a division that bears its name."""
    name = atlas.path(area).region if area.level == "region" else None
    rows = atlas.rows_named(name) if name else []
    towns = (atlas.city_of(row) for row in rows if atlas.population[row] >= LARGE)
    return next((town for town in towns if town and area.contains(town)), None)


def _in_passing(part: Unused, clue: Clue, name: str) -> str:
    said = f'"{part.text}"' if part.text in clue.value else "a place that is named in passing"
    return f"not used of {name}: {said} does not say where it is"


def _group(item: Evidence, name: str) -> str:
    """One group for all texts that name the same places; what a text excludes is that text's own."""
    if item.group != "hint":
        return f"post:{item.group}:{name}"[:200]
    said = item.likelihood
    places = " ".join(sorted(map(str, said.weights))) if isinstance(said, Areas) else said.model_dump_json()
    return f"post:{hashlib.sha256(places.encode()).hexdigest()[:16]}"


def _read_as_signs(clue: Clue, atlas: Atlas) -> list[Evidence]:
    parts = [part for line in clue.value.splitlines() for part in textwrap.wrap(line, LONGEST_SIGN)]
    lines = [clue.replace(kind="text", value=part) for part in parts]
    read = (item for item in read_clues(lines, atlas) if item.kind in AS_ON_SIGNS)
    return [item.replace(witness=WITNESS, clues=(clue.id,)) for item in read]


def _as_prose(text: str, atlas: Atlas) -> str:
    """A post as sentences: tags and flags that name places as their names; without addresses and people's names.

    What stands twice in a row, as names of many flags do, stands once.
    """
    text = _CALLED.sub("", _ADDRESS.sub("", _PIN.sub(", ", text)))
    text = _FLAG.sub(lambda flag: f", {_country(flag, atlas)}, ", text)
    text = _TAG.sub(lambda tag: _tagged(tag[1], atlas), text)
    lines = (" ".join(line.split()).strip(" ,") for line in text.splitlines() if line.strip(" ,\t"))
    parts = [part for line in lines for part in (part.strip(" ,") for part in line.split(", ")) if part]
    return ", ".join(part for part, before in zip(parts, ["", *parts], strict=False) if part != before)


def _shortened(prose: str) -> str:
    """Prose that a clue can hold: names in the place of flags may have made it longer than the text was."""
    if len(prose) <= LONGEST_POST:
        return prose
    cut = max(prose.rfind(",", 1, LONGEST_POST), prose.rfind(" ", 1, LONGEST_POST))
    return prose[: cut if cut > 0 else LONGEST_POST]


def _country(flag: re.Match[str], atlas: Atlas) -> str:
    code = "".join(chr(ord(letter) - _FIRST_FLAG + ord("A")) for letter in flag.groups())
    return atlas.country_name(code) if atlas.knows(Area(country=code)) else ""


def _tagged(tag: str, atlas: Atlas) -> str:
    """A hashtag's place by its name: "#NewYork", "#lisboa"; nothing for a tag that names none."""
    apart = " ".join(_WORDS.findall(tag)) or tag
    name = apart[:1].upper() + apart[1:]
    if fold(name) in common_words():
        return ""
    known = areas_of(name, atlas) or any(atlas.population[row] >= LARGE for row in atlas.rows_named(name))
    return f", {name}, " if known else ""
