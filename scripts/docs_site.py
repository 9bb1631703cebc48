"""What the site of the docs has besides docs/: the README as its first page, what lies beside it, and the examples.

MkDocs calls these hooks, as mkdocs.yml says.
"""

import ast
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {"index.md": "README.md", "CONTRIBUTING.md": "CONTRIBUTING.md", "CHANGELOG.md": "CHANGELOG.md"}
COPIED = ("LICENSE", "NOTICE", "examples/*.py", "examples/*.ipynb", "examples/photos/*.jpg")
"""What pages link to, and the site therefore holds as it is."""
LINKS = {"docs/": "", "../README.md": "index.md", "../": "", "README.md": "index.md", "examples)": "examples.md)"}
"""How links begin in the repository, and on the site."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and files that lie outside docs/."""
    for name, source in PAGES.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    files.append(File.generated(config, "examples.md", content=examples()))
    for path in (path for pattern in COPIED for path in sorted(ROOT.glob(pattern))):
        files.append(File.generated(config, str(path.relative_to(ROOT)), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page with its links as they lead on the site."""
    beginnings = "|".join(map(re.escape, LINKS))
    return re.sub(rf"\]\(({beginnings})", lambda found: f"]({LINKS[found[1]]}", markdown)


def examples() -> str:
    """A page of the examples, each with what it shows and its code."""
    parts = ["# Examples\n\nEach runs as it stands, from a clone. [As a notebook](examples/notebook.ipynb)."]
    for path in sorted((ROOT / "examples").glob("*.py")):
        code = path.read_text(encoding="utf-8")
        told = ast.get_docstring(ast.parse(code)) or ""
        parts.append(f"## {path.stem.replace('_', ' ').capitalize()}\n\n{told}\n\n```python\n{code}```")
    return "\n\n".join(parts) + "\n"
