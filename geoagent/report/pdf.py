"""Prints the page of an answer as a PDF, with a browser of this machine that gets no way to the network."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from geoagent.errors import ConfigError

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)  # fmt: skip
"""Names on PATH, and where macOS keeps what is on none."""
FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync", "--disable-breakpad",
    "--disable-background-networking", "--disable-component-update", "--disable-domain-reliability",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip
LONGEST_S = 120
MARK = b"\n%geoagent answer\n"
"""A comment behind the end of the document, by which a PDF of ours is known again."""


def find_browser(names: Iterable[str] = BROWSERS) -> str:
    """The path of a browser that can print a PDF: the first of `names` that is there.

    A name is sought on PATH, or is a path itself. Raises ConfigError, which says what to install, where there is none.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise ConfigError(
            "a PDF is printed by Chromium, Chrome or Edge, and none of them is on PATH: install one "
            "(on Debian: apt-get install chromium), or write .html and print that"
        )
    return found


def as_pdf(page: str) -> bytes:
    """An HTML page of one file, printed as a PDF. Raises ConfigError where no browser is there or it prints nothing."""
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="geoagent-", ignore_cleanup_errors=True) as folder:
        source, printed = Path(folder) / "answer.html", Path(folder) / "answer.pdf"
        source.write_text(page, encoding="utf-8")
        own = (f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}")
        _run([browser, *FLAGS, *_sandbox(), *own, source.as_uri()], folder)
        if not printed.is_file():
            raise ConfigError(
                f"{browser} printed nothing; a snap does not see the folder of temporary files, and no browser can use "
                "one with a long path: let TMPDIR name a short folder in your home folder"
            )
        return printed.read_bytes() + MARK


def _run(command: Sequence[str], folder: str) -> None:
    """Run the browser to its end; what it says is of no use to a person. Raises ConfigError.

    Its settings, cache and reports of crashes go into the folder, and it asks no other service of the machine.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GEOAGENT_")}
    own = {"XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
    own |= {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "DBUS_SYSTEM_BUS_ADDRESS": "disabled:"}
    silent = subprocess.DEVNULL
    try:
        subprocess.run(command, stdin=silent, stdout=silent, stderr=silent, timeout=LONGEST_S, env={**kept, **own})
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"{command[0]} did not print the PDF within {LONGEST_S} s") from error
    except OSError as error:
        raise ConfigError(f"{command[0]} cannot be started: {error.strerror or error}") from error


def _sandbox() -> tuple[str, ...]:
    """Chromium refuses to run as root inside its sandbox; the page is ours, and its policy lets nothing be fetched."""
    return ("--no-sandbox",) if os.geteuid() == 0 else ()


def is_pdf(path: Path) -> bool:
    """Whether a file is a PDF that geoagent has made."""
    data = path.read_bytes()
    return data.startswith(b"%PDF-") and data.endswith(MARK)
