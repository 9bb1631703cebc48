"""Render invented, photo-like street scenes with readable signs: python render_scenes.py OUT_DIR."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from street.model import Palette, Scene, Sign
from street.picture import render

__all__ = ["SCENES", "Palette", "Scene", "Sign", "main", "render", "write_scenes"]

# fmt: off
SCENES = (
    Scene(
        "sweden_uppsala", "SE", "Uppsala", 59.8586, 17.6389,
        "Swedish shop words, a road sign to Uppsala and an 018 telephone number",
        Palette("#6f93bb", "#d6e2ea", "#5f7a72", "#a9a69f", "#5d6065",
                ("#c98f4a", "#8f3b2e", "#d9c68f", "#b9c0b4"), "#4c4a4d", "#f2efe6", "#56733b", 0.6),
        (
            Sign("APOTEK LINNEA", "fascia_green", (4.75, 3.5, 14.9), 0.4),
            Sign("SYSTEMBOLAGET", "fascia_yellow", (9.85, 3.5, 14.9), 0.4),
            Sign("Tel. 018-00 00 12", "plate_white", (5.8, 4.65, 14.9), 0.32),
            Sign("Uppsala 12", "direction_blue", (0.85, 3.75, 10.5), 0.29, yaw=-10, roll=-1),
        ),
        tree="conifer",
    ),
    Scene(
        "france_lyon", "FR", "Lyon", 45.7597, 4.8497,
        "French bakery with a 69003 LYON plate and a +33 4 telephone number",
        Palette("#6d9fd2", "#f3dfc4", "#8b93a5", "#b9ab97", "#6a6663",
                ("#e3b98c", "#e7cfa6", "#d79e7e", "#d8c9b4"), "#a4593f", "#efe7d8", "#66803d", 0.35),
        (
            Sign("BOULANGERIE DU RHONE", "fascia_navy", (-7.4, 3.5, 14.9), 0.56),
            Sign("Pains et croissants", "letters_dark", (-9.3, 4.68, 14.9), 0.42),
            Sign("69003 LYON", "plate_blue", (-4.2, 4.68, 14.9), 0.32),
            Sign("Tel. +33 4 65 71 00 12", "plate_white", (-6.6, 7.42, 14.9), 0.42),
        ),
        side=-1,
        pan=10,
    ),
    Scene(
        "brazil_curitiba", "BR", "Curitiba", -25.4284, -49.2733,
        "Brazilian bookshop with a .com.br web address and the name Curitiba",
        Palette("#3f86cf", "#cfe6f3", "#4d7a5c", "#b5b0a8", "#58595c",
                ("#4f9fa5", "#e5b04c", "#d3705a", "#a8c27c"), "#9a5138", "#f7f3e8", "#3f7a35", 0.5),
        (
            Sign("LIVRARIA PINHALVO", "fascia_red", (7.2, 3.55, 14.9), 0.62),
            Sign("www.livrariapinhalvo.com.br", "letters_light", (7.2, 4.68, 14.9), 0.44),
            Sign("Curitiba - PR", "plate_white", (10.4, 7.42, 14.9), 0.36),
            Sign("+55 (41) 0000-0012", "letters_light", (5.3, 7.42, 14.9), 0.4),
        ),
        pan=11,
        tree="umbrella",
    ),
    Scene(
        "spain_zaragoza", "ES", "Zaragoza", 41.6488, -0.8891,
        "Spanish furniture shop with an .es web address and a Zaragoza address",
        Palette("#4d8fd6", "#e9e6d6", "#b19a74", "#c4b497", "#6c6862",
                ("#c27f58", "#dcb888", "#b98a64", "#e5d3ae"), "#a65f3e", "#ece0c8", "#71803f", 0.15),
        (
            Sign("MUEBLES EBROLINO", "fascia_cream", (-7.8, 3.55, 14.9), 0.6),
            Sign("www.mueblesebrolino.es", "letters_light", (-7.8, 4.68, 14.9), 0.46),
            Sign("Calle del Molino 8, 50003 Zaragoza", "plate_white", (-7.8, 7.42, 14.9), 0.32),
            Sign("Zaragoza centro", "direction_white", (-0.8, 3.75, 10.5), 0.26, yaw=10, roll=1),
        ),
        side=-1,
        pan=11,
    ),
    Scene(
        "nowhere_plain", "", "", None, None,
        "No text at all: nothing here names a place, so the honest answer is unknown",
        Palette("#8aa4bd", "#e3e4df", "#7c8b83", "#adaaa2", "#626366",
                ("#cfc6b4", "#b7aa98", "#c2c6c4", "#d8d0c0"), "#6d5a50", "#efece4", "#607a45", 0.7),
        shop=False,
    ),
)
# fmt: on


def write_scenes(folder: Path, scenes: Sequence[Scene] = SCENES) -> None:
    """Write each scene as a JPEG, and scenes.csv with what is true of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "scenes.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("file", "country_code", "city", "lat", "lon", "what"))
        for scene in scenes:
            file = f"{scene.name}.jpg"
            render(scene).save(folder / file, quality=88)
            table.writerow((file, scene.country_code, scene.city, scene.lat, scene.lon, scene.what))


def main() -> None:
    """Read the command line and write the scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out_dir", type=Path)
    write_scenes(parser.parse_args().out_dir)


if __name__ == "__main__":
    main()
