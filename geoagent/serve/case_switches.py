"""The options ("switches") that a single case may set: whether it may use the position in the file, the network and the
gallery.
"""

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
    """The options that a single case may set on a service with these `settings`, by name, each with its value unless
    the case sets it.

    The names are "position" (that in the photo's file), "network" and "gallery"; one that these settings leave nothing
    to choose of is left out.
    """
    found = {} if settings.no_shortcuts else {"position": settings.allow_exif_gps}
    if settings.online or settings.services or settings.keys or settings.reverse_image:
        found["network"] = True
    return found | ({"gallery": True} if settings.gallery else {})


def switched(settings: Settings, switches: Mapping[str, bool]) -> Settings:
    """The settings for one case: those of the service, changed by the case's `switches`, such as {"position": True,
    "network": False}.

    A case can switch on the use of the position in its photo's file; everything else it can only switch off.
    """
    changes: dict[str, Any] = {}
    for name, is_on in switches.items():
        changes |= {"allow_exif_gps": True} if name == "position" and is_on else {} if is_on else OFF[name]
    return settings.model_copy(update=changes)
