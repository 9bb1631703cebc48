"""Answers in every state that a report can meet, some of them hostile."""

from pathlib import Path

import numpy as np

from geoagent import GeoAgent, TraceFile
from geoagent.case.evidence import Candidate, Clue, Evidence, PlacePath, Step, ToolCall, Verdict
from geoagent.case.likelihood import Areas, Kernel
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace, extend
from geoagent.case.views import Box, PhotoRef
from geoagent.graph.conclude import read_out

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
ATTACK = "<script>alert(1)</script>"
ARABIC, HEBREW = "مطعم السلام للمأكولات البحرية الطازجة", "רחוב הרצל 12, תל אביב"
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
NAMES = ("done", "degraded", "failed", "unknown", "several", "hostile", "many", "differs")


def states(agent: GeoAgent) -> dict[str, TraceFile]:
    """One answer for each name."""
    done = agent.trace(PHOTOS / "spain_zaragoza.jpg")
    nothing = agent.prior(PHOTOS / "nowhere_plain.jpg")
    found = {
        "done": done,
        "degraded": _changed(done, status="degraded", notes=("the model server went away: connection refused",)),
        "failed": _changed(_moved(nothing), status="degraded", notes=("the model server never answered",)),
        "unknown": agent.trace(PHOTOS / "nowhere_plain.jpg"),
        "several": agent.trace(
            *(PHOTOS / f"{name}.jpg" for name in ("spain_zaragoza", "france_lyon", "sweden_uppsala"))
        ),
        "hostile": _hostile(agent, done),
        "many": _many(agent, nothing),
        "differs": _differs(done),
    }
    assert tuple(found) == NAMES
    return found


def _changed(file: TraceFile, **changes: object) -> TraceFile:
    return file.model_copy(update={"prediction": file.prediction.model_copy(update=changes)})


def _moved(file: TraceFile) -> TraceFile:
    """The same, its photo being gone."""
    gone = tuple(ref.model_copy(update={"path": "/gone/photo.jpg"}) for ref in file.photos)
    return file.model_copy(update={"photos": gone})


def _differs(file: TraceFile) -> TraceFile:
    """An answer that its evidence does not give."""
    first, *rest = file.prediction.levels
    return _changed(file, levels=(first.model_copy(update={"probability": 0.6}), *rest))


def concluded(agent: GeoAgent, file: TraceFile, added: Trace, refs: tuple[PhotoRef, ...] = ()) -> TraceFile:
    """A run to which something is added, with the answer that follows."""
    trace, photos = extend(file.trace, added), refs or file.photos
    prediction = read_out(
        {"photos": photos, "trace": trace}, agent.resources.beliefs, "vlm", Usage(steps=3, model_calls=7)
    )
    able = Capabilities(name="vlm", can_be_asked_again=True)
    return file.model_copy(update={"photos": photos, "trace": trace, "reasoner": able, "prediction": prediction})


def _hostile(agent: GeoAgent, file: TraceFile) -> TraceFile:
    """Texts that break out of the page, run from right to left, or have nowhere to break."""
    values = (f"{ATTACK} \u202e", ARABIC, HEBREW, f'"><img src=x onerror=alert(1)> {LONG}', "</style></title>" + ATTACK)
    clues = tuple(
        Clue(
            kind="text", value=value, view=1, box=Box(x0=0.1 * n, y0=0.55, x1=0.1 * n + 0.08, y1=0.6), witness="vlm"
        )
        for n, value in enumerate(values)
    )  # fmt: skip
    call = ToolCall(
        tool="search_web", arguments={"query": f"{ATTACK} {LONG * 3}"}, status="ok", text=f"1. {ATTACK}\n2. {ARABIC}",
        data=[{"page": 'https://example.org/"onmouseover="alert(1)'}, {"page": "javascript:alert(1)"}],
    )  # fmt: skip
    said = Evidence(
        kind="opinion", witness="vlm", statement=f"in the model's opinion: {ATTACK}", group="opinion",
        likelihood=Areas(weights={"ES": 3}, elsewhere=1), clues=tuple(clue.id for clue in clues), call=call.id,
    )  # fmt: skip
    place = Candidate(place=PlacePath(country=ATTACK, city=LONG + ARABIC, key="IL"), proposer="vlm")
    verdict = Verdict(candidate=place.id, outcome="contradicted", opposing=(said.id,))
    steps = (
        Step(node="propose", statement=said.statement, cites=(said.id,), renders=said.id),
        Step(node="propose", statement=f"the model says: {LONG * 4} {HEBREW} </script>{ATTACK}", support="unsupported"),
        Step(node="investigate", statement=f"search_web: {ARABIC}", cites=(call.id, clues[1].id), support="cited"),
        Step(node="verify", statement=f"{LONG}: contradicted", cites=(verdict.id, said.id), renders=verdict.id),
    )
    added = Trace(
        clues=clues, calls=(call,), evidence=(said,), candidates=(place,), verdicts=(verdict,), steps=steps
    )  # fmt: skip
    return concluded(agent, file, added).model_copy(update={"hint": f"</script>{ATTACK}"})


def placed(agent: GeoAgent, file: TraceFile) -> TraceFile:
    """A run in which a map has found a place."""
    at = Kernel(lat=41.71, lon=-0.88, sigma_km=2.0)
    found = Evidence(
        kind="map_match", witness="tool:map_features", statement="the map knows this shop", likelihood=at,
        level="city", group="map",
    )  # fmt: skip
    step = Step(node="investigate", statement=found.statement, cites=(found.id,), renders=found.id)
    return concluded(agent, file, Trace(evidence=(found,), steps=(step,)))


def _many(agent: GeoAgent, file: TraceFile) -> TraceFile:
    """Sixty clues all over the photo, and a piece of evidence from each."""
    rng = np.random.default_rng(1)
    clues, evidence = [], []
    for n in range(60):
        x, y, w, h = rng.uniform((0, 0, 0.02, 0.01), (0.8, 0.9, 0.2, 0.1))
        box = Box(x0=float(x), y0=float(y), x1=float(x + w), y1=float(y + h))
        clues.append(Clue(kind="text", value=f"Sign number {n}", view=1, box=box, witness="ocr", confidence=0.9))
        likelihood = Areas(weights={("ES", "FR", "PT", "IT")[n % 4]: 2.0 + (n % 4 == 0)}, elsewhere=1)
        statement = f"sign {n} is of a kind that is common there"
        evidence.append(
            Evidence(
                kind="table", witness="ocr", statement=statement, likelihood=likelihood, group=f"sign {n}",
                clues=(clues[-1].id,),
            )
        )  # fmt: skip
    read = Step(node="perceive", statement="Read by OCR in photo 1: 60 signs", cites=tuple(clue.id for clue in clues))
    told = (Step(node="perceive", statement=e.statement, cites=(e.id,), renders=e.id) for e in evidence)
    steps = (read, *told)
    return concluded(agent, file, Trace(clues=tuple(clues), evidence=tuple(evidence), steps=steps))
