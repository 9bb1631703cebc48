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
    """The switches that a service has, and how each stands unless a case says otherwise."""
    found = {} if settings.no_shortcuts else {"position": settings.allow_exif_gps}
    if settings.online or settings.services or settings.keys or settings.reverse_image:
        found["network"] = True
    return found | ({"gallery": True} if settings.gallery else {})


def switched(settings: Settings, switches: Mapping[str, bool]) -> Settings:
    """The settings of a case. Only the position in its file can be switched on; the rest is off or as it is."""
    changes: dict[str, Any] = {}
    for name, is_on in switches.items():
        changes |= {"allow_exif_gps": True} if name == "position" and is_on else {} if is_on else OFF[name]
    return settings.model_copy(update=changes)
