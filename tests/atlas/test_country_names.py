"""However a country is written, it is that country."""

import csv
from importlib.resources import files

import pytest

from geoagent.atlas import Atlas
from geoagent.atlas.country_names import territories
from geoagent.geo import Area

WRITTEN = """
KR: Korea, South | Korea, Republic of | Republic of Korea | South Korea (ROK) | KOR
KP: DPRK | Korea, Democratic People's Republic of | North Korea
TW: Taiwan, Province of China | Republic of China (Taiwan) | Taiwan (ROC)
CN: PRC | People's Republic of China | China (mainland) | Mainland China | CHN
HK: Hong Kong SAR | Hong Kong S.A.R., China | China (Hong Kong) | Hong Kong, China
MO: Macao SAR, China | Macau
IR: Iran, Islamic Republic of | Iran (Islamic Republic of) | Islamic Republic of Iran
AE: U.A.E. | UAE | United Arab Emirates (UAE)
US: U.S. | United States of America (USA) | the United States | USA
GB: U.K. | UK | United Kingdom of Great Britain and Northern Ireland | Great Britain
CD: Congo, Dem. Rep. | Democratic Republic of the Congo | DR Congo
CG: Congo (Brazzaville) | Republic of the Congo
MK: FYROM | Republic of Macedonia | North Macedonia
RS: Serbia and Montenegro | Republic of Serbia
FM: Federated States of Micronesia | Micronesia, Federated States of
KN: St Kitts and Nevis | Saint Kitts
VC: St. Vincent & the Grenadines
BO: Bolivia (Plurinational State of) | Plurinational State of Bolivia
VE: Venezuela, RB | Venezuela, Bolivarian Republic of
TZ: Tanzania, United Republic of
LA: Lao PDR | Lao People's Democratic Republic
PS: State of Palestine
CY: Turkish Republic of Northern Cyprus | Northern Cyprus
DE: Federal Republic of Germany | Germany? | likely Germany | Germany (likely) | DEU | somewhere in Germany
FR: Probably France | French Republic
TH: Kingdom of Thailand | ประเทศไทย
ZA: RSA | South Africa (RSA)
GE: Georgia | South Ossetia
PR: Puerto Rico (USA)
CW: Curaçao (Netherlands)
US.GA: Georgia, USA
US.HI: USA (Hawaii) | Hawaii
ES.53: Spain (Canary Islands)
GB.ENG: England
"""


def written() -> list[tuple[str, str]]:
    rows = [row.split(": ", 1) for row in WRITTEN.strip().splitlines()]
    return [(name, key) for key, names in rows for name in names.split(" | ")]


@pytest.mark.parametrize(("name", "key"), written())
def test_a_country_is_known_however_it_is_written(atlas: Atlas, name: str, key: str) -> None:
    assert atlas.country_named(name) == Area.parse(key)


@pytest.mark.parametrize("name", ["unknown", "N/A", "Europe", "International waters", "Atlantis", "the", "?"])
def test_what_is_no_country_is_none(atlas: Atlas, name: str) -> None:
    assert atlas.country_named(name) is None


def test_the_atlas_has_what_the_tables_name(atlas: Atlas) -> None:
    with (files("geoagent") / "data" / "country_aliases.csv").open(encoding="utf-8") as file:
        named = {Area.parse(row["key"]) for row in csv.DictReader(file)}
    assert all(atlas.knows(area) for area in named.union(*territories().values()))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("China", "Hong Kong", "Kowloon"), "HK#1819729"),
        (("China", None, "Hong Kong"), "HK#1819729"),
        (("United States", "Puerto Rico", "San Juan"), "PR.127#4568127"),
        (("France", "La Réunion", "Saint-Denis"), "RE.RE#935264"),
        (("Denmark", "Greenland", "Nuuk"), "GL.07#3421319"),
        (("Serbia", "Kosovo", "Pristina"), "XK.10097360#786714"),
        (("Russia", "Crimea", "Yalta"), "UA.11#688533"),
        (("Italy", "Lazio", "Vatican City"), "VA#6691831"),
        (("Georgia", "Georgia", "Atlanta"), "US.GA#4180439"),
        (("Georgia", None, "Tbilisi"), "GE.51#611717"),
        (("United States", None, "San Juan"), "US.TX#4726440"),
    ],
)
def test_a_territory_is_found_in_the_country_that_it_is_counted_to(
    atlas: Atlas, path: tuple[str, str | None, str], key: str
) -> None:
    assert atlas.resolve(*path) == Area.parse(key)
