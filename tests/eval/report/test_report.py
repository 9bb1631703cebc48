"""Reports: what they say, in each form, and that text from outside stays text."""

import csv
import io
from pathlib import Path

import pytest

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.report import groups, number_format, paired, plot, world
from geoagent.eval.report.cases import Run, read_runs
from geoagent.eval.report.plain import as_csv, as_parquet
from geoagent.eval.report.write import write_report
from geoagent.geo import Point
from geoagent.report.markdown import escaped
from tests.eval.runs import ATTACK, LIMA, PARIS, ROME, points


@pytest.fixture
def two(tmp_path: Path, beliefs: Beliefs) -> list[Run]:
    """Four samples: A has three countries right, B two; one of B's answers is missing."""
    a = {"1": (PARIS, PARIS), "2": (PARIS, PARIS), "3": (ROME, ROME), "4": (LIMA, PARIS)}
    b = {"1": (PARIS, PARIS), "2": (PARIS, ROME), "3": (ROME, None), "4": (LIMA, LIMA)}
    return read_runs([points(tmp_path / "a", a), points(tmp_path / "b", b)], beliefs)


def test_the_country_of_a_point_counts_and_no_point_is_a_miss(two: list[Run]) -> None:
    assert [case.answer for case in two[1].cases.values()] == ["FR", "IT", None, "PE"]
    assert [case.right for case in two[1].cases.values()] == [1.0, 0.0, 0.0, 1.0]


def test_paired_differences_by_hand(two: list[Run], beliefs: Beliefs) -> None:
    (pair,) = paired.compare_runs(two, beliefs)
    country = next(d for d in pair.differences if d.name == "country right, most probable")
    assert (country.a, country.b, country.difference.value) == (0.75, 0.5, -0.25)
    assert country.test is not None
    assert (country.test.only_a, country.test.only_b, country.test.p) == (2, 1, 1.0)
    assert [(case.id, case.only) for case in pair.differing] == [("2", "A"), ("3", "A"), ("4", "B")]
    near = next(d for d in pair.differences if d.name == "Acc@25 km")
    assert (near.a, near.b) == (0.75, 0.5)


def test_runs_without_a_common_sample_are_refused(tmp_path: Path, beliefs: Beliefs) -> None:
    folders = [points(tmp_path / "a", {"1": (PARIS, PARIS)}), points(tmp_path / "b", {"1": (ROME, ROME)})]
    with pytest.raises(ConfigError, match="no sample in common"):
        paired.compare_runs(read_runs(folders, beliefs), beliefs)


def test_confusion_counts_who_is_taken_for_whom(two: list[Run], beliefs: Beliefs) -> None:
    found = groups.confusion(two[1], beliefs)
    assert found.columns == ["FR", "IT", "PE", "other", "–"]
    assert found.counts == [[1, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 1, 0, 0]]
    assert found.pairs == [("France", "Italy", 1), ("Italy", "no answer", 1)]


def test_groups_hold_every_run(two: list[Run], beliefs: Beliefs) -> None:
    found = {breakdown.title: breakdown.groups for breakdown in groups.breakdowns(two, beliefs)}
    europe, america = found["By continent"]
    assert (europe.name, europe.n, america.name, america.n) == ("Europe", 3, "South America", 1)
    shares = [cell.country_right.value for cell in europe.cells if cell.country_right]
    assert shares == pytest.approx([1.0, 1 / 3])


def test_an_arc_is_cut_where_it_leaves_the_map() -> None:
    path = world.great_circle(Point(lat=0, lon=170), Point(lat=0, lon=-170))
    assert path.count("M") == 2
    assert world.great_circle(Point(lat=0, lon=10), Point(lat=10, lon=20)).count("M") == 1


def test_a_step_curve_ends_at_its_share() -> None:
    axis = plot.Axis("", 1, 100, [], log=True)
    curve = plot.steps(axis, plot.SHARE, [10.0, float("inf")], 2, 0)
    half = plot.TOP + (plot.HEIGHT - plot.TOP - plot.BOTTOM) / 2
    assert f"V{half:.1f}" in curve
    assert curve.count("V") == 1


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 %"), (0.001, "<1 %"), (0.999, ">99 %"), (1.0, "100 %"), (0.456, "46 %")]
)
def test_shares_are_never_certain_by_rounding(value: float, text: str) -> None:
    assert number_format.share(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(-3e-17, "0"), (1234.5, "1,234"), (-1.64, "−1.64"), (2.5e7, "25 million"), (float("inf"), "∞")]
)
def test_figures_are_as_fine_as_they_deserve(value: float, text: str) -> None:
    assert number_format.figure(value) == text


def test_an_interval_in_words() -> None:
    text = number_format.words(Interval(0.5, 0.25, 0.75, 1234), "Acc@25 km").striptags()
    assert text == "50 % 25 % to 75 % n\u00a01,234"


def test_text_from_outside_stays_text_in_html(traced: Path, tmp_path: Path, beliefs: Beliefs) -> None:
    write_report([traced], tmp_path / "r.html", beliefs)
    page = (tmp_path / "r.html").read_text()
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "<b>run" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert page.count("data:image/jpeg;base64,") == 1
    assert "/nowhere.jpg" not in page
    assert "cannot be read any more" in page


def test_parquet_holds_the_rows_of_the_csv_with_their_types(traced: Path, beliefs: Beliefs) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    runs = read_runs([traced], beliefs)
    table = parquet.read_table(io.BytesIO(as_parquet(runs)))
    rows = list(csv.DictReader(io.StringIO(as_csv(runs))))
    assert (table.num_rows, table.column_names) == (len(rows), list(rows[0]))
    assert table["distance_km"].to_pylist() == [
        float(row["distance_km"]) if row["distance_km"] else None for row in rows
    ]


def test_text_from_outside_stays_text_in_markdown_and_csv(traced: Path, tmp_path: Path, beliefs: Beliefs) -> None:
    write_report([traced], tmp_path / "r.md", beliefs)
    text = (tmp_path / "r.md").read_text()
    assert "<script" not in text.replace("\\<", "")
    assert escaped("a|b`c`\nd") == "a\\|b\\`c\\` d"
    rows = list(csv.DictReader(io.StringIO(as_csv(read_runs([traced], beliefs)))))
    assert [row["id"] for row in rows] == [f"'=1+1{ATTACK}", "plain", "broken"]
    assert rows[2]["fault"] == f"bad photo {ATTACK}"


def test_every_table_of_the_markdown_has_even_rows(two: list[Run], tmp_path: Path, beliefs: Beliefs) -> None:
    write_report([tmp_path / "a", tmp_path / "b"], tmp_path / "r.md", beliefs)
    blocks = [block.splitlines() for block in (tmp_path / "r.md").read_text().split("\n\n") if block.startswith("|")]
    assert len(blocks) > 5
    for block in blocks:
        assert len({line.count("|") - line.count("\\|") for line in block}) == 1, block


def test_what_cannot_be_reported_is_one_clear_line(tmp_path: Path, beliefs: Beliefs) -> None:
    empty = points(tmp_path / "none", {})
    with pytest.raises(ConfigError, match=r"ends in \.html, \.md, \.csv or \.parquet"):
        write_report([empty], tmp_path / "r.pdf", beliefs)
    with pytest.raises(ConfigError, match="nothing to report"):
        write_report([empty], tmp_path / "r.html", beliefs)
    with pytest.raises(ConfigError, match="at most 6 runs"):
        write_report([empty] * 7, tmp_path / "r.html", beliefs)
    run = points(tmp_path / "one", {"1": (PARIS, PARIS)})
    with pytest.raises(ConfigError, match="cannot write there"):
        write_report([run], tmp_path / "missing" / "r.csv", beliefs)
