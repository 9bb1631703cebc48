"""The services that know streets and addresses, in the order in which they are asked: first those chosen by name."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from geoagent.geo import Point
from geoagent.web.gate import Wire
from geoagent.web.map_answers import Address, Circle
from geoagent.web.provider import Provider
from geoagent.web.services import geocoders, nominatim, photon


class StreetMap(NamedTuple):
    """A service that finds addresses by name (`addresses`), and most also the address at a point (`address_at`, else
    None).

    It lists at most `most` results. One that `restricts` looks for nothing but what lies in the area that it is given,
    so that finding nothing says something.
    """

    provider: Provider
    addresses: Callable[[Wire, str, str | None, Circle | None], list[Address]]
    address_at: Callable[[Wire, Point], Address | None] | None
    most: int
    restricts: bool


STREET_MAPS = (
    *(
        StreetMap(
            one.provider, partial(geocoders.addresses, one), partial(geocoders.address_at, one), one.most,
            bool(one.box) and one.restricts,
        )
        for one in geocoders.GEOCODERS
    ),
    StreetMap(nominatim.NOMINATIM, nominatim.addresses, nominatim.address_at, nominatim.MOST, True),
    StreetMap(photon.PHOTON, photon.addresses, None, photon.MOST, True),
)  # fmt: skip
PROVIDERS = tuple(service.provider for service in STREET_MAPS)
POINT_PROVIDERS = tuple(service.provider for service in STREET_MAPS if service.address_at)


def allowed(wire: Wire) -> list[StreetMap]:
    """The services of street maps that the user has allowed, in the order in which they are asked."""
    return [service for service in STREET_MAPS if wire.allows(service.provider)]
