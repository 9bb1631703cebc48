"""The connection to a model server: the client, its address, and the models that it serves."""

import weakref

import openai

from geoagent.errors import ConfigError
from geoagent.names import printable
from geoagent.secrets import shown_address


def make_client(url: str, api_key: str | None, timeout_s: float) -> openai.OpenAI:
    """A client for that server alone: it follows no redirect and no proxy setting, and sends no other key.

    Raises ConfigError.
    """
    wire = openai.DefaultHttpxClient(follow_redirects=False, trust_env=False, timeout=timeout_s)
    try:
        client = openai.OpenAI(
            base_url=url, api_key=api_key or "none", organization="", project="", timeout=timeout_s, http_client=wire,
            max_retries=0,
        )  # fmt: skip
    except Exception as error:  # the HTTP library below refuses odd addresses with exceptions of its own
        raise ConfigError(f"vlm: not an address that can be asked ({printable(error)[:100]})") from error
    weakref.finalize(client, wire.close)
    return client


def cause(error: BaseException) -> str:
    """What an error was caused by at first, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return printable(error)[:200] or type(error).__name__


def address(client: openai.OpenAI) -> str:
    """The address of a client's server without credentials."""
    url = client.base_url
    return shown_address(f"{url.scheme}://{url.netloc.decode()}{url.path}".rstrip("/"))


def server_models(client: openai.OpenAI) -> list[str]:
    """The models that a server serves. Raises ConfigError: it is asked before any work."""
    try:
        return [model.id for model in client.models.list()]
    except openai.APIStatusError as error:
        known = {401: "refuses the key; set GEOAGENT_API_KEY", 403: "refuses the key; set GEOAGENT_API_KEY"}
        what = known.get(error.status_code, f"answered {error.status_code} when asked for its models")
        raise ConfigError(f"the model server at {address(client)} {what}") from error
    except openai.OpenAIError as error:
        raise ConfigError(f"the model server at {address(client)} cannot be reached: {cause(error)}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"{address(client)} is no OpenAI-compatible server: its list of models is not one") from error


def only_model(client: openai.OpenAI) -> str:
    """The model that a server serves, where it serves just one. Raises ConfigError."""
    names = server_models(client)
    if len(names) != 1:
        raise ConfigError(f"the server serves {len(names)} models ({', '.join(names[:8])}); name one with --model")
    return names[0]
