"""What a hint says about where: reads a user's sentence, in English or in the common forms of other languages."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue, Evidence, LevelName, Spot
from geoagent.case.likelihood import Areas, Band, Kernel, Likelihood
from geoagent.geo import Area, Point
from geoagent.reading.false_hits import false_hits
from geoagent.reading.hints.areas import named_areas, whole_regions
from geoagent.reading.hints.mentioned_in_passing import take_passing
from geoagent.reading.hints.mentions import with_capitals
from geoagent.reading.hints.places import coarsest, find_places
from geoagent.reading.hints.relative import names_city
from geoagent.reading.hints.words import in_plain_english, language_tags
from geoagent.reading.languages import signage_shares

HINT_KM = 0.1
"""How exact a point in a hint is: the radius that holds 95 % of its kernel, 2.45 standard deviations."""
_DECIMAL = re.compile(
    r"(?<![\d.])(?P<lat>-?\d{1,2}\.\d{3,})°?\s*(?P<ns>[NS]?)\s*[,;\s]\s*"
    r"(?P<lon>-?\d{1,3}\.\d{3,})°?\s*(?P<ew>[EW]?)(?![\d.])"
)
_MINUTES = re.compile(
    r"(\d{1,2})\s*°\s*(\d{1,2})\s*['′’]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''))?\s*([NS])\W{1,3}"
    r"(\d{1,3})\s*°\s*(\d{1,2})\s*['′’]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''))?\s*([EW])"
)
_NOT = re.compile(
    r"\b(?:[Nn]ot|\w+n[’']t|[Cc]annot|[Nn]ever|[Rr]ul(?:e|es|ed|ing) out|(?:any\w+|everywhere) but|[Oo]ther than"
    r"|[Aa]part from|[Ee]xcept|[Oo]utside|[Ee]xcluding|[Nn]either|[Nn]or)\s+"
    r"(?:of |it's |it |is |be |been |for |in |from |at |within |part of |anywhere |taken |located |looks? like |like "
    r"|to |a |an |the |country of |city of |state of |province of )*"
    r"(?=[A-Z])(?P<what>[^.;!?]*?)(?=[.;!?]|,? (?:but|maybe|perhaps|possibly|probably|more likely"
    r"|it's|rather|so|I think|somewhere)\b|$)"
)
_BUT_NOT = re.compile(r"\b([Nn]ot|[Ii]sn't|[Oo]utside|[Nn]either)\b([^.;!?]*?),? but not\b(?![^.;!?]*\beither\b)")
_EXCEPT = re.compile(r"\b(?:except(?: for)?|excluding|other than|apart from)\b")
_ASKS = re.compile(
    r"[?？]|^\W*(?:please |bitte |por favor )?(?:based on|determine|identify|guess|find|tell|say|name|infer|locate"
    r"|can|where|which|what|who|when|how|wo|welche\w*|was|bestimme\w*|où|quel\w*|dans quel\w*|d[oó]nde|qu[eé]|cu[aá]l"
    r"|en qu[eé])\b"
    r"|哪|什么地方|何处",
    re.IGNORECASE,
)
"""What only asks says nothing, so that nothing in it is told as not understood."""
_UNSURE = re.compile(r"\b(?:not|isn't) (?:sure|certain|known|clear|only|just|necessarily)\b", re.IGNORECASE)
_SPEAKING = re.compile(
    r"\b(?P<a>[A-Z]\w+)[- ]speaking\b|\b(?:people|locals|they|residents) speak (?P<b>[A-Z]\w+)"
    r"|\b(?P<c>[A-Z]\w+) is (?:widely |mainly |commonly )?spoken|\b(?P<d>[Ff]ranco|[Aa]nglo|[Ll]uso|[Hh]ispano)phone\b"
)
_PHONES = {"franco": "French", "anglo": "English", "luso": "Portuguese", "hispano": "Spanish"}
_HEMISPHERE = re.compile(r"\b(?P<side>[Nn]orthern|[Ss]outhern) [Hh]emisphere\b|\b(?P<tropics>(?:the )?[Tt]ropics)\b")


class Unused(NamedTuple):
    """A part of a hint that is not used, as the user wrote it, and why: it names places in passing, or is not
    understood.
    """

    text: str
    reason: Literal["in passing", "not understood"]

    def told(self) -> str:
        """The line that tells the user that this part of the hint is not used."""
        if self.reason == "in passing":
            return f'not used of the hint: "{self.text}" does not say where the photo was taken'
        return f'not used of the hint: "{self.text}" was not understood'


class HintReading(NamedTuple):
    """What is understood of a user's hint (evidence and spots), and which parts of it are not used."""

    evidence: list[Evidence]
    spots: list[Spot]
    unused: tuple[Unused, ...] = ()


def read_hint(clue: Clue, atlas: Atlas) -> tuple[list[Evidence], list[Spot]]:
    """The evidence and the spots, in that order, that a user's hint gives; `clue` holds the hint."""
    reading = understand(clue, atlas)
    return reading.evidence, reading.spots


def understand(clue: Clue, atlas: Atlas) -> HintReading:
    """What is understood of a user's hint: a point, areas (in, near or between them), languages, what it excludes, and
    what is not used.

    Several names are options, each as probable as the others; a country or division that only locates a finer one is
    not. What a question asks for ("which city?") says nothing, nor does what is named in passing. `clue` holds the
    hint.
    """
    point = _coordinates(clue.value)
    if point is not None:
        return HintReading(*_hinted_point(clue, point, atlas))
    plain = with_capitals(_UNSURE.sub(",", in_plain_english(clue.value, atlas)), atlas)
    text, passing = take_passing(plain, atlas)
    found = list[Evidence]()
    text, languages = _take_languages(text, atlas)
    for statement, group, likelihood in (*languages, *_hemispheres(text)):
        found.append(_evidence(clue, statement, likelihood, group))
    text, excluded, spared = _take_negations(_HEMISPHERE.sub(",", text), atlas)
    where = find_places(text, excluded, atlas)
    if where.likelihood is not None:
        found.insert(0, _evidence(clue, where.statement, where.likelihood, level=where.level))
    if where.band is not None:
        found.append(_evidence(clue, f"{where.statement}, not on its other side", where.band, "hint:latitude"))
    if excluded:
        likelihood = Areas(weights=dict.fromkeys(excluded, 0.0), elsewhere=1.0)
        statement = f"the hint says that it is not {_named(excluded, plain, atlas, spared)}"
        found.append(_evidence(clue, statement, likelihood, "hint:not", coarsest(excluded)))
    unused = [
        *(Unused(part, "in passing") for part in passing),
        *(Unused(part, "not understood") for part in where.unknown),
    ]
    if not found and not unused and not _ASKS.search(clue.value):
        unused.append(Unused(clue.value, "not understood"))
    return HintReading(found, [], _as_written(unused, clue.value))


def _as_written(unused: list[Unused], hint: str) -> tuple[Unused, ...]:
    """The parts as they stand in the hint; where its words were put into English, all of it."""
    return tuple(dict.fromkeys(part if part.text in hint else part._replace(text=hint) for part in unused))


def _evidence(
    clue: Clue, statement: str, likelihood: Likelihood, group: str = "hint", level: LevelName = "country"
) -> Evidence:
    return Evidence(
        kind="hint", witness=clue.witness, statement=statement[:2000], clues=(clue.id,), group=group, level=level,
        likelihood=likelihood,
    )  # fmt: skip


def _coordinates(text: str) -> Point | None:
    found, minutes = _DECIMAL.search(text), _MINUTES.search(text)
    if minutes:
        d, m, s, ns, d2, m2, s2, ew = minutes.groups()
        lat, lon = float(d) + float(m) / 60 + float(s or 0) / 3600, float(d2) + float(m2) / 60 + float(s2 or 0) / 3600
    elif found:
        lat, lon, ns, ew = float(found["lat"]), float(found["lon"]), found["ns"], found["ew"]
    else:
        return None
    lat, lon = (-lat if ns == "S" else lat), (-lon if ew == "W" else lon)
    return Point(lat=lat, lon=lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _hinted_point(clue: Clue, point: Point, atlas: Atlas) -> tuple[list[Evidence], list[Spot]]:
    here = atlas.at(point)
    within = here.place.key.country_area if here.row is not None and here.place.key else None
    evidence = Evidence(
        kind="point",
        witness=clue.witness,
        statement=f"the hint gives the point {point.lat:.5f}, {point.lon:.5f}",
        likelihood=Kernel(lat=point.lat, lon=point.lon, sigma_km=HINT_KM / 2.45, within=within),
        level="point",
        group="hint",
        clues=(clue.id,),
    )
    case = Spot(name=f"{point.lat:.5f}, {point.lon:.5f}", point=point, radius_km=HINT_KM, evidence=evidence.id)
    return [evidence], [case]


def _take_languages(text: str, atlas: Atlas) -> tuple[str, list[tuple[str, str, Likelihood]]]:
    """The text without "French-speaking" and the like, and that as each country by its share of the language."""
    names = {
        found["a"] or found["b"] or found["c"] or _PHONES[found["d"].lower()] for found in _SPEAKING.finditer(text)
    }
    said = list[tuple[str, str, Likelihood]]()
    for name in sorted(names & set(language_tags())):
        shares = {area: row.get(language_tags()[name], 0.0) for area, row in signage_shares().items()}
        weights = {area: round(share, 6) for area, share in shares.items() if share > 0.1}
        if weights:
            likelihood = Areas(weights=weights, elsewhere=false_hits(weights, 0.02, atlas))
            said.append((f"the hint says that {name} is spoken there", "hint:language", likelihood))
    return _SPEAKING.sub(",", text), said


def _hemispheres(text: str) -> list[tuple[str, str, Likelihood]]:
    said = list[tuple[str, str, Likelihood]]()
    for found in _HEMISPHERE.finditer(text):
        south, north = (
            (-23.4, 23.4) if found["tropics"] else (0, 90) if found["side"].lower() == "northern" else (-90, 0)
        )
        said.append((f"the hint says {found[0]}", "hint:latitude", Band(south=south, north=north)))
    return said


def _take_negations(text: str, atlas: Atlas) -> tuple[str, list[Area], list[Area]]:
    """The text without what it says the place is not, the areas that this rules out, and those it makes exceptions of.

    "But not" after a "not" is one: "not in Asia or Africa, but not Egypt" leaves Egypt in.
    """
    excluded, spared = list[Area](), list[Area]()
    text = _BUT_NOT.sub(r"\1\2 except", text)
    for found in _NOT.finditer(text):
        what, *exceptions = _EXCEPT.split(found["what"], maxsplit=1)
        kept = [area for part in exceptions for area in named_areas(part, atlas)]
        outside = "utside" in found[0][:8]
        areas = [] if outside and names_city(what, atlas) else named_areas(what, atlas)
        excluded += [area for area in areas if not any(own.contains(area) or area.contains(own) for own in kept)]
        spared += kept
    kept_text = _NOT.sub(lambda found: found[0] if _is_outside_a_city(found, atlas) else ",", text)
    kept_text = re.sub(r"\b(?:not|isn't|except)\b[^.;!?]*", ",", kept_text)
    return kept_text, list(dict.fromkeys(excluded)), spared


def _is_outside_a_city(found: re.Match[str], atlas: Atlas) -> bool:
    """Outside a city is near it; outside a country is elsewhere."""
    return "utside" in found[0][:8] and names_city(found["what"], atlas)


def _named(areas: list[Area], text: str, atlas: Atlas, excluded: Sequence[Area] = ()) -> str:
    """The areas as they are told: a region of the world that the text names, but for what is excluded, by its name."""
    regions = whole_regions(text, {*areas, *excluded})
    told = {area for parts in regions.values() for area in parts}
    less = [area for area in excluded if area in told]
    said = [*regions, *(str(atlas.path(area)) for area in areas if area not in told)]
    more = f" and {len(said) - 6} more" if len(said) > 6 else ""
    return "; ".join(said[:6]) + more + (f", except {_named(less, text, atlas)}" if less else "")
