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
    """The base of the forms in which a model judge answers: a JSON object of which only known fields count."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The data of an answer `said` that holds no JSON object; None where it states no verdict, as here.

        Forms that may be answered in prose have their own.
        """
        return None


V = TypeVar("V", bound=JudgeVerdict)


class PrecisionVerdict(JudgeVerdict):
    """A model judge's answer to GeoRC's question how far one point is supported, from 0 to 100.

    The question is the same for precision and for recall, so the score may stand under either name.
    """

    score: Percent = Field(validation_alias=AliasChoices("precision", "recall", "score"))


class PointVerdict(JudgeVerdict):
    """A model judge's answer on one point: how far it is supported, from 0 to 100.

    `by` is the number of the point that supports it, counted from 1; 0 for none.
    """

    score: Percent = Field(validation_alias=AliasChoices("score", "precision", "recall"))
    by: Annotated[int, Field(ge=0, le=1000)] = 0
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class ChainPoint(JudgeVerdict):
    """One point in a model judge's answer on two chains: its kind, and how far the other chain supports it, 0 to 1."""

    kind: Literal["observation", "restatement", "conclusion", "contradiction"]
    support: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class ChainsVerdict(JudgeVerdict):
    """A model judge's answer on two whole chains: a verdict on each point of either, in order."""

    candidate: Annotated[list[ChainPoint], Field(max_length=200)]
    reference: Annotated[list[ChainPoint], Field(max_length=200)]


class WholeVerdict(JudgeVerdict):
    """A model judge's answer on two whole chains in two numbers from 0 to 100, as GeoRC asks for them."""

    precision: Percent
    recall: Percent


class MarksVerdict(JudgeVerdict):
    """A model judge's answer with the four marks of GeoEval's rubric, each from 1 to 5."""

    completeness: Mark
    features: Mark
    correlation: Mark
    coherence: Mark


class TruthVerdict(JudgeVerdict):
    """A model judge's answer whether a statement is true of a photo.

    It stands in a field, or else is the last "true" or "false" in the text.
    """

    true: bool

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The last "true" or "false" in an answer in prose, as data of the form; None where there is neither."""
        words = _TRUTH.findall(said)
        return {"true": words[-1].lower() == "true"} if words else None


class AnswerVerdict(JudgeVerdict):
    """A model judge's answer whether an answer to a question of GeoBrowse says what the right one says."""

    correct: Literal["yes", "no"]


class KeysVerdict(JudgeVerdict):
    """A model judge's answer with the key points of one statement: short clauses without place names.

    GeoRC's own form divides them by "|", which is read too.
    """

    keys: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=50)]

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The key points in an answer in prose that divides them by "|", as data of the form; None without "|"."""
        parts = [part.strip() for part in said.rpartition("LIST:")[2].split("|")]
        return {"keys": [part for part in parts if part]} if len(parts) > 1 else None


class MatchVerdict(JudgeVerdict):
    """A model judge's answer which of some key points means the same as one: its number, counted from 1; 0 for none."""

    match: Annotated[int, Field(ge=0, le=10_000)]


class BlindVerdict(JudgeVerdict):
    """A model's answer with the points of a chain that it makes up, knowing the place but not the photo."""

    points: Annotated[list[str], Field(min_length=1, max_length=50)]

    @model_validator(mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("points"), list):
            return {"points": georc_points("\n".join(map(str, value["points"])))}
        return value

    @classmethod
    def of_prose(cls, said: str) -> Any:
        """The lines of an answer in prose, as data of the form; None where it is empty."""
        return {"points": said.splitlines()} if said.strip() else None


def read_verdict(text: str, form: type[V]) -> V:
    """The last verdict of a `form` that an answer states outside its thinking.

    Nothing is mended, since that could make up a score. Raises ValueError where there is no verdict.
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
