"""What a service is that answers tools: its address, limits and terms; and when it may be asked."""

from typing import NamedTuple

from geoagent.settings import Settings

DAY_S = 86_400.0


class Provider(NamedTuple):
    """A service that answers tools over the network.

    - `answers` and `terms` are told in the docs.
    - `base_url` is its address, with parts in braces that are filled in; None if the user has to name a server.
    - `accepts` are the types of answers that are read, and `max_bytes` is the longest answer.
    - `version` is part of what kept answers are found by; raise it when answers are read differently.
    - `every_s` is the least time between two requests; it does not bind a server of the user's own.
    - `keep_s` is how long answers are kept, in seconds.
    - `key` says how its key is sent: "header NAME", "query NAME" or "bearer"; None if it takes none.
    - `uploads` marks a service that photos are sent to.
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
