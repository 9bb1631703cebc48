"""The tool `consult_guide`: a guidebook of the user's own, which is a folder of Markdown files, of which a few sections
answer a question.

After G^3 and what players of guessing games write down: what a thing looks like, where, and how to tell. Each section
under a heading is a card. The cards that share the rarest words with the question come first, with those that name a
leading country preferred; few are told, each cut short, with its file and heading.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from geoagent.belief.readout import rank_countries
from geoagent.errors import ConfigError
from geoagent.files.small_files import read_text
from geoagent.plain_text import fold, printable
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool

MOST_BYTES = 1_000_000
TOLD, LONGEST = 3, 500
"""So many cards are told, and so many characters of each."""
LEADERS = 2
NAMED = 0.5
"""How much a leading country's name adds, beside a word that only one card has."""
SHORT = 2
"""Words of so few Latin letters tell nothing: "a", "in", "de"."""
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


class Card(NamedTuple):
    """A section of a guidebook: the name of its file, its heading, the beginning of its text, and the words of heading
    and text, folded.
    """

    file: str
    heading: str
    text: str
    words: frozenset[str]


def guide_tool(folder: Path) -> Tool:
    """The tool `consult_guide`, which answers from a folder of Markdown files. Raises ConfigError where the folder
    holds no guidebook or a file cannot be read.
    """
    cards = read_cards(folder)

    def consult_guide(
        context: ToolContext,
        question: Annotated[str, Field(min_length=3, max_length=200, description="what to know, in a few words")],
    ) -> ToolResult:
        """Look up in the person's own guidebook what a thing tells about where: "red and white bollard".

        What it says is to be held against the photo; it is no evidence by itself.
        """
        leaders = [place.name for place in rank_countries(context.belief, LEADERS)]
        found = best_cards(cards, question, leaders)
        text = "\n".join(f"[{card.file}, “{card.heading}”] {card.text}" for card in found)
        told = [{"file": card.file, "heading": card.heading} for card in found]
        return ToolResult(text=text or "the guidebook has nothing on that", data={"cards": told})

    return as_tool(consult_guide, max_calls=6)


def read_cards(folder: Path) -> list[Card]:
    """The sections of all files "*.md" in a folder, in order of the files' names.

    Raises ConfigError where there is no section under a heading, or a file is no text.
    """
    cards = list[Card]()
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        try:
            text = read_text(path, MOST_BYTES)
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: in another encoding; save it as UTF-8") from error
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {printable(str(error))[:200]}") from error
        cards += _cards_of(path.name, text)
    if not cards:
        raise ConfigError(f"{folder}: holds no guidebook: files NAME.md with a heading over each section")
    return cards


def _cards_of(file: str, text: str) -> list[Card]:
    parts = HEADING.split(text)
    cards = []
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        told = " ".join(printable(body).split())
        if told:
            words = frozenset(fold(f"{heading} {told}").split())
            cards.append(Card(file, printable(heading)[:100], told[:LONGEST], words))
    return cards


def best_cards(cards: Sequence[Card], question: str, leaders: Sequence[str] = ()) -> list[Card]:
    """The cards, three at most, that answer a question best; none that shares only words with it which most cards have.

    Rare words count more. A card that names one of the `leaders`, the leading countries, is preferred.
    """
    uses = Counter(word for card in cards for word in card.words)
    asked = {word for word in fold(question).split() if uses[word] and (len(word) > SHORT or not word.isascii())}
    worth = {word: math.log((len(cards) + 1) / uses[word]) for word in asked}
    named = [set(fold(name).split()) for name in leaders]

    def score(card: Card) -> float:
        shared = sum(worth[word] for word in worth if word in card.words)
        lead = any(name <= card.words for name in named)
        return shared + (NAMED * math.log(len(cards) + 1) if shared and lead else 0.0)

    least = math.log(2)
    found = [(score(card), number) for number, card in enumerate(cards)]
    return [cards[number] for value, number in sorted(found, key=lambda f: (-f[0], f[1])) if value >= least][:TOLD]
