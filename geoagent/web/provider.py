"""What is to be known of a service that answers tools: its address, limits and terms."""

from typing import NamedTuple

DAY_S = 86_400.0


class Provider(NamedTuple):
    """A service that answers tools over the network.

    - `answers` and `terms` are texts for the docs.
    - `base_url` is its address, with parts in braces that are filled in; None if the user has to name a server; empty
      if each request has an address of its own.
    - `accepts` are the content types of answers that are read, and `max_bytes` is the longest answer.
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
        """The name of the environment variable in which the user gives the service's key."""
        return f"GEOAGENT_{self.name.upper()}_KEY"
