"""A judge behind any OpenAI-compatible server: asked with a JSON Schema at temperature 0, its answers kept on disk."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geoagent.errors import ConfigError, ModelError
from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError, Support
from geoagent.eval.chains.scores import ChainScore, JudgedPoint, Rubric, RubricScore, single_call
from geoagent.files.folders import CACHE, claim
from geoagent.names import printable
from geoagent.prompts import render
from geoagent.reasoners.vlm.forms import form_of
from geoagent.reasoners.vlm.json_values import apart, values_in
from geoagent.reasoners.vlm.model_server import ModelServer

SECONDS = 300.0
LONGEST_REASON = 300
Mark = Annotated[int, Field(ge=1, le=5)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _PointAnswer(_Answer):
    score: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    by: Annotated[int, Field(ge=0, le=1000)] = 0
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class _ChainPoint(_Answer):
    kind: Literal["observation", "restatement", "conclusion", "contradiction"]
    support: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _ChainsAnswer(_Answer):
    candidate: Annotated[list[_ChainPoint], Field(max_length=200)]
    reference: Annotated[list[_ChainPoint], Field(max_length=200)]


class _RubricAnswer(_Answer):
    completeness: Mark
    features: Mark
    correlation: Mark
    coherence: Mark


A = TypeVar("A", bound=_Answer)


class AnswerCache:
    """Answers by the hash of server, model and question, in one SQLite file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        claim(path.parent, CACHE)
        try:
            self._file = sqlite3.connect(path, check_same_thread=False)
            self._file.execute("CREATE TABLE IF NOT EXISTS answer (question TEXT PRIMARY KEY, text TEXT)")
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"{path}: the judge's answers cannot be kept there: {error}") from error
        self._lock = threading.Lock()

    def get(self, question: str) -> str | None:
        """The answer that is kept, None where there is none."""
        with self._lock:
            row = self._file.execute("SELECT text FROM answer WHERE question = ?", (question,)).fetchone()
        return str(row[0]) if row else None

    def put(self, question: str, text: str) -> None:
        """Keep an answer."""
        with self._lock, self._file:
            self._file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (question, text))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class ModelJudge:
    """Asks a model. What it answers is checked; garbage is a JudgeError, never a score, and is not kept.

    `where` is the server's address: answers are kept apart by it, since two servers may give one name to two models.
    """

    def __init__(self, server: ModelServer, where: str, cache: AnswerCache | None = None) -> None:
        self.name = server.model
        self._where = where
        self._server = server
        self._cache = cache

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """GeoRC's s(point | all the other's points), one question a point. Raises JudgeError."""
        return [self._support(point, others) for point in points]

    def _support(self, point: str, others: Sequence[str]) -> Support:
        said = self._ask(render("judge_point", point=point, others=others).text, _PointAnswer)
        by = said.by - 1 if said.score > 0 and 1 <= said.by <= len(others) else None
        return Support(said.score, by, printable(said.reason))

    def judge_chains(
        self, candidate: Sequence[str], reference: Sequence[str]
    ) -> tuple[list[JudgedPoint], list[JudgedPoint]]:
        """Both chains judged in one call, point by point, as `scores.single_call` takes them. Raises JudgeError.

        The model does not see the photo: that every point is true of it stays assumed.
        """
        said = self._ask(render("judge_chains", candidate=candidate, reference=reference).text, _ChainsAnswer)
        if (len(said.candidate), len(said.reference)) != (len(candidate), len(reference)):
            raise JudgeError(
                f"{self.name} judged {len(said.candidate)} and {len(said.reference)} points "
                f"of {len(candidate)} and {len(reference)}"
            )
        mine, theirs = ([JudgedPoint(p.support, p.kind) for p in side] for side in (said.candidate, said.reference))
        return mine, theirs

    def rubric(self, candidate: Sequence[str], reference: Sequence[str]) -> Rubric:
        """GeoEval's four marks. Raises JudgeError."""
        said = self._ask(render("judge_rubric", candidate=candidate, reference=reference).text, _RubricAnswer)
        return Rubric(said.completeness, said.features, said.correlation, said.coherence)

    def _ask(self, question: str, form: type[A]) -> A:
        key = hashlib.sha256(json.dumps([self._where, self.name, question]).encode()).hexdigest()
        kept = self._cache.get(key) if self._cache else None
        text = kept if kept is not None else self._send(question, form)
        answer = self._read(text, form)
        if self._cache and kept is None:
            self._cache.put(key, text)
        return answer

    def _send(self, question: str, form: type[A]) -> str:
        messages = [{"role": "user", "content": question}]
        try:
            replies, _ = self._server.complete(messages, SECONDS, form=("verdict", form_of(form)))
        except ModelError as error:
            raise JudgeError(str(error)) from error
        return replies[0].text or replies[0].thought

    def _read(self, text: str, form: type[A]) -> A:
        """The last verdict outside the thinking; nothing is mended, since that could make a score up."""
        fault: Exception | None = None
        for value in values_in(apart(text)[0])[::-1]:
            try:
                return form.model_validate(value)
            except ValidationError as error:
                fault = error
        raise JudgeError(f"{self.name} gave no verdict, but: {printable(text)[:80]!r}") from fault


def single_call_score(candidate: Chain, reference: Chain, judge: ModelJudge) -> ChainScore:
    """GeoRC's single-call score. A chain without points has P = R = 0; garbage from the judge is a fault, not a 0."""
    if not candidate.points or not reference.points:
        return ChainScore(candidate.id, 0.0, 0.0, 0.0)
    try:
        return ChainScore(candidate.id, *single_call(*judge.judge_chains(candidate.points, reference.points)))
    except JudgeError as error:
        return ChainScore(candidate.id, None, None, None, fault=str(error))


def rubric_score(candidate: Chain, reference: Chain, judge: ModelJudge) -> RubricScore:
    """GeoEval's four marks, or the fault of the judge."""
    try:
        return RubricScore(candidate.id, judge.rubric(candidate.points, reference.points))
    except JudgeError as error:
        return RubricScore(candidate.id, None, str(error))
