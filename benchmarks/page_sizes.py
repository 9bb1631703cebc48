"""How large the page of `geoagent serve`, its map, and the report of one photo are."""

import gzip
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from geoagent import GeoAgent
from geoagent.report.write import default_beliefs, write_report
from geoagent.serve.app import SHARED, STATIC

PHOTO = Path(__file__).parent.parent / "examples" / "photos" / "spain_zaragoza.jpg"
MAP = ("map.css", "map.js", "leaflet.css", "leaflet.js", "world_map.json", "division_borders.json")


def main() -> None:
    """Print sizes in kB, plain and compressed, with what was aimed at."""
    first = [*(path for path in STATIC.iterdir() if not path.name.startswith("docs.")), SHARED["base.css"]]
    shown("first paint of the page", first, 100)
    shown("page with its map", [*first, *(SHARED[name] for name in MAP)], 600)
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        write_report(GeoAgent().trace(PHOTO), report, default_beliefs())
        print(f"report of one photo: {report.stat().st_size / 1000:,.0f} kB in one file (aim: 1,500)")


def shown(what: str, paths: Iterable[Path], aim: int) -> None:
    """One line."""
    texts = [path.read_bytes() for path in paths]
    plain, small = sum(map(len, texts)), sum(len(gzip.compress(text)) for text in texts)
    print(f"{what}: {plain / 1000:,.0f} kB, {small / 1000:,.0f} kB compressed (aim: {aim})")


if __name__ == "__main__":
    main()
