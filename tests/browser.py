"""Pages opened in headless Chromium, and what is looked for in them."""

import shutil

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

OVERLAPS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxes = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) boxes.push([node, box]);
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
"""Texts that lie on one another, or beyond the edge of the page."""
BROKEN = "() => [...document.images].filter(image => !image.complete || !image.naturalWidth).length"
