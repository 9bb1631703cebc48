"""Prints how long `import geoagent` and `geoagent --help` take, as medians over ten processes."""

import statistics
import subprocess
import sys
import time

RUNS = 10


def seconds(*command: str) -> float:
    """Wall time of one process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the medians and their difference from a bare interpreter."""
    bare = statistics.median(seconds(sys.executable, "-c", "pass") for _ in range(RUNS))
    imported = statistics.median(seconds(sys.executable, "-c", "import geoagent") for _ in range(RUNS))
    helped = statistics.median(seconds(sys.executable, "-m", "geoagent.cli", "--help") for _ in range(RUNS))
    print(f"python -c pass       {bare:.3f} s")
    print(f"import geoagent      {imported:.3f} s, {imported - bare:.3f} s more than a bare interpreter")
    print(f"geoagent --help      {helped:.3f} s")


if __name__ == "__main__":
    main()
