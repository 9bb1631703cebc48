"""What is known and from where: `python benchmarks/tables.py` prints the rows and the share unsourced of each table."""

from importlib.resources import files

from geoagent.reading.tables import ours


def main() -> None:
    """Prints a line for each table, and one for each larger file that is built from a package."""
    print("| table | rows | unsourced |\n|---|---|---|")
    total = unsourced = 0
    for table in sorted(ours().values(), key=lambda table: -len(table.answers)):
        bare = sum(answer.source == "unsourced" for answer in table.answers.values())
        print(f"| {table.name} | {len(table.answers)} | {bare / len(table.answers):.0%} |")
        total, unsourced = total + len(table.answers), unsourced + bare
    for name, between in BUILT.items():
        lines = (files("geoagent.reading") / name).read_text(encoding="utf-8").splitlines()
        rows = sum(line.strip().count(between) + 1 for line in lines if not line.startswith("#"))
        print(f"| {name} | {rows} | 0% |")
        total += rows
    print(f"| all | {total} | {unsourced / total:.1%} |")


BUILT = {"area_codes.txt": ",", "businesses.txt": "|", "language_words.txt": " "}
"""The files that packages give, and what stands between two of their rows in a line."""

if __name__ == "__main__":
    main()
