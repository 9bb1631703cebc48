"""The docs as a site: built without a fault, complete, and opened without a request to anybody else."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.browser import CHROMIUM
from tests.lock import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_page_of_the_docs_is_in_the_menu(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    pages = [path.name for path in site.glob("*.html") if path.name not in ("404.html", "index.html")]
    assert len(pages) == len(list((ROOT / "docs").glob("*.md"))) + 3  # the examples, contributing, the changes
    assert [name for name in pages if f'href="{name}"' not in start] == []
    shown = (site / "examples.html").read_text(encoding="utf-8")
    assert all(f">{path.stem.replace('_', ' ').capitalize()}<" in shown for path in (ROOT / "examples").glob("*.py"))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_no_page_asks_anybody_else_and_the_search_finds(browser: Any, site: Path, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    failed: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    for path in sorted(site.glob("*.html")):
        page.goto(f"{address}/{path.name}")
    page.goto(f"{address}/index.html")
    page.fill("input.md-search__input", "credentials")
    page.wait_for_selector(".md-search-result__item a[href*='report.html']")
    page.close()
    assert len(asked) > 50
    assert {url for url in asked if not url.startswith((address, "data:"))} == set()
    assert failed == []
