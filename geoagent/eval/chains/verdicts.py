"""The forms in which model judges are asked to answer, and what of an answer counts as a verdict."""

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from geoagent.eval.chains.georc_text import georc_points
from geoagent.reasoners.vlm.json_values import apart, values_in

LONGEST_REASON = 300
Mark = Annotated[int, Field(ge=1, le=5)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
_TRUTH = re.compile(r"\b(true|false)\b", re.IGNORECASE)


class JudgeVerdict(BaseModel):
    """The form of a model judge's answer: a JSON object, of which only known fields count."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The data of an answer that holds no JSON object; None where it states no verdict."""
        return None


V = TypeVar("V", bound=JudgeVerdict)


class PrecisionVerdict(JudgeVerdict):
    """A model judge's answer to GeoRC's question how far one point is supported.

    For recall the same question is asked.
    """

    score: Percent = Field(validation_alias=AliasChoices("precision", "recall", "score"))


class PointVerdict(JudgeVerdict):
    """A model judge's answer on one point: how far it is supported, and by which points."""

    score: Percent = Field(validation_alias=AliasChoices("score", "precision", "recall"))
    by: Annotated[int, Field(ge=0, le=1000)] = 0
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class ChainPoint(JudgeVerdict):
    """One point in a model judge's answer on two whole chains."""

    kind: Literal["observation", "restatement", "conclusion", "contradiction"]
    support: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class ChainsVerdict(JudgeVerdict):
    """A model judge's answer on two whole chains, point by point."""

    candidate: Annotated[list[ChainPoint], Field(max_length=200)]
    reference: Annotated[list[ChainPoint], Field(max_length=200)]


class WholeVerdict(JudgeVerdict):
    """Both chains in two numbers, as GeoRC asks it."""

    precision: Percent
    recall: Percent


class MarksVerdict(JudgeVerdict):
    """A model judge's answer with the four marks of GeoEval's rubric."""

    completeness: Mark
    features: Mark
    correlation: Mark
    coherence: Mark


class TruthVerdict(JudgeVerdict):
    """A model judge's answer whether a line is true of a photo: a field, or else the last "true" or "false" in the
    text.
    """

    true: bool

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The last "true" or "false" in an answer without a JSON object."""
        words = _TRUTH.findall(said)
        return {"true": words[-1].lower() == "true"} if words else None


class AnswerVerdict(JudgeVerdict):
    """Whether an answer says what the right one says, in GeoBrowse's words."""

    correct: Literal["yes", "no"]


class KeysVerdict(JudgeVerdict):
    """A model judge's answer with the key points of one line: short clauses without place names.

    GeoRC's own form divides them by "|".
    """

    keys: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=50)]

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The key points in an answer that divides them by "|"."""
        parts = [part.strip() for part in said.rpartition("LIST:")[2].split("|")]
        return {"keys": [part for part in parts if part]} if len(parts) > 1 else None


class MatchVerdict(JudgeVerdict):
    """The number of the key that means the same, 0 for none."""

    match: Annotated[int, Field(ge=0, le=10_000)]


class BlindVerdict(JudgeVerdict):
    """A chain that is made up by a model that knows the place and has not seen the photo."""

    points: Annotated[list[str], Field(min_length=1, max_length=50)]

    @model_validator(mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("points"), list):
            return {"points": georc_points("\n".join(map(str, value["points"])))}
        return value

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The lines of an answer as the points of a chain."""
        return {"points": said.splitlines()} if said.strip() else None


def read_verdict(text: str, form: type[V]) -> V:
    """The last verdict of a form outside the thinking of an answer. Raises ValueError.

    Nothing is mended, since that could make a score up.
    """
    said = apart(text)[0]
    values = values_in(said)[::-1] or [form.of_prose(said)]
    fault: ValidationError | None = None
    for value in values:
        try:
            return form.model_validate(value)
        except ValidationError as error:
            fault = error
    raise ValueError("no verdict") from fault
