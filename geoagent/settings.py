"""The settings: read once, at the edge, and passed down. Flags count before the environment, that before the TOML
file.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from geoagent.case.views import Frozen
from geoagent.errors import ConfigError, reason_of
from geoagent.files.small_files import read_text
from geoagent.plain_text import printable
from geoagent.secrets import Secrets, secrets_of_address, secrets_of_command, shown_address, shown_command


def checked_key(key: str | None, variable: str = "GEOAGENT_API_KEY", field: str = "api_key") -> str | None:
    """A service's key without the white space round it; None where nothing is left.

    Raises ConfigError, which does not show the key, where it is not printable ASCII, as headers need it. `variable` and
    `field` say in that message where the key is to be given.
    """
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(
            f"the server's key holds something else than printable ASCII; copy it again to {variable}, "
            f"or to {field} in the TOML file"
        )
    return key or None


def _pairs(value: Any) -> Any:
    """ "name=value name=value" as a table."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split()]
    if not all(name and rest for name, _, rest in pairs):
        raise ValueError("write NAME=URL, several with spaces between them")
    return {name: rest for name, _, rest in pairs}


def _checked_services(services: dict[str, str]) -> dict[str, str]:
    for name, url in services.items():
        if not _is_address(url) or "@" in urlsplit(url).netloc:
            raise ValueError(f"{name}: not an http address without user and password, such as http://127.0.0.1:8080")
    return services


def _checked_tiles(address: str) -> str:
    parts = [part in address for part in ("{z}", "{x}", "{y}")]
    if address and not (_is_address(address) and all(parts) and "@" not in urlsplit(address).netloc):
        raise ValueError("not an address of tiles, such as https://tile.openstreetmap.org/{z}/{x}/{y}.png")
    if re.search(r"[\s;,'\"]|\{(?![xyz]\})", address):
        raise ValueError(
            "an address of tiles holds no spaces, quotes, commas or semicolons, and of braces {z}, {x}, {y}"
        )
    return address


def _checked_keys(keys: dict[str, str]) -> dict[str, str]:
    checked = {n: checked_key(key, f"GEOAGENT_{n.upper()}_KEY", f"keys.{n}") for n, key in keys.items()}
    return {name: key for name, key in checked.items() if key}


def _absolute(folder: Path | None) -> Path | None:
    """A folder as an absolute path: a run that is resumed from another folder must find it."""
    return folder if folder is None else Path(os.path.abspath(folder))  # noqa: PTH100  # also without "a/../"


def _lines(value: Any) -> Any:
    return [line for line in value.splitlines() if line.strip()] if isinstance(value, str) else value


def _words(value: Any) -> Any:
    """ "one two", or a list of names, as names, each once; None as none."""
    found = value.split() if isinstance(value, str) else value or ()
    return tuple(dict.fromkeys(found)) if isinstance(found, list | tuple) else found


Folder = Annotated[Path | None, AfterValidator(_absolute)]
_KEY_NAME = re.compile(r"GEOAGENT_(?!API_)(\w+)_KEY")


def _priced(value: Any) -> Any:
    """ "model=0.5/1.5 model=…" as a table."""
    return {name: pair.split("/") for name, pair in _pairs(value).items()} if isinstance(value, str) else value


Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
MOST_BYTES = 1_000_000
UNTOLD = {
    "api_key",
    "keys",
    "langsmith",
    "opentelemetry",
    "cache_dir",
    "max_cost",
    "prices",
    "tiles",
    "tiles_credit",
    "database",
    "milvus",
}
"""What a trace does not keep: secrets, and what changes no answer."""


class Settings(Frozen):
    """How cases are solved. Every field can stand in the TOML file, and in the environment as `GEOAGENT_…` in capitals.

    The model server:

    - `vlm`: the base address of an OpenAI-compatible server ("http://127.0.0.1:8000/v1"). Without it the embedded
      reasoner works alone.
    - `model`: the model's name on that server; None asks the server for its only one.
    - `api_key`: the server's key.
    - `minds`: names of further models on that server, which look at the photo too: each alone, then once with what the
      others noticed. Only the first, `model`, goes on.
    - `native_tools`: the server's own tool calling is used, instead of JSON actions.
    - `opinion_samples`: so many answers are asked for the opinion, and averaged.
    - `no_second_look`: what the model saw is not looked at again before the answer.
    - `rerank`: so many of the leading places are ordered by the model before the answer, three times over; 0 of none.
    - `image_side`: the longest side in pixels of a picture that the model is shown.

    Budgets of a case:

    - `max_steps`: turns of the loop. `timeout_s`: seconds of the whole case. `max_tokens`: tokens, in and out.
    - `max_cost`: dollars of all photos of a command together. `prices`: dollars for a million tokens in and out, by
      the model's name ("my-model": (0.5, 1.5)); they replace the prices that geoagent knows.
    - `request_timeout_s`: seconds of one call of the model; None gives it all that is left of the case's time.

    What may be read, and what may be asked over the network (without these, nothing but the model server):

    - `allow_exif_gps`: the position in a photo's file is evidence. Otherwise it is not read.
    - `online`: services that need no key may be asked.
    - `services`: addresses of servers by the name of the service ("nominatim": "http://127.0.0.1:8080").
    - `keys`: keys by the name of the service; a service with a key may be asked.
    - `reverse_image`: the one service that photos may be sent to.
    - `contact`: an address that services are told.
    - `no_shortcuts`: metadata are hidden, the hosts of benchmarks refused; dropped are results that are the photo
      itself, and positions that a camera stamped on it.
    - `mcp`: commands that start MCP servers.
    - `langsmith`: LangSmith may hear of the case, if its own variables or a graph around this one say so.

    - `opentelemetry`: spans of cases and of calls go where OTEL_EXPORTER_OTLP_ENDPOINT says, from then on those of
      every agent in this process.

    What the page of `geoagent serve` may show, once somebody clicks for it:

    - `tiles`: the address of pictures of streets, with {z}, {x} and {y} in it. Their server then sees which part of the
      map is looked at. `tiles_credit`: whom the map then names.

    Where `geoagent serve` keeps cases:

    - `database`: the address of a Postgres server that several services share, as postgresql://user:password@host/name.

    Data on this machine:

    - `knowledge`: a folder of tables of your own, read beside ours by all cases of the process.
    - `guide`: a folder of Markdown, a guidebook that a model may consult.
    - `gallery`: the folder of a gallery to search. `milvus`: the address of a Milvus server that keeps its index, or a
      file of milvus-lite (.db). `elevation`: a folder of elevation tiles (HGT, GeoTIFF).
    - `extract`: a file with an extract of OpenStreetMap (.osm.pbf), in which combinations of things are sought.
    - `evidence`: a file of evidence of your own, which joins the belief of each case.
    - `prior`: the priors that are asked about each photo, by name. `prior_weights`: the folder of GeoCLIP's weights;
      None takes those that were fetched. `prior_precision`: the kind of number that its image tower computes with.
    - `cache_dir`: the folder of the atlas and of kept answers; None takes the user's cache folder.
    """

    vlm: str | None = None
    model: str | None = None
    api_key: Annotated[str | None, Field(repr=False), AfterValidator(lambda key: checked_key(key))] = None
    minds: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    native_tools: bool = False
    opinion_samples: Annotated[int, Field(ge=1, le=20)] = 1
    no_second_look: bool = False
    rerank: Annotated[int, Field(ge=0, le=8)] = 0
    max_steps: Annotated[int, Field(ge=0, le=200)] = 12
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300.0
    max_tokens: Annotated[int, Field(gt=0)] = 200_000
    max_cost: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    prices: Annotated[dict[str, tuple[Price, Price]], BeforeValidator(_priced)] = Field({})
    request_timeout_s: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    image_side: Annotated[int, Field(ge=64, le=4096)] = 1280
    allow_exif_gps: bool = False
    online: bool = False
    services: Annotated[dict[str, str], BeforeValidator(_pairs), AfterValidator(_checked_services)] = Field({})
    keys: Annotated[dict[str, str], Field(repr=False), AfterValidator(_checked_keys)] = Field({})
    reverse_image: str | None = None
    contact: Annotated[str | None, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")] = None
    no_shortcuts: bool = False
    mcp: Annotated[tuple[str, ...], BeforeValidator(_lines)] = ()
    gallery: Folder = None
    elevation: Folder = None
    extract: Folder = None
    knowledge: Folder = None
    guide: Folder = None
    evidence: Folder = None
    prior: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    prior_weights: Folder = None
    prior_precision: Literal["float32", "bfloat16", "float16", "int8"] | None = None
    langsmith: bool = False
    opentelemetry: bool = False
    tiles: Annotated[str, AfterValidator(_checked_tiles)] = ""
    tiles_credit: Annotated[str, Field(max_length=200)] = "© OpenStreetMap contributors"
    cache_dir: Path | None = None
    database: Annotated[str, Field(repr=False)] = ""
    milvus: Annotated[str, Field(repr=False)] = ""

    @property
    def cache(self) -> Path:
        """The folder for the atlas, weights and kept answers: `cache_dir`, or the user's cache folder."""
        if self.cache_dir is not None:
            return self.cache_dir
        from platformdirs import user_cache_path

        return user_cache_path("geoagent", appauthor=False)

    @property
    def paths_read(self) -> tuple[Path, ...]:
        """The files and folders that solving a case reads because these settings name them: gallery, elevation,
        extract, knowledge, guidebook, evidence, weights.
        """
        named = (
            self.gallery, self.elevation, self.extract, self.knowledge, self.guide, self.evidence, self.prior_weights,
        )  # fmt: skip
        return tuple(path for path in named if path is not None)

    @property
    def request_limit_s(self) -> float:
        """The longest that one request to the model may take, in seconds."""
        return self.timeout_s if self.request_timeout_s is None else self.request_timeout_s

    def public(self) -> dict[str, str | int | float | bool | None]:
        """The settings as a trace keeps them: without keys, and with addresses without user and password."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude=UNTOLD)
        values["services"] = " ".join(f"{name}={shown_address(url)}" for name, url in self.services.items())
        values["prior"] = " ".join(self.prior) or None
        values["minds"] = " ".join(self.minds) or None
        values["mcp"] = "\n".join(map(shown_command, self.mcp))
        if self.vlm:
            values["vlm"] = shown_address(self.vlm.partition("?")[0].partition("#")[0])
        secrets = self.secrets()
        return {name: secrets.hide(value) for name, value in values.items()}

    def secrets(self) -> Secrets:
        """All keys of the settings, also those inside addresses and inside the commands of MCP servers."""
        return Secrets(_secrets_of(self.__dict__))


def secrets_given(arguments: Sequence[str], environment: Mapping[str, str]) -> Secrets:
    """All keys in a command line (`arguments`), the environment and the file of settings.

    They are found even if the settings cannot be used, so that no complaint shows one.
    """
    found = list[str]()
    for before, word in zip(["", *arguments], arguments, strict=False):
        flag, equals, value = word.partition("=")
        if before == "--mcp" or flag == "--mcp":
            found += secrets_of_command(value if equals and flag == "--mcp" else word)
        for address in (part for part in re.split(r"\s+", word) if "://" in part):
            found += secrets_of_address(address[max(address.find("=", 0, address.find("://")) + 1, 0) :])
    with suppress(ConfigError):  # whoever reads the settings will say so
        found += _secrets_of(_read_file(environment))
    found += _secrets_of({name: environment.get(f"GEOAGENT_{name.upper()}") for name in Settings.model_fields})
    found += (key.strip() for name, key in environment.items() if _KEY_NAME.fullmatch(name))
    return Secrets(found)


def _secrets_of(values: Mapping[str, Any]) -> Iterator[str]:
    """The secrets in settings, checked or not."""
    keys, services, mcp = values.get("keys"), values.get("services"), values.get("mcp")
    held = (values.get("api_key"), *(keys.values() if isinstance(keys, dict) else ()))
    yield from (str(key).strip() for key in held if key)
    if isinstance(services, str):
        services = {number: pair.partition("=")[2] for number, pair in enumerate(services.split())}
    for address in (
        values.get("vlm"),
        values.get("database"),
        values.get("milvus"),
        *(services.values() if isinstance(services, dict) else ()),
    ):
        yield from secrets_of_address(str(address or ""))
    for command in _lines(mcp) if isinstance(mcp, str | list | tuple) else ():
        yield from secrets_of_command(str(command))


def settings_file(environment: Mapping[str, str]) -> Path:
    """Where the TOML file of settings is looked for: `GEOAGENT_CONFIG`, or `geoagent.toml` in the user's config
    folder.

    It is never sought in the present folder: a file that came with somebody's photos must not choose where they are
    sent.
    """
    if environment.get("GEOAGENT_CONFIG"):
        return Path(environment["GEOAGENT_CONFIG"])
    from platformdirs import user_config_path

    return user_config_path("geoagent", appauthor=False) / "geoagent.toml"


def _read_file(environment: Mapping[str, str]) -> dict[str, Any]:
    path = settings_file(environment)
    if not path.exists() and not environment.get("GEOAGENT_CONFIG"):
        return {}
    return read_settings_file(path)


def read_settings_file(path: Path) -> dict[str, Any]:
    """The settings in a TOML file by name, not checked yet.

    Raises ConfigError, in one line, where it cannot be read, is no TOML, or names a setting that does not exist.
    """
    import tomllib

    if path == Path(os.devnull):  # no settings from any file
        return {}
    try:
        values = tomllib.loads(read_text(path, MOST_BYTES))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # of TOML, or of what is no text in UTF-8
        raise ConfigError(f"{path}: not TOML: {printable(error)[:200]}; correct it") from error
    unknown = sorted(set(values) - set(Settings.model_fields))
    if unknown:
        known, named = ", ".join(Settings.model_fields), printable(", ".join(unknown))[:100]
        raise ConfigError(f"{path}: there is no setting {named}; the settings are {known}")
    return values


def read_settings(given: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings: those in `given` count first, then the environment, then the TOML file; None in `given` means not
    given.

    Raises ConfigError, in one line, where a value is wrong or the file cannot be read.
    """
    environment = os.environ if environment is None else environment
    flags = {name: given[name] for name in Settings.model_fields if given.get(name) is not None}
    file = {name: value for name, value in _read_file(environment).items() if name not in flags}
    try:
        settings = _sourced(environment, file)(**flags)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{'.'.join(map(str, first['loc']))}: {reason_of(first).lower()}") from error
    if settings.vlm and not _is_address(settings.vlm):
        shown = re.sub(r"(?s)^(https?://)?.*@|[?#].*", r"\1", settings.vlm)  # without user, password and query
        raise ConfigError(f"vlm: {shown!r} is not an http address, such as http://127.0.0.1:8000/v1")
    return Settings.model_validate(settings.model_dump())


def _sourced(environment: Mapping[str, str], file: dict[str, Any]) -> "type[Settings]":
    """Settings that take what they are not given from the environment, then from the values of the file.

    Only this loads pydantic-settings. Settings that are made in Python read neither environment nor file.
    """
    from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, SettingsConfigDict

    own = {name.lower(): text for name, text in environment.items() if text and name.isupper()}
    keys = {match[1].lower(): key for name, key in environment.items() if key and (match := _KEY_NAME.fullmatch(name))}

    class Sourced(BaseSettings, Settings):
        model_config = SettingsConfigDict(env_prefix="GEOAGENT_", enable_decoding=False)

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: Any, *others: Any, **named: Any
        ) -> tuple[Any, ...]:
            variables = EnvSettingsSource(settings_cls)
            variables.env_vars = own  # it would read os.environ, and names in small letters, which no one hides
            services = InitSettingsSource(settings_cls, {"keys": keys} if keys else {})
            return init_settings, variables, services, InitSettingsSource(settings_cls, file)

    return Sourced


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.port != 0 and bool(parts.hostname and re.fullmatch(r"https?://[^\s/]+(/\S*)?", url))
    except ValueError:  # the port is no number, or a bracket is missing
        return False
