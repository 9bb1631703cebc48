"""How far each kind of witness is believed: the tables, whose values are data in one file."""

import hashlib
import json
import math
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from geoagent.case.evidence import LEVELS, Evidence, LevelName
from geoagent.errors import ConfigError


class Row(BaseModel):
    """A row of the table of reliabilities: how far a witness is believed in one kind of statement at one level.

    `r` is that reliability, from 0 to 1; "*" stands for any witness, kind or level. No fit may raise `r` above `most`;
    `fitted` says by what it was fitted, None where it is judgement.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    witness: str
    kind: str
    level: str
    r: Annotated[float, Field(ge=0, le=0.999999)]
    most: Annotated[float, Field(gt=0, le=0.999999)] = 0.999999
    fitted: str | None = None

    @model_validator(mode="after")
    def _is_within_its_limit(self) -> "Row":
        if self.r > self.most:
            raise ValueError(f"r = {self.r} is above the most that it may be, {self.most}")
        return self


ALIKE = 0.7
"""How alike two models are taken to err of which nothing is known: by judgement; they learnt from the same web."""
Scatter = tuple[tuple[float, float], ...]
SCATTERS: dict[str, Scatter] = {
    "street": ((0.35, 0.1), (0.35, 0.4), (0.2, 1.6)),
    "city": ((0.2, 0.12), (0.35, 0.55), (0.33, 2.4)),
    "region": ((0.5, 150.0),),
    "country": ((0.4, 600.0),),
    "rough": ((0.4, 0.75), (0.45, 3.2)),
}
"""How far off the coordinates are that a model states, by the finest level that it names.

Each entry is a mixture of Gaussians, by weight and standard deviation in km; the remaining weight is anywhere in the
place. Those of cities come from 1,159 recorded answers that name the right one (GPT-5 and Qwen3-VL-235B, recorded by
Thinking-with-Map, Apache-2.0): half lie within 0.4 and 1.1 km of the truth. "rough" is for coordinates of towns and
streets of fewer than four decimals (40 answers, half within 2.5 km). The others are set by judgement: the point of a
region is a guess within it, and says nothing of its towns.
"""


class Calibration(BaseModel):
    """How a probability q that a witness states becomes the probability c that is believed: logit c = shift + slope ·
    logit q.

    It holds for a witness and a level. "*" is any level; a witness's name that ends in "*" stands for all that begin
    so. `most` is the highest c, and `source` says where the values come from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    witness: str
    level: str
    shift: float = 0.0
    slope: Annotated[float, Field(gt=0, le=10)] = 1.0
    most: Annotated[float, Field(gt=0, le=0.999999)] = 0.999999
    source: str

    def of(self, stated: float) -> float:
        """The believed probability c for a stated probability q, both from 0 to 1."""
        if stated <= 0:
            return 0.0
        q = min(stated, 0.999999)
        return min(self.most, 1 / (1 + math.exp(-(self.shift + self.slope * math.log(q / (1 - q))))))


class Reliabilities(BaseModel):
    """The table of how far each witness is believed in each kind of statement, with what else discounts evidence.

    - `gamma` is the factor by which each further piece of one group counts less.
    - `rows` hold a reliability for each witness, kind and level.
    - `calibrations` serve instead of a reliability for a witness that states probabilities of its own.
    - `scatters` say how far off the points are that such a witness states, by level.
    - `correlations` say how alike two models err; the key is their witnesses, in order, with a blank between.
    - `temperatures` divide the log ratios of a witness; the key is the part of its name before the colon.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    gamma: Annotated[float, Field(ge=0, lt=1)]
    rows: tuple[Row, ...]
    calibrations: tuple[Calibration, ...] = ()
    scatters: dict[str, Scatter] = Field(default_factory=SCATTERS.copy)
    temperatures: dict[str, Annotated[float, Field(ge=1, le=10)]] = Field(default_factory=dict)
    correlations: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    comment: str = ""

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], Row]:
        return {(row.witness, row.kind, row.level): row for row in self.rows}

    @cached_property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the table as JSON with sorted keys; its comment does not
        count.
        """
        untold = {"comment"} if self.correlations else {"comment", "correlations"}
        text = json.dumps(self.model_dump(mode="json", exclude=untold), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def of(self, evidence: Evidence, level: LevelName) -> float:
        """The reliability, from 0 to 1, of a piece of evidence at a level; 0.5 where no row fits."""
        return self.known(evidence.witness, evidence.kind, level)

    def known(self, witness: str, kind: str, level: LevelName) -> float:
        """The reliability, from 0 to 1, of a witness in a kind of statement at a level; 0.5 where no row fits."""
        row = self.row(witness, kind, level)
        return row.r if row else 0.5

    def row(self, witness: str, kind: str, level: LevelName) -> Row | None:
        """The most specific row for a witness, a kind of statement and a level; None where no row fits.

        "tool:x" fits rows of "tool:x", then of "tool", then of "*".
        """
        for who in (witness, witness.partition(":")[0], "*"):
            for what in (kind, "*"):
                for at in (level, "*"):
                    if (who, what, at) in self._index:
                        return self._index[who, what, at]
        return None

    def calibrated(self, witness: str, level: str, stated: float) -> float:
        """The probability that is believed where a witness states the probability `stated` for a place of a level.

        It is the stated one where no calibration fits.
        """
        return self.calibration(witness, level).of(stated)

    def calibration(self, witness: str, level: str) -> Calibration:
        """The calibration for a witness and a level: the one whose witness fits the longest beginning of the name, and
        of these one for that level.

        Where none fits, one that leaves probabilities as stated.
        """
        fitting = [c for c in self.calibrations if c.level in (level, "*") and _begins(witness, c.witness)]
        best = max(fitting, key=lambda c: (len(c.witness.strip("*")), c.level != "*"), default=None)
        return best or Calibration(witness="*", level="*", source="as stated")

    def correlation(self, one: str, other: str) -> float:
        """How alike two witnesses err that state opinions: 1 for copies, 0 where they err independently."""
        return 1.0 if one == other else self.correlations.get(" ".join(sorted((one, other))), ALIKE)

    def temperature(self, evidence: Evidence) -> float:
        """The temperature, at least 1, that divides the log ratios of a piece of evidence; 1 where none is set."""
        return self.temperatures.get(evidence.witness.partition(":")[0], 1.0)

    def shares(self, evidence: Evidence) -> dict[LevelName, float]:
        """For each level the probability that a statement is right down to that level and wrong below it.

        A witness may be right about the country and wrong about the city. So the reliability falls from the country to
        the statement's own level, and each level takes the difference to the next. What the shares leave of 1 is the
        probability that the statement is wrong altogether. Levels that add nothing are left out.
        """
        depth = LEVELS.index(evidence.level)
        r = [self.of(evidence, level) for level in LEVELS[: depth + 1]]
        for i in range(depth - 1, -1, -1):
            r[i] = max(r[i], r[i + 1])
        steps = {level: r[i] - (r[i + 1] if i < depth else 0.0) for i, level in enumerate(LEVELS[: depth + 1])}
        return {level: share for level, share in steps.items() if share > 0}


def _begins(witness: str, name: str) -> bool:
    """Whether a witness is meant by a name: itself, or what begins so where the name ends with "*"."""
    return witness == name or (name.endswith("*") and witness.startswith(name[:-1]))


AT_ITS_WORD = Reliabilities(gamma=0.3, rows=(Row(witness="*", kind="*", level="*", r=0.999),))
"""Everything said is believed: the baseline of asking a model once."""


def load_reliabilities(path: Path | None = None) -> Reliabilities:
    """The table of how far witnesses are believed, from the file `path` or, without it, the one that ships with
    geoagent.

    Raises ConfigError where the file cannot be read or is no such table.
    """
    source = path if path is not None else files("geoagent") / "data" / "reliabilities.json"
    try:
        return Reliabilities.model_validate_json(source.read_bytes())
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise ConfigError(f"cannot read the reliabilities in {source}: {why}; write them anew") from error
