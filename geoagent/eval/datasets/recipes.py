"""The table of published benchmarks and files of answers, and how one of them is found and loaded.

Figures in it were counted in the files themselves; a hash is the first 16 hexadecimal digits of a file's SHA-256.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.errors import ConfigError
from geoagent.eval.datasets.earthwhere import read_wherecountry, read_wherestreet
from geoagent.eval.datasets.geobrowse import read_geobrowse
from geoagent.eval.datasets.geocomp import read_geocomp
from geoagent.eval.datasets.golds import with_places
from geoagent.eval.datasets.point_tables import (
    read_disclosure_labels,
    read_geovista,
    read_greval,
    read_im2gps_info,
    read_points,
    read_wanderbench,
    read_yfcc_lines,
)
from geoagent.runs.samples import Sample, load_samples

log = logging.getLogger(__name__)
Load = Callable[[Path], list[Sample]]
OpenAtlas = Callable[[], Atlas]


class Recipe(NamedTuple):
    """A published benchmark: where it comes from, what to download, and how it is read.

    `get` says what to put where. `labels` are the places in its folder where the file with the true places may lie,
    each with what reads it (None: the benchmark is no set of photos). `samples` is how many there are as published, or
    None. `traps` warns of oddities, `hashes` tells files by their content, `used_by` is the command that reads it.
    """

    title: str
    source: str
    licence: str
    get: str
    labels: tuple[tuple[str, Load | None], ...]
    samples: int | None = None
    traps: str = ""
    hashes: dict[str, str] = {}  # noqa: RUF012  # never changed
    used_by: str = "eval run, and eval import --truth"


class AnswerFile(NamedTuple):
    """A published file of another system's answers, which is recognised by its content.

    `what` describes it, and `answers` is how many it holds.
    """

    what: str
    answers: int


class State(NamedTuple):
    """How far a benchmark is on this machine: its file of labels, and the numbers of samples and photos.

    `found` is None where it is not here. `photos` is how many photos are there and how many are named. `fault` says why
    the file cannot be read, or is "".
    """

    name: str
    found: Path | None
    samples: int | None = None
    photos: tuple[int, int] | None = None
    fault: str = ""


def find(name: str, folder: Path | None) -> tuple[Path, Load | None] | None:
    """The file with the true places of the benchmark `name`, and what reads it; None where it is missing.

    It is sought in `folder` and in the subfolder of the benchmark's name. The reader is None for what is no set of
    photos.
    """
    if folder is None:
        return None
    for place in (folder / name, folder):
        for pattern, load in RECIPES[name].labels:
            found = sorted([*place.glob(pattern), *place.glob(f"{pattern}.gz")]) if place.is_dir() else []
            if found:
                return found[0], load
    return None


def load(name: str, folder: Path | None, atlas: OpenAtlas) -> list[Sample]:
    """The samples of the benchmark `name`, whose files lie in `folder`; `atlas` opens what finds places given in words.

    Raises ConfigError, which says what to download, where the files are missing or cannot be read; without a `folder`
    it always does.
    """
    recipe = RECIPES[name]
    found = find(name, folder)
    if found is None:
        where = f"not in {folder}" if folder else "give the folder of its files with --from"
        raise ConfigError(f"{name}: {where}. {recipe.title}: {recipe.get}")
    path, reader = found
    if reader is None:
        raise ConfigError(f"{name}: holds no photos with their places; it is read by {recipe.used_by}")
    samples = reader(path)
    if recipe.samples and len(samples) != recipe.samples:
        log.warning(f"{path}: {len(samples)} samples; as published there are {recipe.samples}")
    return with_places(samples, atlas)


def load_any(source: str, folder: Path | None, atlas: OpenAtlas) -> list[Sample]:
    """The samples of a named benchmark, of a folder with labels, or of a table, whichever `source` names.

    `folder` is where a named benchmark's files lie; `atlas` opens what finds places given in words. Raises ConfigError
    where they cannot be read.
    """
    return load(source, folder, atlas) if source in RECIPES else load_samples(Path(source))


def state(name: str, folder: Path | None) -> State:
    """How far the benchmark `name` is in `folder`: its file with the true places, and its samples and photos.

    A file that cannot be read is a `fault` of the state; nothing is raised.
    """
    found = find(name, folder)
    if found is None or found[1] is None:
        return State(name, found[0] if found else None)
    try:
        samples = found[1](found[0])
    except ConfigError as error:
        return State(name, found[0], fault=str(error))
    if not samples:
        return State(name, None)
    photos = [image for sample in samples for image in sample.images]
    return State(name, found[0], len(samples), (sum(map(os.path.exists, photos)), len(photos)))


def known_answers(data: bytes) -> AnswerFile | None:
    """What is known of a published file of answers with the content `data`; None for any other."""
    return ANSWER_FILES.get(hashlib.sha256(data).hexdigest()[:16])


_IMAGEO = (
    "IMAGEO-Bench's CSV files are in its repository (data), the photos on Zenodo, record 16670471: put {0} into a "
    "folder, and the photos into the folder {1} in it"
)
_FLICKR = "each photo keeps the licence that its author chose on Flickr"

RECIPES: dict[str, Recipe] = {
    "geobrowse": Recipe(
        "GeoBrowse level 1, questions on where photos were taken", "github.com/ornamentt/GeoBrowse", "MIT",
        "clone the repository; its folder Benchmark/data/level1 holds level1_en.jsonl and images",
        tuple((f"{place}{name}", read_geobrowse) for place in ("", "level1/", "Benchmark/data/level1/")
              for name in ("labels.csv", "level1_en.jsonl", "level1_zh.jsonl")),
        samples=199,
        traps="25 questions have several photos, as a list where the others have a text; places are words, of which "
        "most can be found in the atlas; some contradict the solution beside them",
        hashes={"1e7e67d9ad3bd161": "level1_en.jsonl, 199 questions", "50b6564678d4218a": "level1_zh.jsonl, 349"},
    ),
    "geobrowse-2": Recipe(
        "GeoBrowse level 2, a place and a question that begins with it", "github.com/ornamentt/GeoBrowse", "MIT",
        "clone the repository; its folder Benchmark/data/level2 holds level2_en.jsonl and images",
        tuple((f"{place}level2_{language}.jsonl", read_geobrowse) for place in ("", "level2/", "Benchmark/data/level2/")
              for language in ("en", "zh")),
        samples=101,
        traps="the answer to the question (gold_text_answer) is kept as a label; only the place is scored here",
        hashes={"205fffc9c4863edc": "level2_en.jsonl, 101 questions"},
    ),
    "geocomp": Recipe(
        "GeoComp's expert reasoning by panorama, without images", "github.com/yuan4629/Geocomp", "Apache-2.0",
        "clone the repository; src/Geoeval holds 'Ground Truth.csv'",
        tuple((f"{place}{name}", read_geocomp) for place in ("", "src/Geoeval/", "Geoeval/")
              for name in ("Ground Truth.csv", "Ground_Truth.csv")),
        samples=493,
        traps="GB 18030, not UTF-8; nations are in Chinese; seven panoramas occur twice (their texts are merged); the "
        "last column has no name",
        hashes={"956beff0fde3bbdd": "Ground Truth.csv, 500 texts"},
    ),
    **{
        f"imageo-{number}": Recipe(
            f"IMAGEO-Bench data set {number}, {what}", "github.com/Lingyao1219/benchmark-reverse-geocoding",
            "none stated",
            _IMAGEO.format(f"dataset{number}_info.csv", f"dataset{number}"),
            tuple((f"{place}dataset{number}_info.csv", read_points) for place in ("", "data/", "analysis/")),
            samples=count, traps=traps, hashes={digest: f"dataset{number}_info.csv"},
        )
        for number, what, count, traps, digest in (
            (1, "streets of the world", 6152, "", "b366aebfe4ae0a4d"),
            (2, "points of interest in the USA", 2928, "2,929 in its paper; Google's photos", "fa2a8fbdcf85bae4"),
            (3, "the authors' own photos", 270, "269 of its photos are answered in each file", "4a4ac38e9266d1f7"),
        )
    },
    "earthwhere-country": Recipe(
        "EarthWhere's WhereCountry, one of four countries", "github.com/UCSC-VLAA/EarthWhere", "none stated",
        "clone the repository; wherecountry holds wherecountry_500.csv, and the photos go into wherecountry/imgs",
        tuple((f"{place}wherecountry_500.csv", read_wherecountry) for place in ("", "wherecountry/")),
        samples=500,
        traps="the right country is not among the options in the file; its script counts unreadable answers out of n",
        hashes={"c83abde3950ae5a1": "wherecountry_500.csv"},
    ),
    "earthwhere-street": Recipe(
        "EarthWhere's WhereStreet, a place as finely as asked, with a hint and weighted clues",
        "github.com/UCSC-VLAA/EarthWhere", "none stated",
        "clone the repository; wherestreet holds all.csv and gt_key_clues_weight.json, and the photos go into "
        "wherestreet/imgs",
        tuple((f"{place}all.csv", read_wherestreet) for place in ("", "wherestreet/")),
        samples=310,
        traps="some weights do not sum to 1; its script counts a distance of 0 as a miss",
        hashes={"e58caee4d0c595b9": "all.csv", "a65d519d18f17cd3": "gt_key_clues_weight.json"},
    ),
    "im2gps": Recipe(
        "Im2GPS, 237 photos", "graphics.cs.cmu.edu/projects/im2gps", _FLICKR,
        "put im2gps_places365.csv (github.com/TIBHannover/GeoEstimation, branch original_tf, folder meta) or info.json "
        "beside the photos",
        (("im2gps_places365.csv", read_points), ("info.json", read_im2gps_info)),
        samples=237, traps="ids are file names",
    ),
    "im2gps3k": Recipe(
        "Im2GPS3k, 2,997 photos with a point", "github.com/lugiavn/revisiting-im2gps", _FLICKR,
        "put im2gps3k_places365.csv (github.com/TIBHannover/GeoEstimation, branch original_tf, folder meta) or "
        "info.json beside the photos",
        (("im2gps3k_places365.csv", read_points), ("info.json", read_im2gps_info)),
        samples=2997, traps="the CSV's headings LAT and LON are swapped, which is noticed; three photos have no point",
    ),
    "yfcc4k": Recipe(
        "YFCC4k, 4,536 photos", "github.com/lugiavn/revisiting-im2gps", _FLICKR,
        "put info.txt, or a CSV yfcc4k.csv or yfcc4k_places365.csv with IMG_ID, LAT and LON, beside the photos",
        (("yfcc4k.csv", read_points), ("yfcc4k_places365.csv", read_points),
         ("info.txt", read_yfcc_lines)),
        samples=4536, traps="info.txt has no heading, and longitude before latitude",
    ),
    "gws15k": Recipe(
        "GWS15k, 15,000 street views", "arxiv.org/abs/2303.04249", "Google's; not released",
        "it was never released: put a table gws15k.csv with ids and points of the panoramas that you have beside them",
        (("gws15k.csv", read_points), ("gws15k.jsonl", read_points)),
        traps="figures of two such collections cannot be compared",
    ),
    "osv5m": Recipe(
        "OSV-5M's test set, 210,122 street views", "huggingface.co/datasets/osv5m/osv5m", "CC BY-SA 4.0 (Mapillary)",
        "put test.csv and the unpacked images/test/00 to 04 into one folder",
        (("test.csv", read_points),),
        samples=210122, traps="ids are numbers, not file names; photos lie in five folders; the file is large",
    ),
    "greval": Recipe(
        "GREval-Bench, points with reasoning", "huggingface.co/datasets/Anonymous0515/GREval-Bench", "none stated",
        "put GREval-Bench.json and its folder imgs into one folder",
        tuple((f"{place}GREval-Bench.json", read_greval) for place in ("", "bench_data/", "benchmark/bench_data/")),
    ),
    "wanderbench": Recipe(
        "WanderBench, graphs of panoramas to walk in", "huggingface.co/datasets/Yushuo-Zheng/WanderBench", "CC BY 4.0",
        "put the graphs (JSON) into one folder, and the panoramas, which you fetch yourself, as PANO_ID.jpg into "
        "pano_images in it",
        (("*.json", read_wanderbench), ("data/*.json", read_wanderbench)),
        traps="headings are in radians; the panoramas are Google's and not part of it; a sample begins at the centre",
    ),
    "geovista": Recipe(
        "GeoVista-Bench, photos, panoramas and satellite images", "huggingface.co/datasets/LibraTree/GeoVistaBench",
        "Apache-2.0 (code)",
        "put a folder for each photo, named by its id, with metadata-ID.json and the photo, into one folder",
        (("*/metadata-*.json", read_geovista),),
        traps="its own scorer compares names by a model; here points and countries count",
    ),
    "vlm-geoprivacy": Recipe(
        "VLM-GeoPrivacy, how finely a photo's place may be told", "github.com/99starman/VLM-GeoPrivacyBench",
        "none stated",
        "clone the repository; data holds annotation_labels.csv and images_metadata.csv; photos come from the five "
        "sets that its instructions name",
        tuple((f"{place}images_metadata.csv", read_disclosure_labels) for place in ("", "data/")),
        samples=1200,
        traps="ids in the labels lack the name of the source; eval disclosure scores responses by the labels",
        hashes={"a331ace16e1109ee": "annotation_labels.csv, 1,200 labels", "f32683cac34ef7b1": "images_metadata.csv"},
    ),
    "geoarena": Recipe(
        "GeoArena, votes on pairs of answers", "github.com/Applied-Machine-Learning-Lab/GeoArena", "MIT (code)",
        "no votes are published; its program keeps them in leaderboard.json",
        (("leaderboard.json", None), ("votes.*", None)),
        traps="each vote stands in the history of both models", used_by="eval arena",
    ),
    "geoestimation": Recipe(
        "GeoEstimation's predictions on Im2GPS and Im2GPS3k", "github.com/TIBHannover/GeoEstimation", "GPL-3.0 (code)",
        "twelve CSV files in its results",
        (("*_M*.csv", None), ("inference/*.csv", None), ("results/*.csv", None)),
        traps="a blank line and two summary rows end each file", used_by="eval import",
    ),
    "thinking-with-map": Recipe(
        "Thinking-with-Map's answers of seven models on three sets", "github.com/AMAP-ML/Thinking-with-Map",
        "Apache-2.0",
        "clone the repository; api_evaluation/api_results holds 17 JSON Lines files with the truth in them",
        (("*geobench*.jsonl", None), ("api_evaluation/api_results/*.jsonl", None)),
        traps="strict and lenient reading differ by up to 19 points; its script uses geodesic distances and <",
        used_by="eval import",
    ),
    "imageo-answers": Recipe(
        "IMAGEO-Bench's answers of ten models", "github.com/Lingyao1219/benchmark-reverse-geocoding", "none stated",
        "clone the repository; analysis/result holds a JSON Lines file for each set and model",
        (("dataset*_*.jsonl", None), ("analysis/result/*.jsonl", None), ("result/*.jsonl", None)),
        traps="without the truth: eval import FILE --truth imageo-3 --from FOLDER; --strict reads the field "
        "location_info as its script does, otherwise what that lacks is read out of the raw text",
        used_by="eval import",
    ),
}  # fmt: skip

ANSWER_FILES: dict[str, AnswerFile] = {
    "1f993e5d475081b1": AnswerFile(
        "Im2GPS3k predictions of GeoEstimation's base M (f*); in its source's metadata LAT and LON are swapped, and a "
        "blank line and two summary rows end the file",
        2997,
    ),
    "6111931f551e8b6a": AnswerFile("GPT-5 on GeoBench without names, from Thinking-with-Map (Apache-2.0)", 934),
    "41291cfe9f3c7214": AnswerFile("Qwen3-VL-235B on GeoBench without names, Thinking-with-Map (Apache-2.0)", 934),
    "5ba6113932b213d3": AnswerFile("o3 on IMAGEO-Bench's data set 3", 271),
}
"""By the first 16 hexadecimal digits of the file's SHA-256."""
