"""From text clues to evidence: languages, place names, phone numbers, web addresses, and what a hint says."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from babel import Locale

from geoagent.atlas import Atlas
from geoagent.evidence import Case, Clue, Evidence
from geoagent.geo import Point
from geoagent.knowledge import languages
from geoagent.knowledge.contacts import find_domains, find_phones
from geoagent.knowledge.countries import world_regions
from geoagent.knowledge.signs import read_signs
from geoagent.knowledge.toponyms import Toponym, common_words, find_toponyms, toponym_likelihood
from geoagent.likelihood import Areas, Kernel, Mixture
from geoagent.names import fold

MIN_CONFIDENCE = 0.6
MAX_TOPONYMS = 12
HINT_POPULATION = 50_000
HINT_KM = 0.1
"""How exact a point in a hint is: the radius that holds 95 % of its kernel, 2.45 standard deviations."""


def read_clues(clues: Iterable[Clue], atlas: Atlas) -> list[Evidence]:
    """What the text clues imply about where.

    What is read several times counts as one observation: all languages share a group, and so do all readings of one
    name, of one country's web endings, of one country's phone numbers. A text that several photos show is one text, and
    the languages of photos that show the same texts are one piece of evidence.
    """
    texts = [clue for clue in clues if clue.kind == "text" and clue.confidence >= MIN_CONFIDENCE]
    shown = _same_texts(texts)
    found = [*_read_languages(texts), *_read_toponyms(texts, atlas), *_read_areas(shown, atlas)]
    for copies in shown:
        found += _read_contacts(copies)
    found += read_signs(shown)
    return found


def _same_texts(texts: list[Clue]) -> list[list[Clue]]:
    """The texts, each with its copies in other photos; a text that one photo shows twice stays two."""
    copies: dict[tuple[str, int], list[Clue]] = defaultdict(list)
    times: Counter[tuple[int | None, str]] = Counter()
    for clue in texts:
        name = fold(clue.value)
        times[clue.view, name] += 1
        copies[name, times[clue.view, name]].append(clue)
    return list(copies.values())


def _read_languages(texts: list[Clue]) -> Iterator[Evidence]:
    by_photo: dict[tuple[int, str], list[Clue]] = defaultdict(list)
    for clue in texts:
        script = languages.script_of(clue.value)
        if script:
            by_photo[clue.view or 0, script].append(clue)
    shown: dict[tuple[str, tuple[str, ...]], list[list[Clue]]] = defaultdict(list)
    for (_, script), members in sorted(by_photo.items(), key=lambda item: item[0]):
        shown[script, tuple(sorted(fold(clue.value) for clue in members))].append(members)
    for (script, _), copies in shown.items():
        members = copies[0]
        found = languages.detect_languages("\n".join(clue.value for clue in members))
        if not found:
            continue
        weights, elsewhere = languages.country_weights(found)
        if not weights:
            continue
        names = ", ".join(
            f"{_language(lang)} {100 * p:.0f} %" for lang, p in sorted(found.items(), key=lambda x: -x[1])[:3]
        )
        yield Evidence(
            kind="script" if script in languages.SCRIPT_LANGUAGES else "language",
            witness="ocr",
            statement=f"{len(members)} text{'s' * (len(members) > 1)} in {script.title()} script: {names}",
            likelihood=Areas(weights={code: round(w, 6) for code, w in weights.items()}, elsewhere=round(elsewhere, 6)),
            group="language",
            clues=tuple(clue.id for photo in copies for clue in photo),
        )


def _language(tag: str) -> str:
    return Locale("en").languages.get(tag) or tag


def _read_toponyms(texts: list[Clue], atlas: Atlas) -> Iterator[Evidence]:
    by_name: dict[str, list[tuple[Clue, Toponym]]] = defaultdict(list)
    for clue in texts:
        for toponym in find_toponyms(clue.value, atlas):
            by_name[fold(toponym.text)].append((clue, toponym))
    weights = {name: max(t.weight * clue.confidence for clue, t in pairs) for name, pairs in by_name.items()}
    for name in sorted(by_name, key=lambda name: (-weights[name], name))[:MAX_TOPONYMS]:
        clue, toponym = by_name[name][0]
        first = atlas.at_row(toponym.places[0].row)
        others = f" or {len(toponym.places) - 1} other places" if len(toponym.places) > 1 else ""
        yield Evidence(
            kind="toponym",
            witness=clue.witness,
            statement=f'"{toponym.text}" in the text "{clue.value[:100]}" is the name of {first}{others}',
            likelihood=toponym_likelihood(atlas, toponym.places, weights[name]),
            level="city",
            group=toponym_group(name),
            clues=tuple(clue.id for clue, _ in by_name[name]),
        )


def toponym_group(name: str) -> str:
    """The group of one name, however often and wherever in the photo it is read."""
    return f"toponym:{fold(name)}"[:200]


def _read_areas(shown: list[list[Clue]], atlas: Atlas) -> Iterator[Evidence]:
    for copies in shown:
        clue = copies[0]
        keys = atlas.areas_named(clue.value) if fold(clue.value) not in common_words() and len(clue.value) > 3 else []
        if keys:
            names = " or ".join(str(atlas.path(key)) for key in keys)
            yield Evidence(
                kind="country_name",
                witness=clue.witness,
                statement=f'the text "{clue.value}" is the name of {names}',
                likelihood=Mixture(parts=((0.6, Areas(weights=dict.fromkeys(keys, 1.0))),)),
                group=f"area:{'+'.join(keys)}",
                clues=tuple(copy.id for copy in copies),
            )


def _read_contacts(copies: list[Clue]) -> Iterator[Evidence]:
    clue = copies[0]
    found = [("domain", "web address", contact) for contact in find_domains(clue.value)]
    found += [("phone", "phone number", contact) for contact in find_phones(clue.value)]
    for kind, name, contact in found:
        where = contact.countries[0] if len(contact.countries) == 1 else f"{len(contact.countries)} countries"
        verb = "belongs to" if contact.certain else "fits the numbering plan of"
        elsewhere = 0.02 if contact.certain else 0.2
        yield Evidence(
            kind=kind,
            witness=clue.witness,
            statement=f'the {name} "{contact.text}" {verb} {where}',
            likelihood=Areas(weights=dict.fromkeys(contact.countries, 1.0), elsewhere=elsewhere),
            group=f"{kind}:{'+'.join(contact.countries)}"[:200],
            clues=tuple(copy.id for copy in copies),
        )


_COORDINATES = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{3,})\s*[,;\s]\s*(-?\d{1,3}\.\d{3,})(?![\d.])")


def read_hint(clue: Clue, atlas: Atlas) -> tuple[list[Evidence], list[Case]]:
    """What the user says about where: a point, or the cities, divisions, countries or world regions named.

    Several names are options; a country or division that only locates a finer one is not.
    """
    point = _COORDINATES.search(clue.value)
    if point and abs(float(point[1])) <= 90 and abs(float(point[2])) <= 180:
        return _hinted_point(clue, Point(lat=float(point[1]), lon=float(point[2])), atlas)
    keys = _hinted_areas(clue.value, atlas)
    if not keys:
        return [], []
    named = "; ".join(str(atlas.path(key)) for key in keys[:6]) + (
        f" and {len(keys) - 6} more" if len(keys) > 6 else ""
    )
    evidence = Evidence(
        kind="hint", witness=clue.witness, statement=f"the hint names {named}", clues=(clue.id,), group="hint",
        level="city" if "#" in keys[0] else "region" if "." in keys[0] else "country",
        likelihood=Areas(weights=dict.fromkeys(keys, 1.0)),
    )  # fmt: skip
    return [evidence], []


def _hinted_point(clue: Clue, point: Point, atlas: Atlas) -> tuple[list[Evidence], list[Case]]:
    here = atlas.at(point)
    within = here.place.key[:2] if here.row is not None and here.place.key else None
    evidence = Evidence(
        kind="point",
        witness=clue.witness,
        statement=f"the hint gives the point {point.lat:.5f}, {point.lon:.5f}",
        likelihood=Kernel(lat=point.lat, lon=point.lon, sigma_km=HINT_KM / 2.45, within=within),
        level="point",
        group="hint",
        clues=(clue.id,),
    )
    case = Case(name=f"{point.lat:.5f}, {point.lon:.5f}", point=point, radius_km=HINT_KM, evidence=evidence.id)
    return [evidence], [case]


def _hinted_areas(text: str, atlas: Atlas) -> list[str]:
    keys: list[str] = []
    for name, codes in sorted(world_regions().items(), key=lambda item: -len(item[0])):
        if re.search(rf"\b{name}\b", text):
            keys += codes
            text = re.sub(rf"\b{name}\b", ",", text)
    text = re.sub(r"\b(?:not|isn't|except|outside)\b[^.;!?]*", ",", text)
    text = _without_asides(text, atlas)
    readings = {name: atlas.areas_named(name) for name in _proper_names(text, atlas)}
    unambiguous = {areas[0] for areas in readings.values() if len(areas) == 1}
    parents = {key[:2] for key in unambiguous}
    open_readings = [areas for areas in readings.values() if not _inside(areas, parents) or areas[0] in unambiguous]
    countries = [key for areas in open_readings for key in areas if "." not in key]
    keys = countries or keys
    for name, areas in readings.items():
        if not areas:
            keys += _hinted_city(
                name, [{k for k in unambiguous if "." in k} or parents, parents or set(countries)], atlas
            )
        elif not set(areas) & set(countries):
            keys += [key for key in areas if not countries or key[:2] in countries]
    unique = list(dict.fromkeys(keys))
    return [key for key in unique if not any(other != key and other.startswith(key) for other in unique)]


_NAME = r"[A-ZÀ-Þ][^\s,.;]*(?: [A-ZÀ-Þ][^\s,.;]*){0,3}"
_ASIDE = re.compile(
    rf"\b(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)(?:-?(?:east|west))? of (?P<side>{_NAME})"
    rf"|\b[Bb]etween (?P<one>{_NAME}) and (?P<other>{_NAME})"
)


_LINES = re.compile(
    rf"\b{_NAME} (?:[Rr]ailway|[Rr]ailroad|[Ll]ine|[Rr]iver|[Rr]oad|[Ss]treet|[Aa]venue|[Hh]ighway|[Ee]xpressway"
    r"|[Ff]reeway|[Mm]otorway|[Ss]ea|[Oo]cean|[Ss]trait|[Mm]ountains|[Rr]ange)\b"
)
"""What bears the name of a place and runs far beyond it."""


def _without_asides(text: str, atlas: Atlas) -> str:
    """A hint without the places that it names to say what lies beside them: "north of Neuquén", "between A and B".

    The south of a country lies in it: countries stay.
    """

    def countries(match: re.Match[str]) -> str:
        names = [name for name in match.groups() if name]
        return ", ".join(name for name in names if any("." not in key for key in atlas.areas_named(name))) + ","

    return _LINES.sub(",", _ASIDE.sub(countries, text))


def _inside(areas: list[str], countries: set[str]) -> list[str]:
    return [key for key in areas if "." in key and key[:2] in countries]


def _hinted_city(name: str, scopes: list[set[str]], atlas: Atlas) -> list[str]:
    """The most prominent city of that name in the first scope, a set of area keys, that has one; {} is everywhere."""
    if fold(name) in common_words() or (len(name) < 4 and name.isascii()):
        return []
    large = [row for row in atlas.rows_named(name) if atlas.population[row] >= HINT_POPULATION]
    named = [row for row in atlas.rows_named(name) if row not in large]
    for scope in scopes:
        divisions = {key for key in scope if "." in key}
        for row in [*large, *named] if divisions else large:
            key = atlas.city_key(row) or ""
            if not scope or any(key.startswith(area) for area in divisions or scope):
                return [key]
    return []


def _proper_names(text: str, atlas: Atlas) -> list[str]:
    """Names in a sentence: stretches of up to four words that begin and end with a capital and name a place.

    The longest first; words that are part of a name that is known are not tried again.
    """
    raw = re.split(r"[\s/]+|(?<=,)", text)
    words = [word.strip(".,;:()[]«»\"'!?") for word in raw]
    ends = [bool(re.search(r"[.,;:!?)]$", word)) for word in raw]
    names, taken = [], set[int]()
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            part = [words[i] for i in span]
            if taken & set(span) or any(ends[i] for i in list(span)[:-1]) or not all(part):
                continue
            name = " ".join(part)
            if part[0][0].isupper() and part[-1][0].isupper() and (atlas.areas_named(name) or atlas.named(name)):
                taken |= set(span)
                names.append(name)
    return names
