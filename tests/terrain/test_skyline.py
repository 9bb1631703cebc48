"""Skylines: the place of a rendered photo is found, and what tells nothing is told in one line."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from geoagent.belief import Belief, Beliefs
from geoagent.belief.readout import mass, rank_spots
from geoagent.case.evidence import Clue, Evidence, Spot
from geoagent.case.likelihood import Kernel, Mixture
from geoagent.case.trace import Trace, extend
from geoagent.case.views import View
from geoagent.cli.main import main
from geoagent.errors import ConfigError, ImageError
from geoagent.geo import Area, Floats, Point, distance_km
from geoagent.photo import Photos, load_photo
from geoagent.photo.skyline import WIDE, Skyline, as_angles, find_sky, sky_of_mask
from geoagent.terrain.elevation import Ground, check_folder, ground, height_m
from geoagent.terrain.horizons import Horizons, horizons
from geoagent.terrain.misfit import Errors, misfits
from geoagent.terrain.skyline_fit import candidates, fit_skyline
from geoagent.tools import ToolContext, call_tool
from geoagent.tools.skyline import skyline_tool
from tests.opened import says
from tests.terrain.made import CENTRE, HIGH, SIDE, Shot, as_it_is, mountains, moved, shot

HALF_KM, FAR_KM = 4.0, 35.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiles")


@pytest.fixture(scope="module")
def land(folder: Path) -> Ground:
    return mountains(folder, 1)


@pytest.fixture(scope="module")
def taken(land: Ground) -> Shot:
    return shot(as_it_is(land, 1), 2, HALF_KM)


def line_of(taken: Shot) -> Skyline:
    return as_angles(find_sky(taken.image), HIGH * WIDE / taken.image.width, taken.told_deg)


def test_the_place_and_heading_of_a_photo_are_found(land: Ground, taken: Shot) -> None:
    found = fit_skyline(line_of(taken), candidates(land, CENTRE, HALF_KM, FAR_KM), land, FAR_KM)
    best = found.places[0]
    assert not found.unsure
    assert distance_km(best.point, taken.point) < 0.3
    assert abs((best.heading_deg - taken.heading_deg + 180) % 360 - 180) < 2


@pytest.mark.slow
def test_three_of_four_photos_of_a_region_are_found_within_a_kilometre(land: Ground) -> None:
    among, real, near = candidates(land, CENTRE, 25.0, FAR_KM), as_it_is(land, 1), 0
    for seed in range(100, 120):
        one = shot(real, seed)
        near += distance_km(fit_skyline(line_of(one), among, land, FAR_KM).places[0].point, one.point) <= 1
    assert near >= 15


@pytest.mark.parametrize("off", [0.97, 1.03])
def test_a_file_may_tell_the_lens_a_little_wrong(land: Ground, taken: Shot, off: float) -> None:
    told = taken._replace(told_deg=off * taken.view_deg)
    best = fit_skyline(line_of(told), candidates(land, CENTRE, HALF_KM, FAR_KM), land, FAR_KM).places[0]
    assert distance_km(best.point, taken.point) < 0.5
    assert best.off_deg < 0.06


def test_a_camera_that_is_turned_aslant_and_high_is_allowed_for(land: Ground, taken: Shot) -> None:
    seen = horizons(land, np.array([taken.point.lat]), np.array([taken.point.lon]), FAR_KM, 100)
    heading = round(taken.heading_deg) % 360
    across = np.arange(-30.0, 31.0)
    wheel = (across + heading).astype(int) % 360
    higher = seen.up_deg[0, wheel] - 30 * seen.fall_deg_per_m[0, wheel]
    turned = -4 * np.cos(np.radians(across)) + 3 * np.sin(np.radians(across))
    off = misfits(Skyline(across, higher + turned), seen, 1, (1.0,), Errors(0.05, 3.0, 30.0))
    assert off.score[0, 0, 0].argmin() == heading
    assert off.off_deg[0, 0, 0, heading] < 0.02
    low = misfits(Skyline(across, higher + turned), seen, 1, (1.0,), Errors(0.05, 3.0, 0.01))
    assert low.squares[0, 0, 0, heading] > 4 * off.squares[0, 0, 0, heading]


def test_land_near_by_may_be_off_by_more_degrees(land: Ground) -> None:
    across = np.arange(-30.0, 31.0)
    up = np.zeros((1, 360), dtype=np.float32)
    bumps = Skyline(across, np.where(np.abs(across) % 7 == 0, 1.0, 0.0))
    far, near = (
        misfits(bumps, Horizons(up, np.full_like(up, fall)), 1, (1.0,), Errors(0.05, 3.0, 6.0)) for fall in (0.003, 0.2)
    )
    assert far.squares.min() > 20 * near.squares.min()
    assert far.off_deg.min() == pytest.approx(near.off_deg.min(), rel=0.1)
    assert near.expected.min() > far.expected.min()


def test_the_line_between_sky_and_land_is_the_one_that_was_painted() -> None:
    rng = np.random.default_rng(1)
    ends = np.round(120 + 40 * np.sin(np.arange(WIDE) / 40)).astype(int)
    above = np.arange(300)[:, None] < ends
    pixels = np.where(above[..., None], [150, 180, 230], [70, 80, 50]) + rng.normal(0, 6, (300, WIDE, 3))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    assert np.abs(find_sky(image) - ends).max() <= 3
    mask = Image.fromarray((above * 255).astype(np.uint8))
    assert np.abs(sky_of_mask(mask) - ends).max() <= 1
    with pytest.raises(ImageError, match="as dark as at night"):
        find_sky(image.point(lambda value: value // 8))
    with pytest.raises(ImageError, match="no sky"):
        find_sky(image.crop((0, 180, WIDE, 300)))
    with pytest.raises(ImageError, match="too few of its columns"):
        sky_of_mask(Image.new("L", (100, 100), 255))


def painted(ends: Floats, land: float = 75.0) -> NDArray[np.float64]:
    """A picture of a light sky over darker land, in three equal colours."""
    pixels = np.where(np.arange(300)[:, None] < ends, 200.0, land)
    return np.repeat(pixels[..., None], 3, axis=2)


def test_the_line_lies_no_higher_over_near_land_than_over_far() -> None:
    ends = np.round(150 + 20 * np.sin(np.arange(WIDE) / 40))
    pixels = np.where((np.arange(WIDE) < WIDE // 2)[None, :, None], painted(ends, 40.0), painted(ends, 140.0))
    found = find_sky(Image.fromarray(pixels.astype(np.uint8))) - ends
    assert np.abs(found[5:-5]).max() < 2.1
    assert abs(found[5:235].mean()) < 0.3
    assert abs(found[245:-5].mean()) < 0.3


def test_a_house_and_a_tree_in_front_are_left_out_of_the_line() -> None:
    ends = np.round(150 + 20 * np.sin(np.arange(WIDE) / 40))
    pixels = painted(ends)
    pixels[110:, 60:110] = (150, 60, 50)
    y, x = np.mgrid[:300, :WIDE]
    pixels[np.hypot(x - 300, y - 130) < 35] = (30, 60, 20)
    pixels[90:, 460:] = (90, 80, 80)
    found = find_sky(Image.fromarray(pixels.astype(np.uint8)))
    assert np.isnan(found[60:110]).all()
    assert np.isnan(found[275:325]).all()
    assert np.isnan(found[460:]).all()
    known = np.isfinite(found)
    assert known.mean() > 0.65
    assert np.abs(found - ends)[known].max() < 2.1


def test_photos_of_flat_land_are_refused_or_unsure(tmp_path: Path) -> None:
    flat = mountains(tmp_path, 5, relief_m=20.0)
    among, told = candidates(flat, CENTRE, HALF_KM, FAR_KM), []
    for seed in range(3):
        try:
            told.append(fit_skyline(line_of(shot(as_it_is(flat, 5), seed, HALF_KM)), among, flat, FAR_KM).unsure)
        except ConfigError as error:
            told.append("flat land" in str(error))
    assert told == [True, True, True]


def test_flat_land_is_told_and_gives_nothing(land: Ground, tmp_path: Path) -> None:
    across = np.arange(-30.0, 31.0)
    with pytest.raises(ConfigError, match="flat land"):
        fit_skyline(Skyline(across, across * 0.02 + 1), candidates(land, CENTRE, 1.0, FAR_KM), land, FAR_KM)
    with pytest.raises(ConfigError, match="know nothing of that region"):
        candidates(ground(tmp_path, CENTRE, 40, 90), CENTRE, 1.0, FAR_KM)


def test_a_line_that_fits_everywhere_is_unsure(land: Ground) -> None:
    rng = np.random.default_rng(1)
    across = np.arange(-30.0, 31.0)
    bushes = Skyline(across, np.repeat(rng.uniform(0, 3, 31), 2)[:61])
    assert fit_skyline(bushes, candidates(land, CENTRE, HALF_KM, FAR_KM), land, FAR_KM).unsure


def test_a_geotiff_tells_the_same_heights(folder: Path, land: Ground, tmp_path: Path) -> None:
    import rasterio
    from rasterio.transform import from_origin

    step = 1 / (SIDE - 1)
    transform = from_origin(7 - step / 2, 46 + step / 2, step, step)
    shape = {"width": SIDE, "height": SIDE, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "transform": transform}
    with rasterio.open(tmp_path / "land.tif", "w", driver="GTiff", **shape) as file:
        file.write(land.heights[::-1], 1)
    one, other = (ground(where, CENTRE, 3, 90).heights for where in (folder, tmp_path))
    assert np.abs(one - other).max() < 12
    assert height_m(tmp_path, CENTRE) == pytest.approx(height_m(folder, CENTRE), abs=3)
    (tmp_path / "land.tif").write_text("no picture")
    with pytest.raises(ConfigError, match="not a GeoTIFF"):
        ground(tmp_path, CENTRE, 3, 90)


@pytest.mark.parametrize(
    ("kind", "crs", "why"), [("float32", None, "no coordinate system"), ("complex64", "EPSG:4326", "complex numbers")]
)
def test_a_geotiff_that_cannot_be_placed_or_holds_no_heights_is_refused(
    tmp_path: Path, kind: str, crs: str | None, why: str
) -> None:
    import rasterio
    from rasterio.transform import from_origin

    shape = {"width": 9, "height": 9, "count": 1, "dtype": kind, "crs": crs, "transform": from_origin(7, 46, 1, 1)}
    with rasterio.open(tmp_path / "land.tif", "w", driver="GTiff", **shape) as file:
        file.write(np.ones((9, 9), dtype=kind), 1)
    with pytest.raises(ConfigError, match=why):
        ground(tmp_path, CENTRE, 3, 90)


def test_a_folder_of_pipes_or_none_at_all_holds_no_tiles(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "land.tif")
    os.mkfifo(tmp_path / "N46E007.hgt")
    for folder, why in ((tmp_path, "holds no elevation tiles"), (tmp_path / "none", "no such folder")):
        with pytest.raises(ConfigError, match=why):
            check_folder(folder)


class Case:
    """A photo of mountains that seems to be taken 3 km beside where it was."""

    def __init__(self, beliefs: Beliefs, path: Path, taken: Shot) -> None:
        taken.image.save(path)
        ref = load_photo(path).ref
        view = View(number=1, photo=0, width=ref.width, height=ref.height)
        self.wrong = moved(taken.point, 3.0)
        huts = ((0.6, self.wrong), (0.1, taken.point))
        parts = tuple((share, Kernel(lat=at.lat, lon=at.lon, sigma_km=0.3)) for share, at in huts)
        says = Evidence(
            kind="map_feature", witness="tool:map_features", statement="two huts", level="point", group="w",
            likelihood=Mixture(parts=parts),
        )  # fmt: skip
        spot = Spot(name="the wrong hut", point=self.wrong, radius_km=0.9, evidence=says.id)
        clue = Clue(kind="text", value="Hut", view=1, witness="ocr")
        self.beliefs, self.refs = beliefs, (ref,)
        self.trace = Trace(views=(view,), clues=(clue,), evidence=(says,), spots=(spot,))

    def ask(self, folder: Path, view_deg: float, near: Point) -> Trace:
        context = ToolContext(self.refs, self.trace, self.belief(), Photos(), "vlm:scripted")
        asked = {"view": 1, "lat": near.lat, "lon": near.lon, "within_km": 4, "view_deg": view_deg}
        added = call_tool({"skyline": skyline_tool(folder)}, "skyline", asked, context)
        self.trace = extend(self.trace, added)
        return added

    def belief(self) -> Belief:
        return self.beliefs.of(self.trace.evidence, self.trace.spots)

    def leader(self) -> str:
        return rank_spots(self.belief(), 1)[0].name


def test_a_skyline_overturns_a_wrong_leader(
    beliefs: Beliefs, folder: Path, land: Ground, taken: Shot, tmp_path: Path
) -> None:
    case = Case(beliefs, tmp_path / "a.png", taken)
    assert case.leader() == "the wrong hut"
    added = case.ask(folder, taken.view_deg, CENTRE)
    assert [item.kind for item in added.evidence] == ["skyline"]
    assert case.leader() != "the wrong hut"

    case.trace = Trace(views=case.trace.views, evidence=(says(kind="language", ES=1.0, elsewhere=0.05),))
    spain = mass(case.belief(), Area("ES"))
    added = case.ask(folder, taken.view_deg, CENTRE)
    assert len(added.evidence) == 1
    assert mass(case.belief(), Area("ES")) == pytest.approx(spain, rel=0.01)  # where in the region, not whether there


def test_it_abstains_where_there_is_no_skyline(
    beliefs: Beliefs, folder: Path, land: Ground, taken: Shot, tmp_path: Path
) -> None:
    ground_only = taken._replace(image=taken.image.crop((0, HIGH - 60, 640, HIGH)).resize((640, HIGH)))
    case = Case(beliefs, tmp_path / "a.png", ground_only)
    added = case.ask(folder, taken.view_deg, CENTRE)
    assert added.calls[0].status == "invalid"
    assert "no sky" in added.calls[0].text
    assert not added.evidence
    assert case.leader() == "the wrong hut"


def test_the_command_tells_places_and_faults(
    folder: Path, land: Ground, taken: Shot, tmp_path: Path, cache: Path, atlas: object,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    taken.image.save(tmp_path / "a.png")
    asked = ["skyline", str(tmp_path / "a.png"), "--near", f"{CENTRE.lat},{CENTRE.lon}", "--within", "4"]
    assert main([*asked, "--elevation", str(folder), "--view", f"{taken.view_deg}"]) == 0
    assert "If it was taken in this region of 8 × 8 km" in capsys.readouterr().out
    for more, why in (
        (["--elevation", str(folder)], "--focal or --view"),
        (["--elevation", str(tmp_path), "--view", "60"], "no elevation tiles"),
        (["--elevation", str(folder), "--view", "170"], "from 15° to 120°"),
        (["--elevation", str(folder), "--view", "0"], "from 15° to 120°"),
        (["--elevation", str(folder), "--focal", "0"], "above 0 mm"),
        (["--view", "60"], "name a folder"),
    ):
        assert main([*asked, *more]) == 2
        told = capsys.readouterr().err
        assert why in told
        assert told.count("\n") == 1
