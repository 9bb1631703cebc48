"""How far each kind of witness is to be believed: data, in one file."""

import hashlib
import json
import math
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geoagent.case.evidence import LEVELS, Evidence, LevelName
from geoagent.errors import ConfigError


class Row(BaseModel):
    """How far a witness is to be believed in one kind of statement at one level; "*" is any."""

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


Scatter = tuple[tuple[float, float], ...]
SCATTERS: dict[str, Scatter] = {
    "street": ((0.35, 0.1), (0.35, 0.4), (0.2, 1.6)),
    "city": ((0.2, 0.12), (0.35, 0.55), (0.33, 2.4)),
    "region": ((0.3, 3.0), (0.4, 25.0)),
    "country": ((0.2, 3.0), (0.3, 40.0)),
    "rough": ((0.4, 0.75), (0.45, 3.2)),
}
"""How far off the coordinates are that a model states, by the finest level that it names: the weight and the standard
deviation in km of each Gaussian; the rest is anywhere in that place. For cities from 1,159 recorded answers that name
the right one (GPT-5 and Qwen3-VL-235B, recorded by Thinking-with-Map, Apache-2.0): half lie within 0.4 and 1.1 km of
the truth; "rough" are those with fewer than four decimals (40 answers, half within 2.5 km). The others by judgement.
"""


class Calibration(BaseModel):
    """What the probability q that a witness states for a place of a level is worth: logit c = shift + slope · logit q.

    `most` bounds it where little is known of the witness. "*" is any witness or level.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    witness: str
    level: str
    shift: float = 0.0
    slope: Annotated[float, Field(gt=0, le=10)] = 1.0
    most: Annotated[float, Field(gt=0, le=0.999999)] = 0.999999
    source: str

    def of(self, stated: float) -> float:
        """The calibrated probability."""
        if stated <= 0:
            return 0.0
        q = min(stated, 0.999999)
        return min(self.most, 1 / (1 + math.exp(-(self.shift + self.slope * math.log(q / (1 - q))))))


class Reliabilities(BaseModel):
    """The share of its statements that a witness has reason to make, by level, and γ, the discount inside a group.

    `most` is what no fit may raise a row above: what has no source is not to be believed because it did well once. What
    a witness states with probabilities of its own is calibrated instead (`calibrations`), and its points are spread
    (`scatters`). A temperature, of a witness by the part of its name before the colon, divides its log ratios; 1 where
    none is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    gamma: Annotated[float, Field(ge=0, lt=1)]
    rows: tuple[Row, ...]
    calibrations: tuple[Calibration, ...] = ()
    scatters: dict[str, Scatter] = Field(default_factory=SCATTERS.copy)
    temperatures: dict[str, Annotated[float, Field(ge=1, le=10)]] = Field(default_factory=dict)
    comment: str = ""

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], Row]:
        return {(row.witness, row.kind, row.level): row for row in self.rows}

    @cached_property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the table as canonical JSON, its comment aside."""
        text = json.dumps(self.model_dump(mode="json", exclude={"comment"}), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def of(self, evidence: Evidence, level: LevelName) -> float:
        """How far a statement is to be believed at a level."""
        return self.known(evidence.witness, evidence.kind, level)

    def known(self, witness: str, kind: str, level: LevelName) -> float:
        """How far such statements are to be believed."""
        row = self.row(witness, kind, level)
        return row.r if row else 0.5

    def row(self, witness: str, kind: str, level: LevelName) -> Row | None:
        """The most specific row for a witness, a kind of statement and a level."""
        for who in (witness, witness.partition(":")[0], "*"):
            for what in (kind, "*"):
                for at in (level, "*"):
                    if (who, what, at) in self._index:
                        return self._index[who, what, at]
        return None

    def calibrated(self, witness: str, level: str, stated: float) -> float:
        """What a stated probability is worth: by the most specific calibration, as it stands where there is none."""
        return self.calibration(witness, level).of(stated)

    def calibration(self, witness: str, level: str) -> Calibration:
        """The calibration of a witness at a level: of the longest beginning of its name that has one."""
        fitting = [c for c in self.calibrations if c.level in (level, "*") and _begins(witness, c.witness)]
        best = max(fitting, key=lambda c: (len(c.witness.strip("*")), c.level != "*"), default=None)
        return best or Calibration(witness="*", level="*", source="as stated")

    def temperature(self, evidence: Evidence) -> float:
        """What the log ratios of a statement are divided by."""
        return self.temperatures.get(evidence.witness.partition(":")[0], 1.0)

    def shares(self, evidence: Evidence) -> dict[LevelName, float]:
        """With which probability a statement holds down to each level and no further; the rest is that it fails.

        A witness may well be right about the country and wrong about the city: r falls from country to the statement's
        own level, and each level takes the difference. Levels that add nothing are left out.
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
    """The table from a file, or the one that ships with the package. Raises ConfigError."""
    source = path if path is not None else files("geoagent") / "data" / "reliabilities.json"
    try:
        return Reliabilities.model_validate(json.loads(source.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigError(f"cannot read the reliabilities in {source}: {error}") from error
