"""Five hundred damaged photos of every format: each is a photo, or one line that names it, and the next one is read.

GEOAGENT_FUZZ=N damages N instead.
"""

import io
import os
import random
import time
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from geoagent.errors import ImageError
from geoagent.photo import load_photo, read_blocks, read_position
from tests.photo.test_photo import with_position
from tests.redteam.mutations import damaged

pytestmark = pytest.mark.slow
pillow_heif.register_heif_opener()
COUNT = int(os.environ.get("GEOAGENT_FUZZ", "500"))
FORMATS = ("jpeg", "png", "webp", "avif", "heif", "tiff", "gif", "bmp")
LIMIT_S = 92.0
"""What decoding a photo may take, and two seconds."""


def written(form: str) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **({} if form in ("gif", "bmp") else {"exif": with_position().tobytes()}))
    return file.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_photo_costs_one_line(form: str, tmp_path: Path) -> None:
    whole, draw = written(form), random.Random(form)
    (tmp_path / f"whole.{form}").write_bytes(whole)
    expected = load_photo(tmp_path / f"whole.{form}").ref.id
    for number in range(max(1, COUNT // len(FORMATS))):
        path = tmp_path / f"{number}.{form}"
        path.write_bytes(damaged(whole, draw))
        for read in (load_photo, read_position, read_blocks):
            began, said = time.monotonic(), ""
            try:
                read(path)
            except ImageError as error:
                said = str(error)
            assert time.monotonic() - began < LIMIT_S, (path, read)
            assert not said or (str(path) in said and "\n" not in said), said
    assert load_photo(tmp_path / f"whole.{form}").ref.id == expected
