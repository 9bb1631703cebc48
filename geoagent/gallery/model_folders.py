"""Where on this machine the published models lie that make galleries' vectors, by the names of the encoders.

It is kept in the cache folder and not in the galleries: a gallery may be somebody else's, and no file of others says
which files are opened here.
"""

import json
from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.files.outputs import read_object
from geoagent.files.small_files import write_whole

FILE = "model_folders.json"


def remember(cache: Path, encoder: str, folder: Path) -> None:
    """Keep where the model of an encoder lies. Raises ConfigError."""
    known = _read(cache)
    if known.get(encoder) == str(folder):
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
        write_whole(cache / FILE, json.dumps({**known, encoder: str(folder)}), mode=0o600)
    except OSError as error:
        raise ConfigError(f"{cache / FILE}: cannot be written ({error.strerror})") from error


def folder_of(cache: Path, encoder: str) -> Path | None:
    """Where the model of an encoder lies; None where nobody has said so on this machine."""
    found = _read(cache).get(encoder)
    return Path(found) if isinstance(found, str) else None


def _read(cache: Path) -> dict[str, object]:
    """What is known; nothing where the file is missing or damaged, so that it is said anew."""
    try:
        return read_object(cache / FILE)
    except (OSError, ValueError):
        return {}
