"""Whether a photo was taken where somebody says it was: what speaks for it, what against, and what would settle it."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from geoagent.agent import GeoAgent
from geoagent.atlas.place_in_words import OnePlace, one_place
from geoagent.belief import Belief
from geoagent.belief.chronolocation import clock_ahead_s, clock_of, height_in_words, shadows_in_words, sun_at
from geoagent.belief.claimed_place import EVEN, Outcome, Standing, weigh
from geoagent.belief.leader_and_rival import Contest, Place, contest_between
from geoagent.belief.readout import rank_cities, rank_countries, rank_divisions
from geoagent.belief.sun_band import sun_evidence
from geoagent.case.evidence import Evidence, Id, LevelName
from geoagent.case.likelihood import Sun
from geoagent.case.trace import TraceFile
from geoagent.case.views import Frozen
from geoagent.errors import ConfigError
from geoagent.geo import Area, Point
from geoagent.graph.argument import target
from geoagent.graph.evidence_sentences import excludes, sentence
from geoagent.graph.leader_checks import settling
from geoagent.plain_text import printable, with_article
from geoagent.reading.sun_measurement import (
    ClockTime,
    UnusableMeasure,
    read_time,
    time_in_words,
)
from geoagent.settings import Settings
from geoagent.tools.core.call_words import check_in_words

WITHIN_KM = 10.0
TELLING = math.log(1.5)
"""The log odds from which on a piece of evidence is a reason."""
DAY_S = 86_400.0


class Reason(Frozen):
    """A piece of evidence for or against a claimed place, in words, at the level at which it tells most.

    `factor` is by how much it alone changes the odds of the claim there, below 1 against it; `cites` are the ids of the
    records behind it.
    """

    statement: str
    level: LevelName
    factor: float
    cites: tuple[Id, ...]


class LevelOutcome(Frozen):
    """How a claimed place stands at one level: how many times likelier the evidence is in the claimed area than in the
    rest of the next larger one.

    `name` is that area, `rest` names that rest, and `factor` is the number.
    """

    level: LevelName
    name: str
    rest: str
    outcome: Outcome
    factor: float


class Verification(Frozen):
    """The outcome of `geoagent verify`: whether a photo was taken where somebody says.

    - `outcome` is "supported", "possible" or "contradicted". `probability` is that of the place against elsewhere,
      `beforehand` what it was before the photo was looked at, and `factor` by how much the evidence changed its odds.
    - `place`, `area` and `point` are the claimed place; `within_km` is how near it the photo had to be, None where its
      area counts; `time` is the claimed time in words.
    - `levels` has how the claim stands from the country down, `settles` what would tell more, and `remarks` what is
      known of the claimed time.
    - `answer` is where the photo was taken by the same evidence without any claim; `status` is that of the solved case.
    """

    photo: str
    place: str
    area: Area | None
    point: Point
    within_km: float | None
    time: str | None
    outcome: Outcome
    probability: float
    beforehand: float
    factor: float
    levels: tuple[LevelOutcome, ...]
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    remarks: tuple[str, ...]
    settles: tuple[str, ...]
    answer: str
    status: str


class Claimed(NamedTuple):
    """A claim on where (and perhaps when) a photo was taken, and what was measured of the sun in it.

    `place` is a name or "LAT,LON". `within_km` is how near it the photo has to be; None takes the named area, or 10 km
    of a point. `beforehand` is the probability of the claim before the photo is looked at; "atlas" takes that of the
    atlas.
    """

    place: str
    within_km: float | None = None
    time: ClockTime | None = None
    suns: Sequence[Sun] = ()
    beforehand: float | Literal["atlas"] = EVEN


def verify(
    photo: str | Path,
    place: str,
    *,
    within_km: float | None = None,
    time: str | None = None,
    beforehand: float | Literal["atlas"] = EVEN,
    agent: GeoAgent | None = None,
) -> Verification:
    """Whether a photo was taken at a place, which is given by name or as "LAT,LON"; the photo is solved for that.

    `within_km`, `time` and `beforehand` are those of `Claimed`; `agent` does the solving, by default one of the default
    settings. Raises ConfigError for a place or time that is not understood, ImageError where the photo cannot be read.
    """
    try:
        claimed = Claimed(place, within_km, read_time(time) if time else None, (), beforehand)
    except UnusableMeasure as error:
        raise ConfigError(f"time: {error}") from error
    agent = agent or GeoAgent(Settings())
    checked = check_claimed(claimed, agent)
    return verification(claimed, checked, agent.trace(photo), agent)


def check_claimed(claimed: Claimed, agent: GeoAgent) -> OnePlace:
    """Look the claimed place up, and check the numbers of the claim, before any work is done.

    Raises ConfigError where the place is unknown or ambiguous, or a number is out of range.
    """
    if claimed.beforehand != "atlas" and not 0 < claimed.beforehand < 1:
        raise ConfigError('beforehand: a probability between 0 and 1, or "atlas"')
    if claimed.within_km is not None and not 0.05 <= claimed.within_km <= 20_000:
        raise ConfigError("within_km must be between 0.05 and 20,000 km")
    place = one_place(agent.resources.beliefs.atlas, claimed.place)
    if not place.exact and claimed.within_km is not None and place.area is not None and place.area.level != "city":
        raise ConfigError(f"within_km: {place.name} is no point; name a town, or give LAT,LON")
    return place


def verification(claimed: Claimed, place: OnePlace, file: TraceFile, agent: GeoAgent) -> Verification:
    """The outcome for a claim, given its place (by `check_claimed`) and the trace of the solved photo.

    What was measured of the sun (`claimed.suns`) joins the evidence of the trace.
    """
    trace, beliefs = file.trace, agent.resources.beliefs
    held = trace.ids()
    measured = [item for item in sun_evidence(claimed.suns) if item.id not in held]
    belief = beliefs.of([*trace.evidence, *measured], trace.spots)
    within_km = claimed.within_km if claimed.within_km is not None else WITHIN_KM if place.exact else None
    weighed = weigh(place, within_km, belief, None if claimed.beforehand == "atlas" else claimed.beforehand)
    reasons = list(_reasons(weighed.standings, file, belief))
    return Verification(
        photo=Path(file.photos[0].path).name, place=place.name, area=place.area, point=place.point,
        within_km=within_km, time=_time_in_words(claimed.time),
        outcome=weighed.outcome, probability=weighed.probability, beforehand=weighed.beforehand, factor=weighed.factor,
        levels=tuple(
            LevelOutcome(level=s.level, name=s.name, rest=s.rest, outcome=s.outcome, factor=s.factor)
            for s in weighed.standings
        ),
        reasons_for=tuple(reason for reason in reasons if reason.factor > 1),
        reasons_against=tuple(reason for reason in reasons if reason.factor < 1),
        remarks=tuple(_remarks(claimed, place, file, belief)),
        settles=tuple(_settles(weighed.standings, place, claimed, file, belief)),
        answer=_answer(file), status=file.prediction.status,
    )  # fmt: skip


def _reasons(standings: Sequence[Standing], file: TraceFile, belief: Belief) -> Iterator[Reason]:
    """Each piece of evidence at the level at which it tells most for the claim, and against it; the strongest first."""
    strongest: dict[tuple[Id, bool], tuple[float, Standing, Evidence]] = {}
    for standing in standings:
        for item, lean in standing.leans:
            side = (item.id, lean > 0)
            if side not in strongest or abs(lean) > abs(strongest[side][0]):
                strongest[side] = (lean, standing, item)
    clues = {clue.id: clue for clue in file.trace.clues}
    for lean, standing, item in sorted(strongest.values(), key=lambda found: (-abs(found[0]), found[2].id)):
        if abs(lean) < TELLING:
            continue
        said = item.statement
        if standing.area is not None and lean > 0:
            said = sentence(item, target(Place(standing.area), belief), clues)
        elif standing.area is not None:
            said = f"Against {target(Place(standing.area), belief)}: {excludes(item, clues)}."
        cites = (item.id, *item.clues, *([item.call] if item.call else []))
        yield Reason(statement=printable(said), level=standing.level, factor=math.exp(lean), cites=cites)


def _remarks(claimed: Claimed, place: OnePlace, file: TraceFile, belief: Belief) -> Iterator[str]:
    """What is known of the claimed time: where the sun stood, and what the clock of the camera showed."""
    time = claimed.time
    if time is None:
        return
    here = clock_of(belief.atlas, place.point, place.row)
    sun = Sun(**time._asdict(), direction_deg=0)
    if time.since == time.until:
        stood = sun_at(here, sun.middle, clock_ahead_s(sun, here))
        yield f"At the claimed time and place {height_in_words(stood)}; {shadows_in_words(stood)}."
    yield from _by_the_file(time, file)


def _by_the_file(time: ClockTime, file: TraceFile) -> Iterator[str]:
    """What the camera's clock says of a claimed time, where the metadata of the file may be read as evidence."""
    from geoagent.photo import read_shot

    if not file.settings.get("allow_exif_gps") or file.settings.get("no_shortcuts"):
        return
    shot = read_shot(Path(file.photos[0].path))
    if shot.clock is None:
        return
    taken = read_time(shot.clock)
    off_s = max((time.since - taken.since).total_seconds(), (taken.since - time.until).total_seconds(), 0.0)
    says = "agrees with that" if off_s < 3600 else f"is {_duration(off_s)} off; clocks of cameras are often set wrong"
    if 3600 <= off_s <= DAY_S:
        says = f"is {_duration(off_s)} off, as much as another time zone makes"
    yield f"The camera's clock showed {taken.since:%Y-%m-%d %H:%M}, which {says}."


def _duration(seconds: float) -> str:
    return f"{seconds / DAY_S:,.0f} days" if seconds > DAY_S else f"{seconds / 3600:.0f} hours"


def _settles(
    standings: Sequence[Standing], place: OnePlace, claimed: Claimed, file: TraceFile, belief: Belief
) -> Iterator[str]:
    """What would tell the place from its strongest rival, at the first level at which the claim is not settled."""
    open_ones = [standing for standing in standings if standing.outcome == "possible"]
    if not open_ones:
        return
    area = open_ones[0].area
    rival = _rival(area, belief) if area is not None else None
    if area is not None and rival is not None:
        contest: Contest = contest_between(Place(area), Place(rival), belief)
        names = [str(target(Place(one), belief)) for one in (area, rival)]
        for check in settling(contest, file.trace, belief):
            yield check_in_words(check.tool, check.arguments, (check.expected, check.rival_expected), names)
    if open_ones[-1].level in ("city", "point") and not file.settings.get("online"):
        yield "names of streets and shops in the photo, looked up on a map (--online)"
    if claimed.time is not None and not claimed.suns:
        yield "a shadow: measure it and give --height and --shadow, or --shadow-direction"
    if not file.settings.get("vlm"):
        yield "a model that sees what the photo shows besides text (--vlm URL)"


def _rival(area: Area, belief: Belief) -> Area | None:
    """The most probable other place of the level, in the same country below that of countries."""
    rank = {"country": rank_countries, "region": rank_divisions}.get(area.level, rank_cities)
    around = area.parent if area.level != "country" else None
    others = (region.key for region in rank(belief, 200))
    return next((o for o in others if o != area and (around is None or (around.contains(o) and o != around))), None)


def _answer(file: TraceFile) -> str:
    """Where the photo was taken by the same evidence, without a claim."""
    stated = [level for level in file.prediction.levels if level.stated]
    if file.prediction.is_unknown or not stated:
        return "not known"
    names = [level.name if level.level != "country" else with_article(level.name) for level in reversed(stated)]
    return ", ".join(dict.fromkeys(names))


def _time_in_words(time: ClockTime | None) -> str | None:
    return None if time is None else time_in_words(Sun(**time._asdict(), direction_deg=0))
