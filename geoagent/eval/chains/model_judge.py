"""A judge behind any OpenAI-compatible server: asked with a JSON Schema at temperature 0, its answers kept on disk."""

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
    """A judge of reasoning chains that asks a model.

    An unusable answer is a JudgeError, never a score, and is not kept. `where` is the server's address: answers are
    kept apart by it, since two servers may give one name to two models. `protocol` says in which words points and
    chains are judged.
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
        """For each point its support by all of the other chain's points, from 0 to 100, one question a point.

        Raises JudgeError.
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
        """The points of two chains, judged in one call: what each is and how far it is supported. Raises JudgeError.

        The model does not see the photo: that every point is true of it stays assumed.
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
        """Precision and recall of two whole chains in two numbers, as GeoRC's script asks it. Raises JudgeError."""
        said = self._ask(render("judge_georc_chains", candidate=candidate, reference=reference).text, WholeVerdict)
        return said.precision, said.recall

    def rubric(self, candidate: Sequence[str], reference: Sequence[str]) -> Rubric:
        """The four marks of GeoEval's rubric for a chain against a reference. Raises JudgeError."""
        said = self._ask(render("judge_rubric", candidate=candidate, reference=reference).text, MarksVerdict)
        return Rubric(said.completeness, said.features, said.correlation, said.coherence)

    def truths(self, points: Sequence[str], picture: str) -> list[bool]:
        """Whether each point is true of a photo, given as a data URL. Raises JudgeError."""
        return [self._ask(render("judge_truth", point=point).text, TruthVerdict, picture).true for point in points]

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The key points (short clauses without place names) of each line. Raises JudgeError."""
        found = (self._ask(render("judge_keys", point=point).text, KeysVerdict).keys for point in points)
        return [[key.strip().lower() for key in keys if key.strip()] for keys in found]

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """For each key point 1 if one of the other chain's key points means the same, else 0. Raises JudgeError."""
        said = (self._ask(render("judge_match", key=key, others=others).text, MatchVerdict).match for key in keys)
        return [float(1 <= number <= len(others)) for number in said]

    def is_same_answer(self, question: str, gold: str, answer: str) -> bool:
        """Whether an answer to a question says what the right answer says. Raises JudgeError."""
        prompt = render("judge_answer", question=question, gold=gold, answer=answer)
        return self._ask(prompt.text, AnswerVerdict).correct == "yes"

    def blind_chain(self, scene: Scene, lines: int, country: str) -> tuple[str, ...]:
        """A chain that the model makes up for a photo that it has not seen, knowing the place; a baseline.

        Raises JudgeError.
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
