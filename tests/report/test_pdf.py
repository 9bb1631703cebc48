"""The report as a PDF: on A4, whole, with name and hash on every page, and printed without a word to the network."""

import hashlib
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from geoagent import GeoAgent, TraceFile
from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.report.page_margins import as_string, margins
from geoagent.report.pdf import as_pdf, find_browser, is_pdf
from geoagent.report.write import write_report
from tests import command
from tests.browser import CHROMIUM
from tests.report.states import PHOTOS
from tests.tracer import Watched, needs_strace

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
PHOTO = PHOTOS / "spain_zaragoza.jpg"
A4 = (595, 842)
ROUTE_ASKED_FOR = "2001:4860:4860::8888 port 443"
"""Chromium asks the system whether there is a way to this address, by a socket over which nothing is sent."""


def test_without_a_browser_one_line_says_what_to_do(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="chromium"):
        find_browser(("chromium", "google-chrome"))
    for flags in (("--report", "a.pdf"), ("--export", "pdf")):
        done = command.geoagent(cache, tmp_path, PHOTO, *flags)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert "apt-get install chromium" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_prints_nothing_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chromium").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="TMPDIR"):
        as_pdf("<p>answer</p>")


def test_a_name_is_no_rule_of_the_style_sheet() -> None:
    evil = '"; } </style><script>alert(1)</script> \\ é.jpg'
    rule = margins([evil], ["0" * 64], "geoagent")
    assert not set(as_string(evil)[1:-1]) & set('"<>;{}/')
    assert rule.count("{") == rule.count("}") == 5
    assert "SHA" not in margins(["a.jpg", "b.jpg"], ["0" * 64, "1" * 64], "geoagent")  # of several: on the last page


@pytest.fixture(scope="module")
def solved(agent: GeoAgent) -> TraceFile:
    return agent.trace(PHOTO)


@needs_browser
@pytest.mark.slow
def test_it_is_whole_on_a4_with_name_and_hash_on_every_page(
    solved: TraceFile, beliefs: Beliefs, tmp_path: Path
) -> None:
    pypdf = pytest.importorskip("pypdf")
    for _ in range(2):  # an earlier one is known again
        write_report(solved, tmp_path / "a.pdf", lambda: beliefs)
    assert is_pdf(tmp_path / "a.pdf")
    pages = pypdf.PdfReader(io.BytesIO((tmp_path / "a.pdf").read_bytes())).pages
    texts = [" ".join(page.extract_text().split()) for page in pages]
    digest = hashlib.sha256(PHOTO.read_bytes()).hexdigest()
    for number, (page, text) in enumerate(zip(pages, texts, strict=True), 1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4
        assert PHOTO.name in text
        assert f"SHA-256 {digest}" in text
        assert f"{number} / {len(pages)}" in text
    whole = " ".join(texts)
    for said in ("Zaragoza, Aragon, Spain", "1 weak reason", "how to check it", "https://www.openstreetmap.org"):
        assert said in whole
    assert len(pages) == 2  # the answer with its reasons, then the map and how to check; the log is in the other forms
    assert "Every step of the run" not in whole
    assert [heading in texts[0] for heading in ("How sure", "Why", "Clues", "Where it is")] == [True, True, True, False]
    reasons = [step for step in solved.prediction.argument if step.kind != "conclusion"]
    assert all(" ".join(step.statement.split()) in whole for step in reasons)  # the folded ones too
    linked = {
        note.get_object()["/A"]["/URI"]
        for page in pages
        for note in page.get("/Annots", ())
        if "/A" in note.get_object()
    }
    assert any(address.startswith("https://www.openstreetmap.org") for address in linked)


@needs_browser
@pytest.mark.slow
def test_the_browser_asks_nobody(cache: Path) -> None:
    needs_strace()
    with TemporaryDirectory() as folder:  # pytest's has a path that is too long for the browser's sockets
        watched = Watched(Path(folder), GEOAGENT_CACHE_DIR=str(cache))
        watched.geoagent(PHOTO, "--quiet", "--report", "a.pdf")
        assert is_pdf(watched.folder / "a.pdf")
        assert [leak for leak in watched.leaks(cache, watched.folder) if leak != ROUTE_ASKED_FOR] == []
