"""The nouns: what was seen, what it implies, what was concluded. Frozen, validated, no I/O.

The id of a noun is a hash of its content, so branches that run in parallel agree on it, and a noun that was edited by
hand no longer loads.
"""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from geoagent.case.likelihood import Statement
from geoagent.case.views import Box, Frozen, Unit
from geoagent.geo import Area, Point

Id = str
LevelName = Literal["country", "region", "city", "street", "point"]
LEVELS: tuple[LevelName, ...] = ("country", "region", "city", "street", "point")

ClueKind = Literal[
    "text", "overlay", "script", "language", "road", "vehicle", "plate", "sign", "architecture", "vegetation",
    "terrain", "sky", "people", "object", "landmark", "metadata", "hint", "correction", "other",
]  # fmt: skip
Witness = Annotated[str, Field(pattern=r"^[a-z0-9_:./-]{1,80}$")]
"""Who says it: "ocr", "exif", "user", "vlm", or "tool:NAME"."""


class Noun(Frozen):
    """A record of a case with an id: a letter and the first 12 hexadecimal digits of the SHA-256 of its content.

    Fields named in `unhashed` are left out of the hash. Fields named in `added`, which version 1 did not have, are left
    out while they hold their default, so that a noun of version 1 keeps its id.
    """

    prefix: ClassVar[str]
    unhashed: ClassVar[frozenset[str]] = frozenset()
    added: ClassVar[frozenset[str]] = frozenset()
    id: Id = ""

    @model_validator(mode="after")
    def _identify(self) -> Self:
        unsaid = {name for name in self.added if getattr(self, name) == type(self).model_fields[name].default}
        content = self.model_dump(mode="json", exclude={"id", *self.unhashed, *unsaid})
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        expected = f"{self.prefix}{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        if self.id and self.id != expected:
            raise ValueError(f"id {self.id} does not match the content, whose id is {expected}")
        object.__setattr__(self, "id", expected)
        return self

    def replace(self, **changes: Any) -> Self:
        """A validated copy with other content, hence another id."""
        return type(self).model_validate({**dict(self), "id": "", **changes})


class Clue(Noun):
    """An observation: something seen in a photo, read from its file, or said by the user.

    A *text* is one of the scene; what is written over the picture, such as a caption or a watermark, is an *overlay*.

    Where a clue of metadata tells them, `focal_mm` is the focal length in equivalents of 35 mm film, and `heading_deg`
    where the camera looked, clockwise from true north.
    """

    prefix = "c"
    added = frozenset({"focal_mm", "heading_deg"})
    kind: ClueKind
    value: Annotated[str, Field(min_length=1, max_length=2000)]
    view: int | None = None
    box: Box | None = None
    witness: Witness
    confidence: Unit = 1.0
    focal_mm: Annotated[float | None, Field(ge=5, le=2000)] = None
    heading_deg: Annotated[float | None, Field(ge=0, lt=360)] = None


LookOutcome = Literal["confirmed", "different", "not_visible"]


class SecondLook(Noun):
    """What a model says of the cut-out part of a photo in which one of its clues lies, when it is not told the clue.

    `said` is what it read or saw there. The clue is *confirmed*, something *different* is there, or nothing of the kind
    is visible (*not_visible*).
    """

    prefix = "l"
    clue: Id
    witness: Witness
    outcome: LookOutcome
    said: Annotated[str, Field(max_length=300)] = ""


class Evidence(Noun):
    """What a clue, a tool's result or a model's opinion implies about where the photo was taken: a likelihood over
    places.

    `likelihood` says where, `level` how fine; `clues` and `call` are what it came from. `kind` and `witness` say which
    row of the reliabilities counts. `quote` is the part of a text that it rests on, and `answer` what that was taken
    for: "taxi" in the table of words, "es" as a language. Pieces of one `group` arose from one observation and are
    discounted together. `supersedes` names earlier pieces that this one replaces. `seen` names the evidence that the
    witness had been shown before it spoke; that evidence counts in one group with this piece.
    """

    prefix = "e"
    added = frozenset({"quote", "answer"})
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    witness: Witness
    statement: Annotated[str, Field(min_length=1, max_length=2000)]
    likelihood: Statement
    level: LevelName = "country"
    group: Annotated[str, Field(min_length=1, max_length=200)]
    clues: tuple[Id, ...] = ()
    call: Id | None = None
    supersedes: Id | tuple[Id, ...] | None = None
    seen: tuple[Id, ...] = ()
    quote: Annotated[str, Field(max_length=200)] = ""
    answer: Annotated[str, Field(max_length=80)] = ""


TAKEN_BACK = "taken_back"
"""The kind of evidence by which a person takes a correction back: what that had replaced counts again."""


def superseded(item: Evidence) -> tuple[Id, ...]:
    """The ids of the earlier pieces of evidence that this one replaces."""
    if item.supersedes is None:
        return ()
    return (item.supersedes,) if isinstance(item.supersedes, str) else item.supersedes


class PlacePath(Frozen):
    """A place by its names, from coarse to fine; `key` is the area of the atlas, where the atlas knows it."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    street: str | None = None
    key: Area | None = None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.street, self.city, self.region, self.country) if part) or "?"


class Candidate(Noun):
    """A place that somebody put forward as the answer, with the ids of the evidence for it and the model's reason,
    if any.
    """

    prefix = "p"
    added = frozenset({"because"})
    place: PlacePath
    point: Point | None = None
    proposer: Witness
    evidence: tuple[Id, ...] = ()
    because: Annotated[str, Field(max_length=300)] = ""


class Spot(Noun):
    """A street or a point: a place finer than any row of the atlas, with a centre and a radius in km.

    A spot takes part of the belief of each row in whose footprint it lies: as much as it covers of that footprint.
    `radius_km` is how far the spot reaches.
    """

    prefix = "k"
    name: str
    level: Literal["street", "point"] = "point"
    point: Point
    radius_km: Annotated[float, Field(gt=0)]
    evidence: Id


LogOdds = Annotated[float, Field(allow_inf_nan=False)]
"""A natural logarithm of odds between two places."""


class Leaning(Frozen):
    """How far one piece of evidence favours a candidate over its rival, in log odds.

    A negative value favours the rival.
    """

    evidence: Id
    log_odds: LogOdds


class Check(Frozen):
    """What would tell a candidate from its rival: a tool with its arguments, or the tool "observe" with a question to
    a viewer.

    `expected` is what it should give at the candidate, `rival_expected` what at the rival; empty where any of several
    results would do.
    """

    tool: Annotated[str, Field(max_length=80)]
    arguments: dict[str, Any] = Field(default_factory=dict)
    expected: str = ""
    rival_expected: str = ""


class Verdict(Noun):
    """The outcome of testing a candidate against its rival. It never moves the belief; only new evidence does.

    The candidate is weighed at one `level` against its strongest `rival` there, another candidate. `log_odds` are the
    odds between the two that the belief gives, `leanings` what of that each piece of evidence makes up, the strongest
    first; what is left is the prior. `settles` is what would tell the two apart. Supporting and opposing are the pieces
    that favour the one or the other clearly.
    """

    prefix = "v"
    added = frozenset({"level", "rival", "log_odds", "leanings", "settles"})
    candidate: Id
    outcome: Literal["confirmed", "plausible", "contradicted", "unverified"]
    supporting: tuple[Id, ...] = ()
    opposing: tuple[Id, ...] = ()
    level: LevelName | None = None
    rival: Id | None = None
    log_odds: LogOdds | None = None
    leanings: tuple[Leaning, ...] = ()
    settles: tuple[Check, ...] = ()


class ToolCall(Noun):
    """The record of one tool call. When it was made (UTC) and the seconds that it took do not count in its id."""

    prefix = "t"
    unhashed = frozenset({"elapsed_s", "at"})
    tool: str
    arguments: dict[str, Any]
    status: Literal["ok", "invalid", "unavailable"]
    text: str
    data: Any = None
    elapsed_s: float = 0.0
    at: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$")] = ""


Support = Literal["record", "cited", "seen", "unsupported"]
ArgumentKind = Literal["observation", "knowledge", "check", "elimination", "conclusion"]
Stance = Literal["for", "against"]


class Claim(Frozen):
    """A sentence of a model's argument: what kind of step it is, of which level, for its answer or against it.

    `place` is the place that a conclusion states. Where the sentence is recorded, its step holds the citations.
    """

    statement: Annotated[str, Field(min_length=1, max_length=1000)]
    cites: tuple[Id, ...] = ()
    kind: ArgumentKind | None = None
    level: LevelName | None = None
    stance: Stance = "for"
    place: str | None = None


class Step(Noun):
    """One sentence of the log of the run, with the ids of the records that it rests on.

    `support` tells what stands behind the statement: "record", it was rendered from the cited records; "cited", a model
    says it and cites a tool call or another witness; "seen", a model says it and cites what it alone has seen;
    "unsupported", a model says it and nothing recorded backs it up. `renders` is the piece of evidence, the call or the
    verdict that the statement puts into words; None where it is made of several records, or of none. `claim` is what a
    model said in its conclusion.
    """

    prefix = "s"
    added = frozenset({"renders", "claim"})
    node: str
    statement: Annotated[str, Field(min_length=1, max_length=4000)]
    cites: tuple[Id, ...] = ()
    support: Support = "record"
    renders: Id | None = None
    claim: Claim | None = None


class ArgumentStep(Frozen):
    """One sentence of the argument for an answer, with its kind, level, weight and citations.

    `kind`: an *observation* is what a photo shows; *knowledge* is what that implies; a *check* is what a tool found; an
    *elimination* says why a rival fell; a *conclusion* says what is left. `level` is what the sentence is about, and
    `stance` whether it speaks for the answer. `log_odds` says by how much it favours the answer, as a natural log:
    the country over all others, a finer place over its strongest rival; `weight` says the same in words. `support` is
    that of a `Step`.
    """

    kind: ArgumentKind
    level: LevelName
    stance: Stance = "for"
    statement: Annotated[str, Field(min_length=1, max_length=200)]
    cites: tuple[Id, ...] = ()
    weight: Annotated[str, Field(max_length=20)] = ""
    log_odds: LogOdds | None = None
    support: Support = "record"


class Turn(Frozen):
    """One exchange of the ReAct loop (thought, tool call, result), as the model is shown it again at its next turn.

    `brought` holds the ids of the clues and the evidence that were added by it.
    """

    thought: str
    action: str
    arguments: dict[str, Any]
    observation: str
    views: tuple[int, ...] = ()
    brought: tuple[Id, ...] = ()
