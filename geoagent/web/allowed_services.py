"""Which services the user has allowed: a tool whose services are not is not offered, and a request to one not sent."""

from geoagent.settings import Settings
from geoagent.web.provider import Provider


def is_allowed(provider: Provider, settings: Settings) -> bool:
    """Whether the user has allowed a service.

    A server that the user configured is; so is a service with a key; one without needs `online`. One whose address is
    the user's to give and that wants a key needs both. One that photos are sent to must have been named as well.
    """
    if provider.uploads and settings.reverse_image != provider.name:
        return False
    if provider.base_url is None:
        return provider.name in settings.services and (provider.key is None or provider.name in settings.keys)
    if provider.name in settings.services:
        return True
    return provider.name in settings.keys or (provider.key is None and settings.online)
