"""`geoagent skyline PHOTO --near PLACE --elevation FOLDER`: where the land stands against the sky as in a photo."""

import argparse
import json
from pathlib import Path
from typing import Any

from geoagent.cli.options import finite, take_coordinates
from geoagent.errors import OK, ConfigError


def add(commands: Any) -> None:
    """Add the command `skyline`, which compares a photo with horizons, to `commands` (argparse's subparsers)."""
    skyline = commands.add_parser(
        "skyline", help="say where the land stands against the sky as in a photo",
        description="Compare the line between mountains and sky with the horizons of all places in a region.",
    )  # fmt: skip
    skyline.add_argument("photo", type=Path, metavar="PHOTO")
    skyline.add_argument("--near", required=True, metavar="PLACE", help="a name or LAT,LON: the middle of the region")
    skyline.add_argument(
        "--within", type=finite, default=25.0, metavar="KM", help="half the width of the region, at most 25 (25)"
    )
    skyline.add_argument("--elevation", type=Path, metavar="FOLDER", help="elevation tiles: HGT, or GeoTIFF")
    skyline.add_argument(
        "--view", type=finite, metavar="DEG", help="what the photo shows from left to right, in degrees"
    )
    skyline.add_argument("--focal", type=finite, metavar="MM", help="the focal length, in equivalents of 35 mm film")
    skyline.add_argument("--mask", type=Path, metavar="PICTURE", help="a picture in which the sky is white")
    skyline.add_argument("--json", action="store_true", help="print places as JSON, one a line")
    take_coordinates(skyline)
    skyline.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the places that fit; the exit code. Raises ConfigError or ImageError."""
    from geoagent.atlas import open_atlas
    from geoagent.atlas.place_in_words import one_place
    from geoagent.photo import load_photo
    from geoagent.photo.skyline import WIDE, as_angles, find_sky, sky_of_mask, view_of_lens
    from geoagent.report.skyline import render_fits
    from geoagent.settings import read_settings
    from geoagent.terrain.elevation import check_folder, ground
    from geoagent.terrain.skyline_fit import candidates, check_relief, fit_skyline
    from geoagent.tools.skyline import FARTHEST_KM, GRID_M

    settings = read_settings({"elevation": options.elevation})
    if settings.elevation is None:
        raise ConfigError("name a folder of elevation tiles with --elevation")
    if not 1 <= options.within <= 25:
        raise ConfigError("--within: from 1 to 25 km")
    check_folder(settings.elevation)
    photo = load_photo(options.photo)
    image = photo.image
    told_mm = next((fact.focal_mm for fact in photo.metadata if fact.focal_mm), None)
    focal_mm = told_mm if options.focal is None else options.focal
    if options.view is None and focal_mm is None:
        raise ConfigError(f"{options.photo}: the file does not tell its focal length; give --focal or --view")
    if focal_mm is not None and focal_mm <= 0:
        raise ConfigError("--focal: a focal length is above 0 mm")
    lens_deg = view_of_lens(focal_mm or 1.0, image.width, image.height)
    view_deg = lens_deg if options.view is None else options.view
    ends = sky_of_mask(load_photo(options.mask).image) if options.mask else find_sky(image, str(options.photo))
    line = as_angles(ends, image.height * WIDE / image.width, view_deg)
    check_relief(line)
    atlas = open_atlas(settings.cache)
    centre = one_place(atlas, options.near).point
    land = ground(settings.elevation, centre, options.within + FARTHEST_KM, GRID_M)
    found = fit_skyline(line, candidates(land, centre, options.within, FARTHEST_KM), land, FARTHEST_KM)
    if options.json:
        for one in found.places[:10]:
            print(json.dumps({**one._asdict(), "point": one.point.model_dump(), "unsure": found.unsure}))
    else:
        print(render_fits(found, line, view_deg, options.within, atlas))
    return OK
