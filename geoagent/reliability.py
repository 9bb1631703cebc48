"""How far each kind of witness is to be believed: data, in one file."""

import json
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geoagent.errors import ConfigError
from geoagent.evidence import Evidence


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    witness: str
    kind: str
    level: str
    r: Annotated[float, Field(ge=0, le=0.999)]
    fitted: str | None = None


class Reliabilities(BaseModel):
    """The share of its statements that a witness has reason to make, and γ, the discount inside a group."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gamma: Annotated[float, Field(ge=0, lt=1)]
    rows: tuple[_Row, ...]
    comment: str = ""

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], float]:
        return {(row.witness, row.kind, row.level): row.r for row in self.rows}

    def of(self, evidence: Evidence) -> float:
        """The reliability of one statement: the most specific row that matches its witness, kind and level."""
        family = evidence.witness.partition(":")[0]
        for witness in (evidence.witness, family, "*"):
            for kind in (evidence.kind, "*"):
                for level in (evidence.level, "*"):
                    if (witness, kind, level) in self._index:
                        return self._index[witness, kind, level]
        return 0.5


def load_reliabilities(path: Path | None = None) -> Reliabilities:
    """The table from a file, or the one that ships with the package. Raises ConfigError."""
    source = path if path is not None else files("geoagent") / "data" / "reliabilities.json"
    try:
        return Reliabilities.model_validate(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigError(f"cannot read the reliabilities in {source}: {error}") from error
