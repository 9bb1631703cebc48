"""Times, offsets and shadows as people write them."""

from datetime import datetime

import pytest

from geoagent.reading.sun_measurement import (
    ClockTime,
    angles_in_words,
    elevation_of_shadow,
    read_offset,
    read_time,
    sun_measured,
    time_in_words,
)

AT = datetime(2024, 6, 1, 14, 30)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-06-01 14:30", ClockTime(AT, AT)),
        ("2024:06:01 14:30:00", ClockTime(AT, AT)),
        ("2024/06/01 14:30", ClockTime(AT, AT)),
        ("2024-06-01T14:30Z", ClockTime(AT, AT, "utc")),
        ("2024-06-01 14:30 +05:30", ClockTime(AT, AT, "local", 330)),
        ("2024-06-01 14:30/15:30", ClockTime(AT, datetime(2024, 6, 1, 15, 30))),
        ("2024-06-01 14:30/2024-06-02 01:00", ClockTime(AT, datetime(2024, 6, 2, 1))),
        ("2024-06-01", ClockTime(datetime(2024, 6, 1), datetime(2024, 6, 2))),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, time: ClockTime) -> None:
    assert read_time(text) == time


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("noon", "write the time as"),
        ("", "write the time as"),
        ("2024-06", "write the time as"),
        ("2024-06-01 14:30/", "write the time as"),
        ("2024-02-30", "no such time"),
        ("2024-06-01 25:00", "no such time"),
        ("9999-12-31", "1900 to 2100"),
        ("2024-06-01 14:30/13:00", "ends before it begins"),
        ("2024-06-01 14:30+02:00/15:00Z", "two offsets"),
    ],
)
def test_what_is_no_time_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_time(text)


def test_offsets() -> None:
    assert [read_offset(text) for text in ("+02:00", "-05:00", "+5", "+0545")] == [120, -300, 300, 345]
    for text in ("2", "+02:75", "+19:00", "east"):
        with pytest.raises(ValueError, match="UTC"):
            read_offset(text)
    with pytest.raises(ValueError, match="twice"):
        read_time("2024-06-01 14:30Z").going_by(utc=False, offset="+02:00")


def test_the_height_of_a_shadow_and_what_cannot_be() -> None:
    assert elevation_of_shadow(1.8, 1.8) == pytest.approx(45)
    assert elevation_of_shadow(1.8, 0) == 90
    for height, shadow in ((0, 1), (-1, 1), (1, -1), (float("nan"), 1)):
        with pytest.raises(ValueError, match="above 0"):
            elevation_of_shadow(height, shadow)
    time = read_time("2024-06-01 14:30")
    impossible: list[tuple[float | None, float | None, str]] = [
        (-5, None, "at night"), (95, None, "0° to 90°"), (None, 400, "0 to 360"), (90, 10, "zenith"),
        (None, None, "give"),
    ]  # fmt: skip
    for elevation, shadow_deg, told in impossible:
        with pytest.raises(ValueError, match=told):
            sun_measured(time, elevation, shadow_deg)
    with pytest.raises(ValueError, match="two days"):
        sun_measured(time.give_or_take(2000), 30, None)


def test_what_was_measured_is_told_in_words() -> None:
    sun = sun_measured(read_time("2024-06-01 14:30+02:00"), 36.87, 80)
    assert angles_in_words(sun) == "36.9° high (±2°), in the direction 260° (±5°)"
    assert time_in_words(sun) == "on 2024-06-01 at 14:30 by a clock set to UTC+02:00"
