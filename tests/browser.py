"""Pages opened in headless Chromium, and what is looked for in them."""

import shutil
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

OVERLAPS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxes = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const frame = node.parentElement.closest(".pictures, .photos")?.getBoundingClientRect();
    const seen = box => !frame || (box.top < frame.bottom && box.bottom > frame.top);
    for (const box of range.getClientRects()) if (box.width > 1 && seen(box)) boxes.push([node, box]);
  }
  boxes.sort((a, b) => a[1].top - b[1].top);
  for (let i = 0; i < boxes.length; i++) {
    const [one, a] = boxes[i];
    for (let j = i + 1; j < boxes.length && boxes[j][1].top < a.bottom; j++) {
      const [other, b] = boxes[j];
      if (one === other) continue;
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 1 && height > 5) found.push(one.data.trim() + " / " + other.data.trim());
    }
    if (a.right > innerWidth + 1 || a.left < -1) found.push("beyond the edge: " + one.data.trim());
  }
  return found;
}"""
"""Texts that lie on one another, or beyond the page's edge; what is scrolled out of the photos' frame is hidden."""
BROKEN = """async () => {
  const images = [...document.images], late = new Promise(done => setTimeout(done, 20000));
  const ended = image => new Promise(done => image.onload = image.onerror = done);
  await Promise.race([late, Promise.all(images.map(image => image.complete || ended(image)))]);
  return images.filter(image => !image.complete || !image.naturalWidth).length;
}"""
"""How many images did not load, once each has ended."""


def check_file(browser: Any, path: Path, width: int, scheme: str) -> None:
    """Assert that a page of one file opens complete, quiet, accessible, nothing overlapping, and fetches nothing."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    for _ in range(2):  # folded, then unfolded
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert page.evaluate(BROKEN) == 0
    serious = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()
