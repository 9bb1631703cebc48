"""Answers made up for tests of what is shown: no photo is read, and no belief is computed."""

from typing import Any

from geoagent import Prediction, TraceFile
from geoagent.case.evidence import ArgumentStep, Evidence, Step
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Influence, Level, Undetermined, Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.case.views import PhotoRef
from geoagent.geo import Point

EVIDENCE = Evidence(
    kind="domain", witness="ocr", statement="a web address ends in .es", group="domain",
    likelihood=Areas(weights={"ES": 5.0}, elsewhere=1.0),
)  # fmt: skip
PATH = (
    ("country", "Spain", "ES", 0.999), ("region", "Aragon", "ES.52", 0.99), ("city", "Zaragoza", None, 0.98),
)  # fmt: skip


def step(statement: str, weight: str = "", log_odds: float | None = None, **more: Any) -> ArgumentStep:
    """A sentence of an argument."""
    given = {"kind": "knowledge", "level": "country", "statement": statement, "weight": weight, "log_odds": log_odds}
    return ArgumentStep.model_validate({**given, **more})


ARGUMENT = (
    step("Signs read Zaragoza.", kind="observation"),
    step("The words are Spanish.", "moderate", 1.5),
    step("A number looks Spanish.", "slight", 0.5),
    step("The address ends in .es.", "strong", 3.0),
    step("The address lies in Zaragoza.", "decisive", 6.0),
    step("Not Mexico: its addresses end otherwise.", "decisive", 9.0, kind="elimination"),
    step("Against Spain: cars drive on the left.", "slight", -0.6, stance="against"),
    step("So the photo was almost certainly taken in Zaragoza.", kind="conclusion"),
)


def made(photos: int = 1, is_known: bool = True, has_position: bool | None = False, **changes: Any) -> TraceFile:
    """An answer: Zaragoza, or what is changed of it; `is_known` says whether anything found tells where."""
    refs = tuple(
        PhotoRef(path=f"/home/me/photo {n}.jpg", id=f"{n:016x}", width=640, height=480, has_position=has_position)
        for n in range(1, photos + 1)
    )
    chain = (Step(node="perceive", statement=EVIDENCE.statement, cites=(EVIDENCE.id,), renders=EVIDENCE.id),)
    levels = [
        Level.model_validate({"level": level, "name": name, "code": code, "probability": p, "stated": is_known})
        for level, name, code, p in PATH
    ]
    fields = {
        "photo": refs[0].id, "photos": tuple(ref.id for ref in refs), "reasoner": "rules", "status": "complete",
        "levels": tuple(levels), "point": Point(lat=41.65606, lon=-0.87734), "radius_km_50": 4.0, "radius_km_90": 8.5,
        "area_km2_50": 50.0, "area_km2_90": 230.0, "regions": (), "alternatives": (), "chain": chain,
        "argument": ARGUMENT, "verdicts": (), "usage": Usage(steps=1, seconds=2.0),
        "influences": (Influence(evidence=EVIDENCE.id, odds_ratio=90.0),) if is_known else (),
        "undetermined": (
            Undetermined(level="street", reason="no evidence is this fine"),
            Undetermined(level="point", reason="no evidence is this fine"),
        ),
    }  # fmt: skip
    return TraceFile(
        geoagent="0", photos=refs, hint="", settings={}, reasoner=Capabilities(name="rules"),
        trace=Trace(evidence=(EVIDENCE,), steps=chain), prediction=Prediction.model_validate({**fields, **changes}),
    )  # fmt: skip
