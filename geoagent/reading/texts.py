"""Makes evidence of text clues: languages, place names, phone numbers, web addresses, businesses and knowledge
tables.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from babel import Locale

from geoagent.atlas import Atlas
from geoagent.atlas.own_names import own_names
from geoagent.case.evidence import Clue, Evidence, Id
from geoagent.case.likelihood import Areas, Kernel, Likelihood, Mixture
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading import languages
from geoagent.reading.businesses import read_businesses
from geoagent.reading.contacts import find_domains
from geoagent.reading.credits import without_credit
from geoagent.reading.false_hits import country_masses, false_hits
from geoagent.reading.names.contexts import Role
from geoagent.reading.names.direction_boards import Found, in_company, is_beside_a_trade
from geoagent.reading.names.toponyms import Toponym, find_toponyms, toponym_likelihood
from geoagent.reading.names.word_lists import common_words, names_elsewhere
from geoagent.reading.neighbouring_texts import neighbours
from geoagent.reading.phones import Phone, find_phones
from geoagent.reading.signs import read_signs
from geoagent.reading.spoken import spoken
from geoagent.reading.tables import tables
from geoagent.reading.written_coordinates import read_positions

MIN_CONFIDENCE = 0.6
MAX_TOPONYMS = 12
COUNTRY_CHANCE, COUNTRY_OF_A_BUSINESS = 0.75, 0.15
REGION_BESIDE_COUNTRY = 0.1
"""The chance that the name of a country or region says where it stands: by itself, and where businesses bear it.

A region elsewhere that bears a country's name is meant the rarer.
"""

CERTAIN_ABROAD, DOUBTFUL_ABROAD, WRITTEN_ABROAD, FITTING_ABROAD = 0.02, 0.02, 0.1, 0.2
"""How often a contact is read abroad, against one at home: certain (of the largest country), doubtful, national."""
SHORTEST = {"LATIN": 4, "CYRILLIC": 4, "GREEK": 4}
"""The letters that the name of an area has at least; two in scripts without capitals, where 日本 is one."""
SHARED_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "ARABIC", "CJK"})
Countries = Mapping[Id, frozenset[Area]]
"""The countries that texts are the names of, by the id of the clue."""
OTHERWISE_WRITTEN = 0.3
"""A phone number of a country's plan that is not grouped as its people group it, against one that is."""
IN_ITS_AREA, IN_ITS_AREA_MOBILE = 0.6, 0.3
"""The share of the numbers shown in a country that are shown in the area of their area code."""
IN_TOWN, AROUND_TOWN_KM = 0.6, 25.0
"""The share of what names a town by its code that stands in it, and how far off the rest is."""
LEAST_TOWN = 0.01
CHAINS = frozenset({"fuel", "public_bodies", "services", "shops"})
"""The tables of names that are also in the index of businesses."""


def read_clues(clues: Iterable[Clue], atlas: Atlas) -> list[Evidence]:
    """The evidence that follows from text clues: languages, scripts, place names, coordinates, phone numbers, web
    addresses, businesses and knowledge tables.

    What is read several times counts as one observation: all languages share a group, and so do all readings of one
    name, of one country's web endings, of one country's phone numbers. Different names are observations of their own. A
    text that several photos show is one text, and the languages of photos that show the same texts are one piece of
    evidence. Credits, watermarks and what a viewer writes are not read; of what lies over the picture only positions
    and the names of places are.
    """
    read = [clue for clue in clues if clue.kind in ("text", "overlay") and clue.confidence >= MIN_CONFIDENCE]
    named = [clue for clue in read if without_credit(clue.value)]
    texts = [clue for clue in named if clue.kind == "text"]
    shown = _same_texts(texts)
    countries = {clue.id: areas for clue in named if (areas := _countries_named(clue, atlas))}
    found = [*_read_languages([clue for clue in texts if not _is_mere_name(clue, countries)], atlas)]
    found += _read_toponyms(named, countries, atlas)
    found += read_positions(read)
    found += _read_areas(_same_texts(named), {item.group for item in found}, atlas)
    for copies in shown:
        found += _read_contacts(copies, atlas)
    signs = [copies for copies in shown if not _is_mere_name(copies[0], countries)]
    told = [*read_signs(signs, atlas)]
    found = _without_words(found, told)
    located = {clue for item in found if item.kind == "town_address" for clue in item.clues}
    found += _once([*read_businesses(signs, atlas)], [item for item in told if not _is_code_of(item, located)])
    return found


def _is_code_of(item: Evidence, addresses: set[Id]) -> bool:
    """Whether evidence is of a postal code that is told with its address."""
    return item.kind == "postal_codes" and set(item.clues) <= addresses


def _without_words(found: list[Evidence], told: list[Evidence]) -> list[Evidence]:
    """What was found, without towns whose name stands in what a table knows as a word or phrase: LOMO SALTADO.

    A letter or an ending that a table finds in a name makes it no word: München is a town.
    """
    known = [item for item in told if item.group == "language" and item.answer in tables()[item.kind].answers]
    known = [item for item in known if tables()[item.kind].answers[item.answer].words]
    phrases = [(fold(item.quote), set(item.clues)) for item in known]

    def is_word(item: Evidence) -> bool:
        name = f" {fold(item.quote)} "
        return any(name in f" {phrase} " and set(item.clues) <= clues for phrase, clues in phrases)

    return [item for item in found if item.kind != "toponym" or not is_word(item)]


def _once(businesses: list[Evidence], signs: list[Evidence]) -> list[Evidence]:
    """What names of businesses and signs say, each name once: by its table, unless the index is finer."""
    told = {fold(item.quote) for item in signs if item.kind in CHAINS}
    finer = {fold(item.quote) for item in businesses if item.level != "country"}
    kept = [item for item in businesses if item.level != "country" or fold(item.quote) not in told]
    return kept + [item for item in signs if item.kind not in CHAINS or fold(item.quote) not in finer]


def _same_texts(texts: list[Clue]) -> list[list[Clue]]:
    """The texts, each with its copies in other photos; a text that one photo shows twice stays two."""
    copies: dict[tuple[str, int], list[Clue]] = defaultdict(list)
    times: Counter[tuple[int | None, str]] = Counter()
    for clue in texts:
        name = fold(clue.value)
        times[clue.view, name] += 1
        copies[name, times[clue.view, name]].append(clue)
    return list(copies.values())


def _read_languages(texts: list[Clue], atlas: Atlas) -> Iterator[Evidence]:
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
        found = languages.detect_languages("\n".join(spoken(without_credit(clue.value)) for clue in members))
        if not found:
            continue
        weights, elsewhere = languages.country_weights(found, atlas)
        if not weights:
            continue
        names = ", ".join(
            f"{_language(lang)} {100 * p:.0f} %" for lang, p in sorted(found.items(), key=lambda x: -x[1])[:3]
        )
        yield Evidence(
            kind="script" if script in languages.SCRIPT_LANGUAGES else "language",
            witness="ocr",
            statement=f"{len(members)} text{'s' * (len(members) > 1)} in {script.title()} script: {names}",
            likelihood=Areas(weights={area: round(w, 6) for area, w in weights.items()}, elsewhere=round(elsewhere, 6)),
            group="language",
            clues=tuple(clue.id for photo in copies for clue in photo),
            answer=max(found, key=lambda lang: (found[lang], lang)),
        )


def _country(code: str) -> str:
    return Locale("en").territories.get(code) or code


def _language(tag: str) -> str:
    return Locale("en").languages.get(tag) or tag


def _countries_named(clue: Clue, atlas: Atlas) -> frozenset[Area]:
    """The countries of which a text is the name."""
    return frozenset(area for area in _areas_named(clue.value, atlas) if area.level == "country")


def _areas_named(text: str, atlas: Atlas) -> list[Area]:
    """The countries and regions of which a text is the name; a word ("Island") is none unless it is so called there."""
    if len(text) < SHORTEST.get(languages.script_of(text) or "", 2):
        return []
    areas = atlas.areas_named(text)
    if fold(text) in common_words():
        return [area for area in areas if area.level == "country" and _is_own_name(text, area)]
    return areas


def _is_own_name(text: str, country: Area) -> bool:
    return text.casefold() in {name.casefold() for name in own_names(country.country)}


def _is_mere_name(clue: Clue, countries: Countries) -> bool:
    """Whether a text is the name of a country, which tells no language: in Latin letters, where names are much alike,
    or as that country is called at home, in letters that others write too."""
    script = languages.script_of(clue.value)
    own = any(_is_own_name(clue.value, area) for area in countries.get(clue.id, ()))
    return clue.id in countries and (script == "LATIN" or (own and script in SHARED_SCRIPTS))


def _is_namesake(found: Found, countries: Countries, atlas: Atlas) -> bool:
    """Whether a town elsewhere is found in the name of a country, which is the better known: Armenia, Lebanon."""
    clues, _, toponym = found
    named = countries.get(clues[0].id, frozenset()) if len(clues) == 1 else frozenset()
    return bool(named) and atlas.country_of(toponym.places[0].row) not in named


def _read_toponyms(texts: list[Clue], countries: Countries, atlas: Atlas) -> Iterator[Evidence]:
    by_place: dict[int, list[Found]] = defaultdict(list)
    names = [found for found in _found_toponyms(texts, atlas) if not _is_namesake(found, countries, atlas)]
    for found in in_company(names, texts, atlas):
        by_place[found[2].places[0].row].append(found)
    weighed = {row: sorted(members, key=_strength) for row, members in by_place.items()}
    strongest = sorted(weighed.values(), key=lambda members: _strength(members[0]))
    for members in strongest[:MAX_TOPONYMS]:
        clues, text, toponym = members[0]
        first = atlas.at_row(toponym.places[0].row)
        role: Role | Literal["proven"] = "proven" if toponym.proof else toponym.role
        others = _or_others(len(toponym.places) - 1)
        yield Evidence(
            kind="town_address" if toponym.proof else "toponym",
            witness=clues[0].witness,
            statement=f'"{toponym.text}" in the text "{text[:100]}" is the name of {first}{others}{_role(toponym)}',
            likelihood=toponym_likelihood(
                atlas, toponym.places, -_strength(members[0])[0], role, toponym.away
            ),
            level="city",
            group=toponym_group(toponym.text),
            clues=tuple(dict.fromkeys(clue.id for found in members for clue in found[0])), quote=toponym.text[:200],
        )  # fmt: skip


def _or_others(count: int) -> str:
    """In words, that a name may also be that of `count` other places; empty for none."""
    return f" or {count} other place{'s' * (count > 1)}" if count > 0 else ""


def _strength(found: Found) -> tuple[float, str]:
    """A name in order, the strongest first; what its address proves was read rightly."""
    clues, _, toponym = found
    read = 1.0 if toponym.proof else min(clue.confidence for clue in clues)
    return -toponym.weight * read, fold(toponym.text)


def _found_toponyms(texts: list[Clue], atlas: Atlas) -> list[Found]:
    """The names in each text, and those that run on into its neighbour instead of the parts that they are made of."""
    joined = list[Found]()
    for first, second, text in neighbours(texts):
        parts = {fold(t.text): t for clue in (first, second) for t in find_toponyms(without_credit(clue.value), atlas)}
        for toponym in find_toponyms(text, atlas):
            known = parts.get(fold(toponym.text))
            told = known is not None and known.role == "name" and toponym.role not in ("name", "towards")
            if known is None or told or (toponym.away and not known.away):
                joined.append(((first, second), text, toponym))
    alone = list[Found]()
    for clue in texts:
        wider = [fold(t.text) for clues, _, t in joined if clue in clues]
        for toponym in find_toponyms(without_credit(clue.value), atlas):
            if not any(f" {fold(toponym.text)} " in f" {name} " for name in wider):
                alone.append(((clue,), clue.value, toponym))
    return alone + joined


_ROLES = {
    "here": ", which the words beside it say is here",
    "address": ", in an address or at a station",
    "street": ", as the name of a street",
    "towards": ", as a direction",
    "namesake": ", as the name of a business",
    "person": ", perhaps of a person",
}


def _role(toponym: Toponym) -> str:
    if toponym.proof:
        return f", as {toponym.proof} confirms"
    if toponym.away:
        return f", {toponym.away.value:g} {toponym.away.unit or 'km or miles'} away by road"
    return _ROLES.get(toponym.role, "")


def toponym_group(name: str) -> str:
    """The evidence group for one place name, so that the name counts once however often it is read."""
    return f"toponym:{fold(name)}"[:200]


def _read_areas(shown: list[list[Clue]], groups: set[str], atlas: Atlas) -> Iterator[Evidence]:
    """Countries and regions by name; with a town's of the same name one observation, none where it lies in it."""
    texts = [clue for copies in shown for clue in copies]
    for copies in shown:
        clue = copies[0]
        areas = _areas_named(clue.value, atlas)
        own = toponym_group(clue.value)
        if own in groups:
            areas = [area for area in areas if area != atlas.division_of(atlas.rows_named(clue.value)[0])]
        if areas:
            names = " or ".join(str(atlas.path(area)) for area in areas)
            borne = is_beside_a_trade((clue,), texts) or (
                fold(clue.value) in names_elsewhere() and areas[0].level != "country"
            )
            chance = COUNTRY_OF_A_BUSINESS if borne else COUNTRY_CHANCE
            yield Evidence(
                kind="country_name",
                witness=clue.witness,
                statement=f'the text "{clue.value}" is the name of {names}',
                likelihood=Mixture(parts=((chance, Areas(weights=_weights_of_namesakes(areas))),)),
                group=own if own in groups else f"area:{'+'.join(map(str, areas))}",
                clues=tuple(copy.id for copy in copies),
                quote=clue.value[:200],
            )


def _weights_of_namesakes(areas: list[Area]) -> dict[Area, float]:
    """Countries and regions of one name: a region outside its namesake counts less; one inside is part of it."""
    countries = {area for area in areas if area.level == "country"}
    if not countries:
        return dict.fromkeys(areas, 1.0)
    return {
        area: 1.0 if area in countries else REGION_BESIDE_COUNTRY
        for area in areas
        if area in countries or area.country_area not in countries
    }


def _read_contacts(copies: list[Clue], atlas: Atlas) -> Iterator[Evidence]:
    clue = copies[0]
    cites = tuple(copy.id for copy in copies)
    for domain in find_domains(clue.value):
        named = {Area(domain.country): 1.0}
        elsewhere = DOUBTFUL_ABROAD if domain.doubtful else false_hits(named, CERTAIN_ABROAD, atlas)
        yield Evidence(
            kind="domain", witness=clue.witness,
            statement=f'the web address "{domain.text}" belongs to {_country(domain.country)}',
            likelihood=Areas(weights=named, elsewhere=elsewhere), group=f"domain:{domain.country}", clues=cites,
            quote=domain.text[:200],
        )  # fmt: skip
    for phone in find_phones(clue.value):
        likely = phone.countries if phone.certain else phone.written or phone.countries
        where = _country(likely[0]) if len(likely) == 1 else f"{len(likely)} countries"
        verb = "belongs to" if phone.certain else "is written as in" if phone.written else "fits the numbering plan of"
        likelihood = phone_likelihood(phone, atlas)
        yield Evidence(
            kind="phone", witness=clue.witness,
            statement=f'the phone number "{phone.text}" {verb} {where}{_area_code(phone, atlas)}',
            likelihood=likelihood, level="country" if likelihood.shape == "areas" else "city",
            group=f"phone:{'+'.join(phone.countries)}"[:200], clues=cites, quote=phone.text[:200],
        )  # fmt: skip


def _area_code(phone: Phone, atlas: Atlas) -> str:
    likely = [area for code, area in phone.places if phone.certain or code in phone.written]
    likely.sort(key=lambda area: -country_masses(atlas)[area.country_area])
    if not likely:
        return ""
    others = _or_others(len(likely) - 1)
    return f", its area code to {atlas.path(likely[0])}{others}"


def phone_likelihood(phone: Phone, atlas: Atlas) -> Likelihood:
    """The likelihood of reading a phone number: its countries, and in each mostly the town of its area code.

    How often it is read where it does not belong depends on how it names its countries: a number that is certain is
    read abroad the more rarely, the smaller these are; digits that fit a plan by chance are no rarer for a small
    country.
    """
    likely = phone.countries if phone.certain else phone.written or phone.countries
    weights = dict.fromkeys(map(Area, phone.countries), OTHERWISE_WRITTEN) | dict.fromkeys(map(Area, likely), 1.0)
    doubt = WRITTEN_ABROAD if phone.written else FITTING_ABROAD
    elsewhere = false_hits(weights, CERTAIN_ABROAD, atlas) if phone.certain else doubt
    whole = Areas(weights=weights, elsewhere=elsewhere)
    shares = {area: weights[area] * mass for area, mass in country_masses(atlas).items() if area in weights}
    total = sum(shares.values()) + elsewhere * (1 - sum(country_masses(atlas)[area] for area in shares))
    at_home = IN_ITS_AREA_MOBILE if phone.mobile else IN_ITS_AREA
    towns = {area: at_home * shares.get(Area(code), 0.0) / total for code, area in phone.places}
    parts = [part for area, share in towns.items() if share > LEAST_TOWN for part in near_area(area, share, atlas)]
    if not parts:
        return whole
    return Mixture(parts=((1.0 - sum(weight for weight, _ in parts), whole), *parts))


def near_area(area: Area, share: float, atlas: Atlas) -> list[tuple[float, Likelihood]]:
    """Parts of a mixture that put the weight `share` on a division, or on a town and its surroundings.

    Of a town 0.6 of the share is in it, and the rest lies round it within its country.
    """
    row = atlas.row_of(area)
    if row is None:
        return [(share, Areas(weights={area: 1.0}))]
    point, within = atlas.point(row), area.country_area
    around = Kernel(lat=point.lat, lon=point.lon, sigma_km=AROUND_TOWN_KM, within=within)
    return [(share * IN_TOWN, Areas(weights={area: 1.0})), (share * (1 - IN_TOWN), around)]
