"""GeoRC's folder: one challenge or many, each with five photos, up to three experts and the candidates of many systems.

CHALLENGE_1.png …                               the photos
CHALLENGE_rounds_metadata.json                  the true place of each round: lat, lng, streakLocationCode
Human_Expert_1.txt, or Human_Chain_1.txt        the chains of an expert, five rounds a file
candidate_reasoning_chain_SYSTEM_1.txt …        the chains of a system, one a round
candidate_prediction_SYSTEM_1.json …            where a system says the photo was taken (not in every copy)
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.answers.parsing import parse_lenient
from geoagent.eval.chains.chains import Chain, candidate_of, chain_of_text, chains_of_rounds, expert_of
from geoagent.eval.chains.georc_text import Protocol
from geoagent.files.foreign_tables import read_lenient
from geoagent.geo import Point
from geoagent.plain_text import printable

_PHOTO = re.compile(r".*_(\d+)\.(png|jpe?g|webp)", re.IGNORECASE)
_METADATA = re.compile(r".*_rounds_metadata\.json", re.IGNORECASE)
_PREDICTION = re.compile(r"candidate_prediction_(?:(.+)_)?(\d+)\.json", re.IGNORECASE)
DEPTH = 3
"""So many folders deep below the one that is named may a challenge lie."""
_BESIDE = frozenset({"readme.md", "license", "licence", "license.txt", "dataset_infos.json"})
"""What lies in a published folder and holds no chain."""


class Scene(NamedTuple):
    """What a GeoRC folder tells of one photo: its file, the ISO code of the true country, and the true point.

    What it does not tell is None, or "" for the country.
    """

    photo: Path | None = None
    country: str = ""
    point: Point | None = None


@dataclass
class GeoRC:
    """The content of a GeoRC folder.

    `candidates` has the chains of each system by its name, `experts` those of each expert by number, `scenes` the
    photos by the ids of their chains. `unread` names the files that were not read, and why.
    """

    candidates: dict[str, list[Chain]] = field(default_factory=dict)
    experts: dict[int, list[Chain]] = field(default_factory=dict)
    scenes: dict[str, Scene] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def is_georc(path: Path, depth: int = DEPTH) -> bool:
    """Whether a folder is GeoRC's: it holds files with the names of GeoRC's experts or candidates, or such a folder.

    `depth` is how many folders deep is looked.
    """
    if not path.is_dir():
        return False
    return _is_challenge(path) or (depth > 0 and any(is_georc(folder, depth - 1) for folder in _folders(path)))


def read_georc(path: Path, protocol: Protocol = "ours") -> GeoRC:
    """All challenges in a GeoRC folder: chains of candidates and experts, and what is known of the photos.

    `protocol` says how texts are split (see `read_chains`). Raises ConfigError for a file or folder that cannot be
    opened.
    """
    found = GeoRC()
    _read_folder(path, protocol, found, DEPTH)
    return found


def _read_folder(path: Path, protocol: Protocol, found: GeoRC, depth: int) -> None:
    if _is_challenge(path):
        _read_challenge(path, protocol, found)
        return
    for entry in _entries(path):
        if depth > 0 and is_georc(entry, depth - 1):
            _read_folder(entry, protocol, found, depth - 1)
        elif entry.name.lower() not in _BESIDE:
            found.unread.append(f"{entry.name}: no challenge of GeoRC")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror or error}") from error


def _folders(folder: Path) -> Iterator[Path]:
    return (entry for entry in _entries(folder) if entry.is_dir())


def _is_challenge(folder: Path) -> bool:
    return any(expert_of(entry) is not None or candidate_of(entry) is not None for entry in _entries(folder))


def _read_challenge(folder: Path, protocol: Protocol, found: GeoRC) -> None:
    """Read what one challenge holds; experts first by the name that GeoRC's scorer reads."""
    name = folder.absolute().name
    experts: set[int] = set()
    entries = sorted(_entries(folder), key=lambda entry: (not entry.name.lower().startswith("human_chain"), entry.name))
    for entry in entries:
        expert, candidate = expert_of(entry), candidate_of(entry)
        if entry.is_dir():
            found.unread.append(f"{name}/{entry.name}: a folder in a challenge")
        elif expert in experts:
            found.unread.append(f"{name}/{entry.name}: a second file of expert {expert}, the first counts")
        elif expert is not None:
            experts.add(expert)
            found.experts.setdefault(expert, []).extend(_of_expert(entry, name, protocol))
        elif candidate is not None:
            system, number = candidate
            chain = _named(chain_of_text(read_lenient(entry), f"{name}_{number}", protocol), f"{name}/{entry.name}")
            found.candidates.setdefault(system, []).append(chain)
        elif not _is_beside(entry):
            found.unread.append(f"{name}/{entry.name}: not a name of GeoRC's files")
    _add_predictions(folder, name, found)
    _add_scenes(folder, name, found)


def _is_beside(entry: Path) -> bool:
    patterns = (_PHOTO, _METADATA, _PREDICTION)
    return entry.name.lower() in _BESIDE or any(pattern.fullmatch(entry.name) for pattern in patterns)


def _of_expert(path: Path, challenge: str, protocol: Protocol) -> list[Chain]:
    chains = chains_of_rounds(read_lenient(path), challenge, protocol)
    return [_named(chain, f"{challenge}/{path.name}") for chain in chains]


def _named(chain: Chain, file: str) -> Chain:
    """A chain whose unread parts name their file; an empty one is told too."""
    parts = chain.unread_parts or (() if chain.points else ("no point in it",))
    return chain._replace(unread_parts=tuple(f"{file}: {part}" for part in parts))


def _add_predictions(folder: Path, name: str, found: GeoRC) -> None:
    """Put what a system says of the country into its chains, where a file of predictions tells."""
    said: dict[tuple[str, str], str] = {}
    for entry in _entries(folder):
        if (match := _PREDICTION.fullmatch(entry.name)) is not None:
            answer = parse_lenient(read_lenient(entry))
            country = answer.country_code or answer.country if answer else None
            if country:
                said[match[1] or "candidate", f"{name}_{match[2]}"] = country
            else:
                found.unread.append(f"{name}/{entry.name}: names no country")
    for system, chains in found.candidates.items():
        found.candidates[system] = [
            chain._replace(answer=said.get((system, chain.id), chain.answer)) for chain in chains
        ]


def _add_scenes(folder: Path, name: str, found: GeoRC) -> None:
    rows: dict[int, dict[str, Any]] = {}
    photos: dict[int, Path] = {}
    for entry in _entries(folder):
        if (match := _PHOTO.fullmatch(entry.name)) is not None:
            photos.setdefault(int(match[1]), entry)
        elif _METADATA.fullmatch(entry.name):
            rows |= dict(enumerate(_rows(entry, name, found), 1))
    for number in sorted({*rows, *photos}):
        row = rows.get(number, {})
        country = str(row.get("streakLocationCode") or "").upper()
        found.scenes[f"{name}_{number}"] = Scene(photos.get(number), country, _point(row))


def _rows(path: Path, name: str, found: GeoRC) -> list[dict[str, Any]]:
    try:
        rows = json.loads(read_lenient(path))
    except (ValueError, RecursionError) as error:
        found.unread.append(f"{name}/{path.name}: not JSON ({printable(error)[:60]})")
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        found.unread.append(f"{name}/{path.name}: not a list of rounds")
        return []
    return rows


def _point(row: dict[str, Any]) -> Point | None:
    try:
        return Point(lat=row["lat"], lon=row["lng"])
    except (KeyError, ValueError):  # a row without a point, or with one that is not on Earth
        return None
