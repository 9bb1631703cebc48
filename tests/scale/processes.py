"""The processes that a process started, and those of Ray's that solve photos, as the system tells them."""

from pathlib import Path


def below(pid: int) -> list[int]:
    """A process's children, and theirs, and so on."""
    found: list[int] = []
    for child in _children(pid):
        found += [child, *below(child)]
    return found


def solving(pid: int) -> list[int]:
    """The workers below a process that are solving a photo."""
    return [child for child in below(pid) if "SolvingProcess.solve" in _command(child)]


def environment(pid: int) -> dict[str, str]:
    """The environment that a process was started with; empty where it has ended."""
    try:
        rows = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return {}
    return {name: value for name, _, value in (row.partition("=") for row in rows if row)}


def name_of(pid: int) -> str:
    """The name of a process's program; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
