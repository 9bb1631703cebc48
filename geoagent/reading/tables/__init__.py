"""The knowledge tables: what differs between places, one subject a file, each with its sources.

A table is a question with its answers. Each answer says how probable it is in which areas, and so serves three times:
as evidence once it is observed, as its explanation, and as a question whose worth can be told beforehand. Answers that
have `words` or `patterns` are found in texts; the others have to be seen.
"""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoagent.atlas import Atlas
from geoagent.case.evidence import ClueKind
from geoagent.case.likelihood import Areas, Surroundings
from geoagent.case.views import Frozen, Unit
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.reading.false_hits import false_hits
from geoagent.reading.languages import area_weights

SOURCE = r"^(unsourced|[A-Za-z0-9_.@/-]+@[0-9][\w.]*|https://.+)$"


class TableAnswer(Frozen):
    """One answer to a knowledge table's question, with how probable it is in each area.

    - `areas` has P(answer | area) for the named areas, and `elsewhere` that for all others. `languages` stand for the
      areas where they are written, by their share of public text. `surroundings` say instead how the answer depends on
      the climate or the settlement of a place.
    - `words` are found as whole words, whatever their case; `alone` asks that they be the whole text. `patterns` are
      regular expressions, searched in a text as it was read, each with at least one of the `examples`.
    - `names` is what its words are a word for, where that is asked for. `explains` says in words what the answer means.
    - `source` is `package@version`, the address of a document that was read, or "unsourced".
    """

    explains: Annotated[str, Field(min_length=3, max_length=200)]
    names: Literal["street"] | None = None
    areas: dict[Area, Unit] = Field(default_factory=dict)
    surroundings: Surroundings | None = None
    languages: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], Unit] = Field(default_factory=dict)
    elsewhere: Unit = 0.01
    words: tuple[str, ...] = ()
    alone: bool = False
    patterns: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    source: Annotated[str, Field(pattern=SOURCE)]

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not self.areas and not self.languages and self.surroundings is None:
            raise ValueError("an answer names areas, languages or surroundings")
        if self.surroundings is not None and (self.areas or self.languages):
            raise ValueError("an answer names areas and languages, or surroundings")
        return self

    def likelihood(self) -> Areas | Surroundings:
        """How often the answer is to be seen, as the table tells it: by area, or by surroundings."""
        return self.surroundings or self._among(self.elsewhere)

    def evidence(self, atlas: Atlas) -> Areas | Surroundings:
        """What the answer says of where once it is observed, as a likelihood over places.

        It is the table's likelihood, but the smaller the areas that it names, the smaller is the weight of all others.
        """
        if self.surroundings is not None:
            return self.surroundings
        return self._among(false_hits(self._among(self.elsewhere).weights, self.elsewhere, atlas))

    def _among(self, elsewhere: float) -> Areas:
        weights: dict[Area, float] = dict(self.areas)
        for area, weight in area_weights(self.languages, elsewhere).items():
            weights[area] = max(weights.get(area, 0.0), round(weight, 6))
        return Areas(weights=weights, elsewhere=elsewhere)


class Table(Frozen):
    """A knowledge table: one question with its answers by name.

    `visible` is the chance that a photo taken outdoors can answer it. `witness` says whether its answers are found in
    texts or have to be seen ("sight"); `kind` is that of the clues.
    """

    name: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    kind: ClueKind
    question: Annotated[str, Field(min_length=10, max_length=200)]
    visible: Annotated[float, Field(gt=0, le=1)]
    witness: Literal["text", "sight"]
    answers: dict[str, TableAnswer]


_ADDED: dict[Path, dict[str, Table]] = {}
"""The tables that were added in this process, by their folder: one at most."""


def tables() -> dict[str, Table]:
    """All knowledge tables by name: those that ship with geoagent and those that the user has added."""
    return {name: table for found in (ours(), *_ADDED.values()) for name, table in found.items()}


def add_tables(found: dict[str, Table], folder: Path) -> None:
    """Use the tables of a user's folder from now on in this process, besides those that ship.

    Raises ConfigError if the tables of another folder are in use.
    """
    if _ADDED and folder not in _ADDED:
        raise ConfigError(f"{folder}: this process reads the tables of {next(iter(_ADDED))} already")
    _ADDED[folder] = found


@lru_cache(maxsize=1)
def ours() -> dict[str, Table]:
    """The knowledge tables that ship with geoagent, by name."""
    folder = files("geoagent.reading.tables")
    found = [
        Table.model_validate_json(file.read_bytes())
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".json")
    ]
    return {table.name: table for table in found}
