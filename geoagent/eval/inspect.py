"""A dataset, the agent and the scores as inspect_ai's task, solver and scorer: `inspect eval geoagent/geolocate`.

The solver is the agent, with the settings of the environment and of the TOML file. Any other solver of inspect_ai can
take its place: the photos are part of the question, and the answer is read from what it writes. The scores of a sample
are those of `geoagent eval score`.
"""

import asyncio
import json
import math
from functools import cache
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Asked
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageUser, Content, ContentImage, ContentText, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from geoagent.agent import GeoAgent
from geoagent.atlas import open_atlas
from geoagent.case.prediction import Prediction
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError, GeoAgentError, ModelError
from geoagent.eval.answers.parsing import parse_lenient
from geoagent.eval.datasets.recipes import load_any
from geoagent.eval.metrics.figures import COARSE
from geoagent.eval.metrics.judged import Row, judge, number, run_beliefs
from geoagent.eval.metrics.scores import ACCURACY_KM, geoscore, within
from geoagent.geo import Point
from geoagent.report.chain_file import points
from geoagent.runs.run_folder import Result
from geoagent.runs.samples import Sample
from geoagent.runs.trace_files import opened
from geoagent.settings import Settings, read_settings

QUESTION = (
    "Where was this taken? Say what you see and what follows from it, and end with one JSON object: country, region, "
    "city, lat, lon."
)
SCORES = ("country_right", "region_right", "city_right", "in_place", "bits", "seconds", "dollars")
"""The scores of a sample that are kept by their names, as far as they apply."""


@task
def geolocate(dataset: str, folder: str | None = None, vlm: str | None = None, model_name: str | None = None) -> Task:
    """A task of inspect_ai: the agent solves a dataset, and its answers are scored as `geoagent eval score` does.

    `dataset` is what `geoagent eval run` takes, `folder` where a named dataset's files lie. `vlm` is the model server's
    address, `model_name` the model's name on it. Raises ConfigError where the dataset cannot be read, or where no
    sample has a photo and a known place.
    """
    settings = read_settings({"vlm": vlm, "model": model_name})
    samples = load_any(dataset, Path(folder) if folder else None, lambda: open_atlas(settings.cache))
    placed = [sample for sample in samples if sample.images and (sample.point or sample.country)]
    if not placed:
        raise ConfigError(f"{dataset}: none of its samples has a photo and a known place")
    asked = MemoryDataset([_asked(sample) for sample in placed], name=Path(dataset).name)
    return Task(dataset=asked, solver=agent(vlm, model_name), scorer=place())


def _asked(sample: Sample) -> Asked:
    """A sample in inspect_ai's form; the truth lies in its metadata, which no solver is shown."""
    content: list[Content] = [ContentText(text="\n".join(filter(None, (sample.question, QUESTION))))]
    content += [ContentImage(image=image) for image in sample.images]
    at = f"{sample.point.lat}, {sample.point.lon}" if sample.point else None
    names = [sample.city, sample.region, sample.country, at]
    return Asked(
        id=sample.id,
        input=[ChatMessageUser(content=content)],
        target=", ".join(filter(None, names)),
        metadata={"sample": sample.model_dump(mode="json")},
    )


@solver
def agent(vlm: str | None = None, model_name: str | None = None) -> Solver:
    """The agent as a solver of inspect_ai; what it finds goes into the transcript as soon as it is found.

    The trace goes into the sample's metadata. `vlm` is the model server's address, `model_name` the model's name on it.
    A photo that cannot be read is a missing answer. Raises ModelError where the server never answers.
    """
    settings = read_settings({"vlm": vlm, "model": model_name})
    opened_once = cache(lambda: GeoAgent(settings))

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        sample = Sample.model_validate(state.metadata["sample"])
        try:
            file = await _followed(opened_once(), sample)
        except ModelError:
            raise
        except GeoAgentError as error:
            state.metadata["fault"] = str(error)
            return state
        state.metadata["trace"] = file.model_dump(mode="json")
        state.output = ModelOutput.from_content(_called(settings), _written(file.prediction))
        state.messages.append(state.output.message)
        return state

    return solve


def _called(settings: Settings) -> str:
    return f"geoagent/{settings.model or 'embedded'}"


def _written(prediction: Prediction) -> str:
    """The argument of an answer, and the answer as the question asks for it."""
    told: dict[str, str | float] = {level.level: level.name for level in prediction.levels if level.stated}
    if prediction.points_somewhere and prediction.point:
        told |= {"lat": prediction.point.lat, "lon": prediction.point.lon}
    return "\n".join([*points(prediction), json.dumps(told, ensure_ascii=False)])


async def _followed(geoagent: GeoAgent, sample: Sample) -> TraceFile:
    """The trace of a sample; each step stands in the transcript, by its node, as soon as it is made."""
    events = geoagent.follow(*sample.images, hint=sample.question)
    while not isinstance(event := await asyncio.to_thread(next, events), TraceFile):
        for step in event.added.steps:
            transcript().info(step.statement, source=f"geoagent {step.node}")
    return event


@scorer(metrics={"*": [mean(), stderr()]})
def place() -> Scorer:
    """The scores of `geoagent eval score` as a scorer of inspect_ai; another solver's answer is read from its text.

    A score that does not apply to a sample is NaN, which inspect_ai leaves out of its means.
    """
    beliefs = cache(lambda: run_beliefs(read_settings({}).cache))

    async def score(state: TaskState, target: Target) -> Score:
        sample = Sample.model_validate(state.metadata["sample"])
        result = _result(state, sample)
        row = await asyncio.to_thread(judge, result, sample, beliefs())
        point = result.trace.prediction.point if result.trace else result.point
        said = state.output.completion.splitlines()[-1:]
        return Score(
            value=_values(row, point, sample), answer="".join(said), explanation=_explained(row), metadata=dict(row)
        )

    return score


def _result(state: TaskState, sample: Sample) -> Result:
    """What was answered, as a run keeps it."""
    if "trace" in state.metadata:
        return Result(id=sample.id, trace=opened(state.metadata["trace"]))
    read = parse_lenient(state.output.completion)
    country = (read.country_code or read.country) if read else None
    return Result(id=sample.id, point=read.point if read else None, country=country, fault=state.metadata.get("fault"))


def _values(row: Row, point: Point | None, sample: Sample) -> dict[str, float]:
    """The scores by name; NaN, which inspect_ai leaves out of its means, where one does not apply."""
    found = {name: number(row, name) for name in SCORES}
    truth = None if sample.granularity in COARSE else sample.point
    found |= {f"within_{k:g}_km": within(point, truth, k).value if truth else None for k in ACCURACY_KM}
    found["geoscore"] = geoscore(point, truth).value if truth else None
    return {name: math.nan if value is None else value for name, value in found.items()}


def _explained(row: Row) -> str:
    distance = row.get("distance_km")
    apart = f"{distance:.3g} km from the true point" if isinstance(distance, float) else "no point was answered"
    return str(row["fault"]) if row.get("fault") else apart
