"""The records of a case (its nouns): what was seen (clues), what that implies (evidence), and what was concluded
(candidates, verdicts, steps).

They are frozen and validated, and do no input or output. The id of a record is a hash of its content: branches that run
in parallel give equal records equal ids, and a record that was edited by hand no longer loads.
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
    "terrain", "sky", "people", "object", "landmark", "metadata", "hint", "post", "correction", "picture",
    "other",
]  # fmt: skip
PictureKind = Literal["ground", "aerial", "satellite", "indoor", "screenshot", "drawing", "map"]
"""What kind of picture a photo is."""
Witness = Annotated[str, Field(pattern=r"^[a-z0-9_:./-]{1,80}$")]
"""Who says it: "ocr", "exif", "user", "post", "vlm", or "tool:NAME"."""


LONGEST_CLUE, LONGEST_POST = 2000, 20_000
"""Characters that the value of a clue may have, and that of a text which somebody wrote."""


class Noun(Frozen):
    """A record of a case with an id: the letter `prefix`, then the first 12 hexadecimal digits of the SHA-256 of its
    content.

    `unhashed` names fields that the hash leaves out. `added` names fields that schema version 1 did not have: the hash
    leaves them out while they hold their default, so that a record of version 1 keeps its id. Validation raises
    ValueError where a given `id` does not match the content.
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
        """A validated copy in which the fields `changes` have other values; its id is computed anew from its
        content.
        """
        return type(self).model_validate({**dict(self), "id": "", **changes})


class Clue(Noun):
    """An observation: something seen in a photo, read from its file, or said by the user.

    `value` is what was seen or read, in words, and `witness` who says so. `view` is the number of the view that shows
    it, and `box` its place there, in fractions of that view; None where it has no place in a picture. A clue of the
    kind *text* belongs to the scene; what is written over the picture, such as a caption or a watermark, is an
    *overlay*; what somebody wrote about the place elsewhere is a *post*.

    Where a clue of the kind *metadata* tells them, `focal_mm` is the focal length in equivalents of 35 mm film, and
    `heading_deg` where the camera looked, clockwise from true north. A clue of the kind *picture* says what kind of
    `picture` it is.
    """

    prefix = "c"
    added = frozenset({"focal_mm", "heading_deg", "picture"})
    kind: ClueKind
    value: Annotated[str, Field(min_length=1, max_length=LONGEST_POST)]
    view: int | None = None
    box: Box | None = None
    witness: Witness
    confidence: Unit = 1.0
    focal_mm: Annotated[float | None, Field(ge=5, le=2000)] = None
    heading_deg: Annotated[float | None, Field(ge=0, lt=360)] = None
    picture: PictureKind | None = None

    @model_validator(mode="after")
    def _is_not_endless(self) -> Self:
        if self.kind != "post" and len(self.value) > LONGEST_CLUE:
            raise ValueError(f"the value of a clue has at most {LONGEST_CLUE} characters")
        return self


LookOutcome = Literal["confirmed", "different", "not_visible"]


class SecondLook(Noun):
    """What a model says of the part of a photo in which one of its clues lies, when it is shown that part alone and not
    told the clue.

    `clue` is the id of the clue, `said` what the model read or saw there. `outcome`: the clue is "confirmed"; something
    "different" is there; or nothing of the kind is visible ("not_visible").
    """

    prefix = "l"
    clue: Id
    witness: Witness
    outcome: LookOutcome
    said: Annotated[str, Field(max_length=300)] = ""


class Evidence(Noun):
    """What a clue, a tool's result or a model's opinion implies about where the photo was taken: a likelihood over
    places.

    - `statement` says it in words, `likelihood` as numbers, and `level` how finely it speaks of places.
    - `clues` are the ids of the clues that it came from, and `call` that of the tool call.
    - `witness` and `kind` choose the row of the table of reliabilities by which it is believed.
    - Pieces of one `group` arose from one observation, and are discounted together.
    - `supersedes` names earlier pieces that this one replaces. `seen` names the evidence that the witness had been
      shown before it spoke, which counts in one group with this piece.
    - `quote` is the part of a text that it rests on, and `answer` what that was taken for: "taxi" in the table of
      words, "es" as a language.
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
    """The ids of the earlier pieces of evidence that `item` replaces; empty where it replaces none."""
    if item.supersedes is None:
        return ()
    return (item.supersedes,) if isinstance(item.supersedes, str) else item.supersedes


class PlacePath(Frozen):
    """A place by its names, from coarse to fine; a part that is not known or not meant is None.

    `key` is the smallest area of the atlas round it, where the atlas knows one. As text it runs from fine to coarse,
    "Lyon, Auvergne-Rhône-Alpes, France", and is "?" where it has no name.
    """

    country: str | None = None
    region: str | None = None
    city: str | None = None
    street: str | None = None
    key: Area | None = None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.street, self.city, self.region, self.country) if part) or "?"


class Candidate(Noun):
    """A place that somebody put forward as the answer.

    `point` is where in it, if that was said; `proposer` is who put it forward. `evidence` holds the ids of the evidence
    for it, and `because` the reason in the model's words, if any.
    """

    prefix = "p"
    added = frozenset({"because"})
    place: PlacePath
    point: Point | None = None
    proposer: Witness
    evidence: tuple[Id, ...] = ()
    because: Annotated[str, Field(max_length=300)] = ""


class Spot(Noun):
    """A street or a point: a place finer than any row of the atlas, as a circle of `radius_km` round `point`.

    `evidence` is the id of the piece of evidence that gave rise to it. A spot takes part of the probability of each row
    of the atlas in whose footprint it lies: as much as it covers of that footprint.
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
    """How far one piece of evidence favours a candidate over its rival, in log odds (natural logarithm).

    `evidence` is its id. A negative value favours the rival.
    """

    evidence: Id
    log_odds: LogOdds


class Check(Frozen):
    """A call that would tell a candidate from its rival: a tool with its arguments, or the tool "observe" with a
    question about the photo.

    `expected` is what the call should give if the photo was taken at the candidate, `rival_expected` if at the rival;
    both are empty where any of several results would do.
    """

    tool: Annotated[str, Field(max_length=80)]
    arguments: dict[str, Any] = Field(default_factory=dict)
    expected: str = ""
    rival_expected: str = ""


class Verdict(Noun):
    """The outcome of weighing a candidate against its strongest rival. It never moves the belief; only new evidence
    does.

    `candidate` and `rival` are ids of candidates; they are compared at one `level`. `log_odds` are the log odds of the
    candidate against the rival in the belief; `leanings` what each piece of evidence makes up of that, the strongest
    first, and the prior makes up the rest. `supporting` and `opposing` are the ids of the evidence that clearly favours
    the candidate or the rival. `settles` are calls that would tell the two apart.
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
    """The record of one tool call: the tool, its arguments, how it ended, and what it gave back.

    `text` is the result as the model is shown it, `data` the result for programs. `status` is "invalid" for arguments
    that the tool refuses, and "unavailable" where it could not answer. `at` (when the call was made, UTC) and
    `elapsed_s` (the seconds that it took) do not count in its id.
    """

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
    """A sentence of a model's argument for its answer, or against it, with the ids of the records that it `cites`.

    `kind` says what step of an argument it is (observation, knowledge, check, elimination, conclusion) and `level` what
    level of the answer it is about; None where the model did not say. `place` is the place that a conclusion states.
    Once the sentence is recorded as a `Step`, that step holds the citations.
    """

    statement: Annotated[str, Field(min_length=1, max_length=1000)]
    cites: tuple[Id, ...] = ()
    kind: ArgumentKind | None = None
    level: LevelName | None = None
    stance: Stance = "for"
    place: str | None = None


class Step(Noun):
    """One sentence of the log of the run, with the ids of the records that it rests on.

    `node` names the node of the graph that wrote it. `support` tells what stands behind the statement: "record", it was
    rendered from the cited records; "cited", a model says it and cites a tool call or another witness; "seen", a model
    says it and cites what it alone has seen; "unsupported", a model says it and nothing recorded backs it up. `renders`
    is the id of the piece of evidence, call or verdict that the statement puts into words; None where it is made of
    several records, or of none. `claim` is what a model said in its conclusion.
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
    *elimination* says why a rival fell; a *conclusion* says what is left. `level` is the level of the answer that the
    sentence is about, `stance` whether it speaks for the answer or against it. `log_odds` says by how much it favours
    the answer, as a natural logarithm of odds: a country against all other countries, a finer place against its
    strongest rival. `weight` says as much in a word, such as "strong". `support` has the meanings that `Step` gives.
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
    """One exchange between a model and the tools (thought, tool call, result), as the model is shown it again at its
    next turn.

    `action` names the tool and `observation` is its result in words. `views` are the numbers of the views shown with
    it, `brought` the ids of the clues and the evidence that it added.
    """

    thought: str
    action: str
    arguments: dict[str, Any]
    observation: str
    views: tuple[int, ...] = ()
    brought: tuple[Id, ...] = ()
