"""Open-Meteo: the weather that was at a place on a day (historical weather API)."""

from datetime import date
from typing import NamedTuple

from geoagent.geo import Point
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import Provider

OPEN_METEO = Provider(
    name="open_meteo",
    answers="temperature, rain, snow, cloud cover and wind of a day since 1940 at a place",
    terms="free without a key for non-commercial use, below 10,000 requests a day; data CC BY 4.0",
    base_url="https://archive-api.open-meteo.com/v1/archive",
    every_s=0.2,
    keep_s=30 * 86_400.0,
)
FIELDS = {
    "temperature_2m_min": ("lowest_c", "°C at the coldest"), "temperature_2m_max": ("highest_c", "°C at the warmest"),
    "rain_sum": ("rain_mm", "mm of rain"), "snowfall_sum": ("snow_cm", "cm of new snow"),
    "cloud_cover_mean": ("cloud_percent", "% of the sky clouded"), "wind_speed_10m_max": ("wind_kmh", "km/h of wind"),
}  # fmt: skip


class Weather(NamedTuple):
    """The weather of a day: its figures by name, such as "highest_c" or "rain_mm", and all of them in words."""

    figures: dict[str, float]
    text: str


def weather(wire: Wire, point: Point, day: date) -> Weather:
    """The weather that was on a day at a point; what the service does not know is left out.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    params: dict[str, str | int | float] = {
        "latitude": point.lat, "longitude": point.lon, "start_date": day.isoformat(), "end_date": day.isoformat(),
        "daily": ",".join(FIELDS), "timezone": "auto",
    }  # fmt: skip
    data = read_json(wire.ask(OPEN_METEO, params=params))
    figures, said = {}, []
    for field, (name, words) in FIELDS.items():
        values = part(data, list, "daily", field) or []
        value = values[0] if len(values) == 1 else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            figures[name] = float(value)
            said.append(f"{value:g} {words}")
    return Weather(figures, ", ".join(said))
