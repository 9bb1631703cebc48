"""Scores answers to the benchmark GeoBrowse, as its scripts write them: a model judges which are right."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.chains.judge import JudgeError
from geoagent.eval.metrics.intervals import Interval, proportion_interval
from geoagent.files.foreign_tables import records
from geoagent.plain_text import listed
from geoagent.runs.column_names import first, is_empty, plain_row

Same = Callable[[str, str, str], bool]
"""Whether an answer to a question says what the right answer says: question, right answer, answer."""
GIVEN = ("gen", "llm_answer", "answer", "response", "model_answer", "prediction")
GOLD = ("gold_text_answer", "gold_image_answer", "correct_answer")
"""The answer to the question of level 2, and the place, which is that of level 1."""
_MARKED = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
_FAILED = "generation failed after retries"


class Asked(NamedTuple):
    """A question of GeoBrowse, the right answer (`gold`), and the answer that a system gave; "" where it gave none."""

    question: str
    gold: str
    answer: str


class GeoBrowseScore(NamedTuple):
    """The score of answers to GeoBrowse: the share that is `right`.

    `faults` names the answers that could not be judged, with the reason; `remarks` say what was not read.
    """

    right: Interval
    faults: list[str]
    remarks: list[str]


def read_answered(path: Path, questions: Path | None) -> tuple[dict[str, Asked], list[str]]:
    """The answers in a file, by the question's id, and remarks on what was left out.

    `questions` is a file of GeoBrowse that has the questions and right answers, where the answers lack them, or None.
    Raises ConfigError where no answer has a right answer.
    """
    lost, lacking, twice = list[str](), list[str](), list[str]()
    told = [plain_row(raw) for _, raw in records(questions)] if questions else []
    known = {str(row.get("question_id")): row for row in told}
    found: dict[str, Asked] = {}
    for number, raw in records(path, lost):
        own = plain_row(raw)
        identity = str(first(own, ("question_id", "id")) or f"line {number}")
        row = {**known.get(identity, {}), **own}
        gold = first(row, GOLD)
        if gold is None:
            lacking.append(identity)
        elif identity in found:
            twice.append(identity)
        else:
            found[identity] = Asked(str(row.get("prompt") or row.get("question") or ""), str(gold), _answer(own))
    if not found:
        raise ConfigError(
            f"{path}: no row holds a right answer (gold_text_answer); name the questions with --questions"
        )
    kinds = (
        (lost, "lines are no JSON objects, left out"),
        (lacking, "answers have no right answer beside them, left out"),
        (twice, "further answers to a question, left out"),
        ([i for i, asked in found.items() if not asked.answer], "questions have no answer, and count as misses"),
    )
    return found, [f"{len(names)} {what}: {listed(names)}" for names, what in kinds if names]


def _answer(row: Mapping[str, Any]) -> str:
    """What was answered: the part that is marked so, or all; nothing where the system says that it failed."""
    value = first(row, GIVEN)
    text = "" if is_empty(value) else str(value).strip()
    marked = _MARKED.findall(text)
    said = marked[-1].strip() if marked else text
    return "" if said.lower().startswith(_FAILED) else said


def score_answers(answered: Mapping[str, Asked], remarks: list[str], same: Same, workers: int = 1) -> GeoBrowseScore:
    """The share of answers that are right, as `same` judges them: it takes question, right answer and answer.

    A question without an answer is a miss; one that cannot be judged does not count. `workers` answers are judged at a
    time. `remarks` are passed on. Raises ConfigError where none could be judged.
    """

    def judged(asked: Asked) -> bool | str:
        try:
            return bool(asked.answer) and same(*asked)
        except JudgeError as error:
            return str(error)

    with ThreadPoolExecutor(workers) as pool:
        found = dict(zip(answered, pool.map(judged, answered.values()), strict=True))
    known = [right for right in found.values() if isinstance(right, bool)]
    faults = [f"{identity}: {right}" for identity, right in found.items() if isinstance(right, str)]
    if not known:
        raise ConfigError(f"no answer could be judged: {faults[0]}")
    return GeoBrowseScore(proportion_interval(sum(known), len(known)), faults, remarks)
