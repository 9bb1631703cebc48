"""The knowledge tables: what differs between places, one subject a file, each with its sources.

A table is a question with its answers. Each answer says how probable it is in which areas, and so serves three times:
as evidence once it is observed, as its explanation, and as a question whose worth can be told beforehand. Answers that
bear `words` or `patterns` are found in texts; the others have to be seen.
"""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoagent.evidence import ClueKind, Frozen, Unit
from geoagent.knowledge.languages import signage_shares
from geoagent.likelihood import AreaKey, Areas

SOURCE = r"^(unsourced|[A-Za-z0-9_.@/-]+@[0-9][\w.]*|https://.+)$"


class Answer(Frozen):
    """One answer to a table's question: P(observed | area) for the areas named, and for all others `elsewhere`.

    `languages` stand for the countries where they are written, by their share of public text. `source` is
    `package@version`, the address of a document that was read, or "unsourced".
    """

    explains: Annotated[str, Field(min_length=3, max_length=200)]
    areas: dict[AreaKey, Unit] = Field(default_factory=dict)
    languages: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], Unit] = Field(default_factory=dict)
    elsewhere: Unit = 0.01
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    source: Annotated[str, Field(pattern=SOURCE)]

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not self.areas and not self.languages:
            raise ValueError("an answer names areas or languages")
        for pattern in self.patterns:
            re.compile(pattern)
        return self

    def likelihood(self) -> Areas:
        """The answer as a likelihood over places."""
        weights: dict[str, float] = dict(self.areas)
        for code, shares in signage_shares().items():
            said = sum(p * shares.get(language, 0.0) for language, p in self.languages.items())
            if said > self.elsewhere:
                weights[code] = max(weights.get(code, 0.0), round(said + self.elsewhere, 6))
        return Areas(weights=weights, elsewhere=self.elsewhere)


class Table(Frozen):
    """One subject. `visible` is the chance that a photo taken outdoors can answer the question."""

    name: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    kind: ClueKind
    question: Annotated[str, Field(min_length=10, max_length=200)]
    visible: Annotated[float, Field(gt=0, le=1)]
    witness: Literal["text", "sight"]
    answers: dict[str, Answer]


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    """All tables by name."""
    folder = files("geoagent.knowledge") / "tables"
    found = [
        Table.model_validate(json.loads(file.read_text(encoding="utf-8")))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".json")
    ]
    return {table.name: table for table in found}
