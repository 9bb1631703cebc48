"""Copy Leaflet (BSD-2-Clause), with which maps are moved, from npm into geoagent/report/vendor.

    python scripts/vendor_leaflet.py

To take another version change VERSION and INTEGRITY, which `npm view leaflet@VERSION dist.integrity` prints, run this,
and put the version and the hashes that it prints into NOTICE.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "1.9.4"
INTEGRITY = "sha512-nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb+FA74PA=="
TARGET = Path(__file__).parent.parent / "geoagent" / "report" / "vendor"
FILES = {"leaflet.js": "package/dist/leaflet.js", "leaflet.css": "package/dist/leaflet.css"}


def main() -> None:
    """Fetch the package, check it, and copy what we use of it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", f"leaflet@{VERSION}"], cwd=folder, check=True, capture_output=True)
        package = Path(folder) / f"leaflet-{VERSION}.tgz"
        found = f"sha512-{base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()}"
        if found != INTEGRITY:
            sys.exit(f"this is another package: {found}")
        with tarfile.open(package) as archive:
            for name, source in FILES.items():
                member = archive.extractfile(source)
                assert member is not None
                (TARGET / name).write_bytes(member.read())
    for name in FILES:
        print(f"{name} {hashlib.sha256((TARGET / name).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
