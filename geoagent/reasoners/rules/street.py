"""From the town to the street, for the embedded reasoner: which questions to ask a map about the texts of the photo."""

from typing import Any, NamedTuple

from geoagent.belief import Belief
from geoagent.belief.readout import levels
from geoagent.case.evidence import Clue
from geoagent.case.prediction import Level
from geoagent.case.trace import Trace
from geoagent.plain_text import fold
from geoagent.reading.contacts import find_domains
from geoagent.reading.phones import find_phones
from geoagent.reading.readers import is_read
from geoagent.reading.streets import StreetText, find_streets, read_street
from geoagent.reasoners.reasoner import CaseView

STREETS = 3
NAMES = 4
SURE = 0.8
"""The least confidence of a text that is searched for as a name."""
LETTERS = (5, 40)


class Question(NamedTuple):
    """A question to a map: the tool to call, its arguments, and why it is asked (`thought`)."""

    tool: str
    arguments: dict[str, Any]
    thought: str


def street_questions(case: CaseView) -> list[Question]:
    """The questions to the map that may lead to the street where the photo was taken, the best first; none once the
    belief states a street.

    Streets that are read in the photo come first, then names on signs.
    """
    if any(level.level == "street" and level.stated for level in levels(case.belief)):
        return []
    return map_questions(case.trace, case.belief)


def map_questions(trace: Trace, belief: Belief) -> list[Question]:
    """The questions to the map that the texts in the photos give rise to, the best first, also where a street is stated
    already.

    A text that has led to an address is not asked about again. Names on signs are only asked about where the belief
    states a city.
    """
    stated = [level for level in levels(belief) if level.stated]
    country = next((level.name for level in stated if level.level == "country"), None)
    city = _city(stated)
    placed = {i for e in trace.evidence if e.kind == "address" for i in e.clues}
    streets = [street for street in find_streets(trace.clues) if street.clue.id not in placed]
    questions = []
    for street in streets[:STREETS]:
        areas = [country] if street.town else [city or country]
        questions += [address_question(street, area) for area in areas]
    if city and not (streets and streets[0].town):
        questions += names_question(trace, city)
    if city:
        questions += [address_question(street, city) for street in streets[:STREETS] if street.town]
    return questions


def _city(stated: list[Level]) -> str | None:
    """The stated city with its region and country, as a path."""
    names = {level.level: level.name for level in stated}
    if "city" not in names:
        return None
    return ", ".join(names[level] for level in ("city", "region", "country") if level in names)


def address_question(street: StreetText, area: str | None) -> Question:
    """A call of `find_address` for a street that is read in the photo.

    `area` is the city ("Lyon, France") or country to search in; None searches everywhere.
    """
    given = {"number": street.number, "postcode": street.postcode, "town": street.town, "within": area}
    arguments = {"street": street.street, **{name: v for name, v in given.items() if v}, "clue": street.clue.id}
    return Question("find_address", arguments, f'"{street.clue.value}" names a street')


def names_question(trace: Trace, city: str) -> list[Question]:
    """A call of `map_features` for the texts that may be names of shops, schools and the like, in `city` ("Lyon,
    France"); at most `NAMES` of them, the largest first.

    An empty list where no text may be a name, otherwise a list of one question.
    """
    known = {fold(part) for part in city.split(",")}
    texts = [clue for clue in trace.clues if _may_be_a_name(clue) and fold(clue.value) not in known]
    in_order = sorted(texts, key=lambda clue: (clue.witness != "ocr", _by_size(clue)))
    unique = list({fold(clue.value): clue for clue in reversed(in_order)}.values())[::-1][:NAMES]
    if not unique:
        return []
    arguments = {"area": city, "names": [c.value for c in unique], "clues": [c.id for c in unique]}
    return [Question("map_features", arguments, "the names on the signs may be on the map")]


def _may_be_a_name(clue: Clue) -> bool:
    if not is_read(clue) or clue.confidence < SURE:
        return False
    letters = sum(ch.isalpha() for ch in clue.value)
    of_letters = LETTERS[0] <= letters <= LETTERS[1] and letters >= 0.8 * len(clue.value.replace(" ", ""))
    return of_letters and not (read_street(clue) or any(find_domains(clue.value)) or any(find_phones(clue.value)))


def _by_size(clue: Clue) -> float:
    return -(clue.box.y1 - clue.box.y0) if clue.box else 0.0
