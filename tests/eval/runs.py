"""Runs to report on: points by hand, and traces whose texts try to break out of the page."""

from pathlib import Path

from geoagent import GeoAgent
from geoagent.case.evidence import Step
from geoagent.geo import Point
from geoagent.runs.run_folder import Manifest, Result, append, dataset_hash, open_run
from geoagent.runs.samples import Sample

ATTACK = "<script>alert(1)</script>"
PARIS, ROME, LIMA = Point(lat=48.85, lon=2.35), Point(lat=41.9, lon=12.5), Point(lat=-12.05, lon=-77.05)


def points(folder: Path, answers: dict[str, tuple[Point, Point | None]]) -> Path:
    """An imported run: for each id the true point and the answered one."""
    samples = [Sample(id=i, point=truth) for i, (truth, _) in answers.items()]
    open_run(folder, Manifest(mode="imported", dataset="points", dataset_hash=dataset_hash(samples)), samples)
    append(folder, [Result(id=i, point=answer) for i, (_, answer) in answers.items()])
    return folder


def hostile_run(parent: Path, agent: GeoAgent) -> Path:
    """A run with traces, whose names, questions and chains try to break out of the page."""
    photo = Path(__file__).parents[2] / "examples" / "photos" / "spain_zaragoza.jpg"
    file = agent.prior(photo)
    step = Step(node="propose", statement=f"Seen: {ATTACK} \u202e & \"quotes\" 'too'", support="unsupported")
    trace = file.trace.model_copy(update={"steps": (step,)})
    prediction = file.prediction.model_copy(update={"chain": (step,)})
    hostile = file.model_copy(update={"trace": trace, "prediction": prediction})
    tags = {"difficulty": f"{ATTACK}hard"}
    samples = [
        Sample(
            id=f"=1+1{ATTACK}", images=(str(photo),), question=f"</style>{ATTACK}", country="ES", point=PARIS, tags=tags
        ),
        Sample(id="plain", images=("/nowhere.jpg",), country="JP", granularity="country", tags={"difficulty": "easy"}),
        Sample(id="broken", country="PE", point=LIMA),
    ]
    folder = parent / "<b>run|`x`"
    open_run(folder, Manifest(mode="agent", dataset="test", dataset_hash=dataset_hash(samples)), samples)
    append(folder, [Result(id=samples[0].id, trace=hostile), Result(id="plain", trace=file)])
    append(folder, [Result(id="broken", fault=f"bad photo {ATTACK}")])
    return folder
