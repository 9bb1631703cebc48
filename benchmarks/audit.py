"""Twenty rendered scenes: does hiding the finding ranked first lower the true city more than hiding any other?

Usage: audit.py [FOLDER]    (scenes are rendered into FOLDER, a temporary one if none)
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from render_scenes import write_scenes
from street_scenes import Truth, found_scenes

from geoagent import GeoAgent
from geoagent.belief.readout import mass
from geoagent.geo import Area
from geoagent.privacy.audit import audit
from geoagent.privacy.photo_redaction import redact
from geoagent.settings import read_settings


def measure(agent: GeoAgent, truth: Truth, photo: Path, copy: Path) -> bool:
    """Audit a scene, hide each finding by itself, solve what is left, and print the true city's probability."""
    beliefs = agent.resources.beliefs
    city = beliefs.atlas.resolve(truth.town.code, None, truth.town.name) or Area(truth.town.code)

    def solved(file: Path) -> float:
        trace = agent.trace(file).trace
        return mass(beliefs.of(trace.evidence, trace.spots), city)

    found, _ = audit(agent, photo)
    after = []
    for item in found.findings:
        if item.box:
            redact(photo, [item.box], copy, force=True)
            after.append((solved(copy), item))
    right = bool(after) and after[0][0] <= min(p for p, _ in after)
    print(f"{photo.stem} {truth.town.name} {solved(photo):.3f}: {'right' if right else 'WRONG'}", flush=True)
    for p, item in after:
        print(f"    {item.bits:5.2f} bits, by itself {item.bits_alone:5.2f}: {p:.3f} without {item.what}", flush=True)
    return right


def main() -> None:
    """Render, audit, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    truths = found_scenes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "scenes.csv").exists():
            write_scenes(folder, [truth.scene for truth in truths])
        agent, copy = GeoAgent(read_settings({})), Path(temporary) / "copy.png"
        right = sum(measure(agent, truth, folder / f"{truth.scene.name}.jpg", copy) for truth in truths)
    print(f"ranked first is the one whose hiding lowers the true city most: {right} of {len(truths)}")


if __name__ == "__main__":
    main()
