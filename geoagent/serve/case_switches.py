"""What a single case may use: its switches, inside what the service itself may."""

from collections.abc import Mapping
from typing import Any

from geoagent.settings import Settings

OFF: dict[str, dict[str, Any]] = {
    "position": {"allow_exif_gps": False},
    "network": {"online": False, "services": {}, "keys": {}, "reverse_image": None},
    "gallery": {"gallery": None},
}
"""The settings without each of them."""


def offered(settings: Settings) -> dict[str, bool]:
    """The options that a single case may set, and the value of each unless the case sets it."""
    found = {} if settings.no_shortcuts else {"position": settings.allow_exif_gps}
    if settings.online or settings.services or settings.keys or settings.reverse_image:
        found["network"] = True
    return found | ({"gallery": True} if settings.gallery else {})


def switched(settings: Settings, switches: Mapping[str, bool]) -> Settings:
    """The settings for one case with its options.

    A case can only switch on the use of its file's position; all else it can only switch off.
    """
    changes: dict[str, Any] = {}
    for name, is_on in switches.items():
        changes |= {"allow_exif_gps": True} if name == "position" and is_on else {} if is_on else OFF[name]
    return settings.model_copy(update=changes)
