"""What a provider is: a service that answers tools, its limits and its terms; and when it may be asked."""

from typing import NamedTuple

from geoagent.settings import Settings

DAY_S = 86_400.0


class Provider(NamedTuple):
    """A service.

    `base_url` is None where the user has to name a server; parts in braces are filled in. `key` says how its key is
    sent: "header NAME", "query NAME" or "bearer". `version` is raised when an answer is read differently: it is part of
    what kept answers are found by. At most one request goes out every `every_s` seconds, which does not bind a server
    of the user's own; answers are kept for `keep_s` seconds. `uploads` marks a service that photos are sent to.
    """

    name: str
    answers: str
    terms: str
    base_url: str | None
    accepts: tuple[str, ...] = ("application/json",)
    version: int = 1
    every_s: float = 0.0
    keep_s: float = 7 * DAY_S
    key: str | None = None
    max_bytes: int = 4_000_000
    uploads: bool = False

    @property
    def key_variable(self) -> str:
        """The environment variable that its key stands in."""
        return f"GEOAGENT_{self.name.upper()}_KEY"


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
