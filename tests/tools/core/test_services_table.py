from pathlib import Path

from geoagent.tools.core.services_table import table


def test_the_table_of_services_is_that_of_the_code() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "tools.md").read_text()
    assert docs.partition("<!-- table -->\n")[2].partition("\n<!-- end -->")[0] == table()
