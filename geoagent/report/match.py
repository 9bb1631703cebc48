"""What a comparison of two pictures found: as text, and drawn."""

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from geoagent.errors import ConfigError
from geoagent.files.outputs import Form, Output, has_software, replaced
from geoagent.photo.match_worth import TELLING, match_worth, times_likelier
from geoagent.photo.matching import Comparison, drawn
from geoagent.plain_text import printable

SOFTWARE = "geoagent match"


def render_match(first: str, second: str, found: Comparison) -> str:
    """A comparison as plain text."""
    times, table = times_likelier(found.inliers), match_worth()
    head = f"{printable(first)} and {printable(second)}"
    pairs = f"{found.inliers} of {len(found.fits)} pairs of like features fit one move of the camera"
    where = f", in {round(16 * found.spread)} of 16 parts of the first" if found.inliers else ""
    if times >= TELLING:
        verdict = (
            f"So many fit {times:,.0f} times more often where both show the same thing. "
            "Things of one make, such as windows\nor drawings by one hand, fit as well: look at the pairs with --draw."
        )
    else:
        factor = f"{times:.1f}" if times >= 1 else f"1/{1 / times:.0f}"
        verdict = (
            f"This does not tell whether they show the same place ({factor} times as likely if they do): it may be"
        )
        verdict += "\nelsewhere, or the same place from another side."
    fitted = (
        f"Fitted on {table.same_pairs} pairs of the same and {table.other_pairs} of other places (AUC {table.auc})."
    )
    return f"{head}\n\n{pairs}{where}.\n{verdict}\n{fitted}"


def drawing_output(path: Path, inputs: tuple[Path, ...], force: bool) -> Output:
    """The drawing that is to be written. Raises ConfigError."""
    if path.suffix.lower() != ".png":
        raise ConfigError(f"--draw: {path}: give it a name that ends in .png")
    return Output(path, Form("drawn comparison", lambda there: has_software(there, SOFTWARE)), "--draw", inputs, force)


def write_drawing(output: Output, first: Image.Image, second: Image.Image, found: Comparison) -> None:
    """Write both pictures side by side with a line for each pair. Raises ConfigError."""
    made_by = PngInfo()
    made_by.add_text("Software", SOFTWARE)
    with replaced(output) as fresh:
        drawn(first, second, found).save(fresh, "PNG", pnginfo=made_by)
