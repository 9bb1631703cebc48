"""Which services the user has allowed: a tool is offered only with one of them, and no other is sent a request."""

from geoagent.settings import Settings
from geoagent.web.provider import Provider


def is_allowed(provider: Provider, settings: Settings) -> bool:
    """Whether the user's settings allow a service.

    A service is allowed if the user has configured a server for it or given its key; one that takes no key, by
    `online`. One whose address is the user's to give and that takes a key needs both. One that photos are sent to must
    also be named as `reverse_image`.
    """
    if provider.uploads and settings.reverse_image != provider.name:
        return False
    if provider.base_url is None:
        return provider.name in settings.services and (provider.key is None or provider.name in settings.keys)
    if provider.name in settings.services:
        return True
    return provider.name in settings.keys or (provider.key is None and settings.online)
