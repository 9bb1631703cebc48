"""Where on this machine published models lie that galleries and trainings need, by the hash of the models' files.

It is kept in the cache folder, not in the galleries and trainings: these may be somebody else's, and no file of others
says which files are opened here.
"""

import json
from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.files.outputs import read_object
from geoagent.files.small_files import write_whole

FILE = "model_folders.json"


def remember(cache: Path, model: str, folder: Path) -> None:
    """Keep where the model of a hash lies. Raises ConfigError."""
    known = _read(cache)
    if known.get(model) == str(folder):
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
        write_whole(cache / FILE, json.dumps({**known, model: str(folder)}), mode=0o600)
    except OSError as error:
        raise ConfigError(f"{cache / FILE}: cannot be written ({error.strerror})") from error


def folder_of(cache: Path, model: str) -> Path | None:
    """Where the model of a hash lies; None where nobody has said so on this machine."""
    found = _read(cache).get(model)
    return Path(found) if isinstance(found, str) else None


def _read(cache: Path) -> dict[str, object]:
    """What is known; nothing where the file is missing or damaged, so that it is said anew."""
    try:
        return read_object(cache / FILE)
    except (OSError, ValueError):
        return {}
