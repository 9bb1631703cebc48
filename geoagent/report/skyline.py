"""The places that a skyline fits, as text."""

from geoagent.atlas import Atlas
from geoagent.photo.skyline import Skyline
from geoagent.terrain.skyline_fit import SkylineFits

SHOWN = 5


def render_fits(found: SkylineFits, line: Skyline, view_deg: float, within_km: float, atlas: Atlas) -> str:
    """The places as plain text, the likeliest first."""
    lines = [
        f"The photo shows {view_deg:.0f}° from left to right; its skyline differs from a level one by "
        f"{line.relief_deg:.1f}°, and from the best place's by {found.places[0].off_deg:.2f}°.",
        "",
        "Unsure: no place is far likelier than all others together, or none explains the line."
        if found.unsure
        else f"If it was taken in this region of {2 * within_km:.0f} × {2 * within_km:.0f} km:",
    ]
    lines += [
        f"  {100 * one.probability:3.0f} %  {one.point.lat:.4f}, {one.point.lon:.4f}  looking {one.heading_deg:3.0f}°  "
        f"off {one.off_deg:.2f}°  {atlas.at(one.point).place}"
        for one in found.places[:SHOWN]
        if one.probability >= 0.01
    ]
    return "\n".join(lines)
