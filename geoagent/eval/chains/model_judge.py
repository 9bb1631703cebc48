"""A judge of chains behind an OpenAI-compatible server: asked with a JSON Schema, its answers kept on disk."""

import hashlib
import json
from collections.abc import Sequence

from geoagent.errors import ModelError
from geoagent.eval.chains.answer_cache import JudgeCache
from geoagent.eval.chains.georc_folder import Scene
from geoagent.eval.chains.georc_text import Protocol
from geoagent.eval.chains.judge import JudgeError, Support
from geoagent.eval.chains.scores import JudgedPoint, Rubric
from geoagent.eval.chains.verdicts import (
    AnswerVerdict,
    BlindVerdict,
    ChainsVerdict,
    JudgeVerdict,
    KeysVerdict,
    MarksVerdict,
    MatchVerdict,
    PointVerdict,
    PrecisionVerdict,
    TruthVerdict,
    V,
    WholeVerdict,
    read_verdict,
)
from geoagent.plain_text import printable
from geoagent.prompts import render
from geoagent.reasoners.vlm.json_schemas import form_of
from geoagent.reasoners.vlm.model_server import ModelServer

SECONDS = 300.0


class ModelJudge:
    """A judge of chains of reasoning that asks a model server.

    `where` is the server's address. Answers are kept in `cache` by server, model and question, so that each question is
    asked once. By the `protocol` "georc" it is asked in GeoRC's words. An answer that is unusable raises JudgeError and
    is not kept.
    """

    def __init__(
        self, server: ModelServer, where: str, cache: JudgeCache | None = None, protocol: Protocol = "ours"
    ) -> None:
        self.name = server.model
        self.where = where
        self.protocol = protocol
        self._server = server
        self._cache = cache

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """For each of the `points` how far the points `others` of another chain support it, from 0 to 100.

        The model is asked once for each point. By the protocol "georc" it does not say which point supports it. Raises
        JudgeError where an answer is unusable or the server fails.
        """
        return [self._support(point, others) for point in points]

    def _support(self, point: str, others: Sequence[str]) -> Support:
        if self.protocol == "georc":
            question = render("judge_georc_point", point=point, others=others).text
            return Support(self._ask(question, PrecisionVerdict).score, None)
        said = self._ask(render("judge_point", point=point, others=others).text, PointVerdict)
        by = said.by - 1 if said.score > 0 and 1 <= said.by <= len(others) else None
        return Support(said.score, by, printable(said.reason))

    def judge_chains(
        self, candidate: Sequence[str], reference: Sequence[str]
    ) -> tuple[list[JudgedPoint], list[JudgedPoint]]:
        """The points of two chains judged in one question: of each its kind and how far the other chain supports it.

        Returns those of the candidate, then those of the reference. The model does not see the photo, so every point is
        taken to be true. Raises JudgeError where the answer is unusable or lacks points.
        """
        said = self._ask(render("judge_chains", candidate=candidate, reference=reference).text, ChainsVerdict)
        if (len(said.candidate), len(said.reference)) != (len(candidate), len(reference)):
            raise JudgeError(
                f"{self.name} judged {len(said.candidate)} and {len(said.reference)} points "
                f"of {len(candidate)} and {len(reference)}"
            )
        mine, theirs = ([JudgedPoint(p.support, p.kind) for p in side] for side in (said.candidate, said.reference))
        return mine, theirs

    def judge_whole(self, candidate: Sequence[str], reference: Sequence[str]) -> tuple[float, float]:
        """Precision and recall, in this order, of a candidate chain against a reference, from 0 to 100.

        The model is asked as GeoRC's script asks it. Raises JudgeError where the answer is unusable or the server
        fails.
        """
        said = self._ask(render("judge_georc_chains", candidate=candidate, reference=reference).text, WholeVerdict)
        return said.precision, said.recall

    def rubric(self, candidate: Sequence[str], reference: Sequence[str]) -> Rubric:
        """The four marks of GeoEval's rubric for a candidate chain against a reference.

        Raises JudgeError where the answer is unusable or the server fails.
        """
        said = self._ask(render("judge_rubric", candidate=candidate, reference=reference).text, MarksVerdict)
        return Rubric(said.completeness, said.features, said.correlation, said.coherence)

    def truths(self, points: Sequence[str], picture: str) -> list[bool]:
        """Whether each of the `points` is true of a photo; `picture` is the photo as a data URL.

        Raises JudgeError where an answer is unusable or the server fails.
        """
        return [self._ask(render("judge_truth", point=point).text, TruthVerdict, picture).true for point in points]

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The key points of each of the `points`: short clauses without place names, in lower case.

        Raises JudgeError where an answer is unusable or the server fails.
        """
        found = (self._ask(render("judge_keys", point=point).text, KeysVerdict).keys for point in points)
        return [[key.strip().lower() for key in keys if key.strip()] for keys in found]

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """For each of the key points `keys` 1.0 where one of the key points `others` means the same, else 0.0.

        Raises JudgeError where an answer is unusable or the server fails.
        """
        said = (self._ask(render("judge_match", key=key, others=others).text, MatchVerdict).match for key in keys)
        return [float(1 <= number <= len(others)) for number in said]

    def is_same_answer(self, question: str, gold: str, answer: str) -> bool:
        """Whether the `answer` to a question says what the right answer `gold` says.

        Raises JudgeError where the model's verdict is unusable or the server fails.
        """
        prompt = render("judge_answer", question=question, gold=gold, answer=answer)
        return self._ask(prompt.text, AnswerVerdict).correct == "yes"

    def blind_chain(self, scene: Scene, lines: int, country: str) -> tuple[str, ...]:
        """A chain that the model makes up for a photo that it has not seen: a baseline for real chains.

        It is asked for `lines` points, and is told the scene's true point and the name of the `country`. Raises
        JudgeError where the answer is unusable or the server fails.
        """
        prompt = render("judge_blind", point=scene.point, country=country, lines=lines)
        return tuple(self._ask(prompt.text, BlindVerdict).points)

    def _ask(self, question: str, form: type[V], picture: str = "") -> V:
        parts = [self.where, self.name, question, *([picture] if picture else [])]
        key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        kept = self._cache.get(key) if self._cache else None
        text = kept if kept is not None else self._send(question, form, picture)
        try:
            verdict = read_verdict(text, form)
        except ValueError as error:
            raise JudgeError(f"{self.name} gave no verdict, but: {printable(text)[:80]!r}") from error
        if self._cache and kept is None:
            self._cache.put(key, text)
        return verdict

    def _send(self, question: str, form: type[JudgeVerdict], picture: str) -> str:
        content: object = question
        if picture:
            content = [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": picture}}]
        messages = [{"role": "user", "content": content}]
        try:
            replies, _ = self._server.complete(messages, SECONDS, form=("verdict", form_of(form)))
        except ModelError as error:
            raise JudgeError(str(error)) from error
        return replies[0].text or replies[0].thought
