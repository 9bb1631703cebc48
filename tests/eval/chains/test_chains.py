import json
from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import chain_of_text, chain_of_trace, read_chains
from geoagent.report.chain_file import write_chains


def points(tmp_path: Path, text: str, name: str = "c.md") -> tuple[str, ...]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_chains(tmp_path / name)[0].points


def test_bullets_by_the_rules_of_georc() -> None:
    text = (
        "Reasoning chain:\n- Red soil here\n• Left-hand traffic\n3) Yellow plates\n**Step 4:** Wooden poles\n"
        "-ok\nConclusion\n- Kenya it is"
    )
    assert chain_of_text(text).points == ("Red soil here", "Left-hand traffic", "Yellow plates", "Wooden poles")


def test_prose_is_cut_into_sentences_without_those_that_only_conclude() -> None:
    text = "The soil is red. Traffic keeps left! Based on this, the image was most likely taken in Kampala, Uganda."
    assert chain_of_text(text).points == ("The soil is red.", "Traffic keeps left!")


@pytest.mark.parametrize(
    "text",
    [
        "1. The bare trees are poplars; 2. Taxis are orange and white; 3. No. 7 is a tram line.",
        "Solution: 1. The bare trees are poplars. 2. Taxis are orange and white. 3. No. 7 is a tram line.",
        "(1) The bare trees are poplars, (2) Taxis are orange and white, (3) No. 7 is a tram line.",
        "Step 1: The bare trees are poplars; Step 2: Taxis are orange and white; Step 3: No. 7 is a tram line.",
        "1. The bare trees are poplars; 2. Taxis are orange and white\n3. No. 7 is a tram line.",
    ],
)
def test_steps_numbered_inside_a_line(text: str) -> None:
    found = [point.rstrip(".") for point in chain_of_text(text).points]
    assert found == ["The bare trees are poplars", "Taxis are orange and white", "No. 7 is a tram line"]


def test_numbers_that_are_no_steps_split_nothing(tmp_path: Path) -> None:
    for text in ("Red soil. It costs 2. Not 3.", "Route 1. A sign of route 2. Yellow plates."):
        assert chain_of_text(text).points[0] == text.split(". ")[0] + "."
    assert chain_of_text("4. Blue taxis; 5. Red soil here").points == ("Blue taxis", "Red soil here")
    found = points(tmp_path, json.dumps({"steps": ["1. Red soil here; 2. Yellow plates", "Blue taxis"]}), "c.json")
    assert found == ("Red soil here", "Yellow plates", "Blue taxis")


@pytest.mark.parametrize(
    ("line", "is_point"),
    [
        ("Therefore, the answer is Japan, and the white license plate further supports this", True),
        ("Therefore the location is Nairobi because of the yellow plates.", True),
        ("Thus, southern islands can be excluded.", True),
        ("In summary, the Spanish shop signs and the dry hills point to Chile.", True),
        ("The answer is Kenya: red laterite soil, left-hand traffic.", True),
        ("The photo was taken in winter near a frozen river with birch trees in Lapland.", True),
        ("Based on these clues, the image was most likely taken in Kampala, Uganda.", False),
        ("Therefore, the answer is Japan.", False),
        ("Thus the photo was taken in a small town in southern Brazil.", False),
        ("The final answer is Melbourne, Australia (-37.8, 144.9).", False),
        ("In conclusion, all evidence above points to Chile.", False),
        ("Considering the architecture, vegetation and signage, it was most likely taken in Lisbon.", False),
        ("Location: Tokyo, Japan", False),
    ],
)
def test_a_line_is_left_out_only_where_it_names_the_place_alone(line: str, is_point: bool) -> None:
    chain = chain_of_text(f"- Red soil here\n- {line}")
    assert (len(chain.points), chain.concluding) == ((2, ()) if is_point else (1, (line,)))
    assert chain_of_text(f"- Red soil here\n- {line}", protocol="georc").points[1] == line  # as its parser has it


@pytest.mark.parametrize(
    "value",
    [
        {"reasoning": ["Red soil here", "Left-hand traffic"], "answer": "Kenya"},
        {"clues": [{"type": "soil", "observation": "Red soil here"}, {"observation": "Left-hand traffic"}]},
        {"reasoning_chain": {"step 1": "Red soil here", "step 2": "Left-hand traffic", "conclusion": "Kenya"}},
        {"steps": [{"step": 1, "text": "Red soil here"}, {"step": 2, "text": "Left-hand traffic"}]},
        {"id": 7, "solution": "1. Red soil here\n2. Left-hand traffic"},
        ["Red soil here", "Left-hand traffic"],
    ],
)
def test_json_of_many_shapes(tmp_path: Path, value: object) -> None:
    found = points(tmp_path, json.dumps(value), "c.json")
    assert [point for point in found if point != "soil"] == ["Red soil here", "Left-hand traffic"]


def test_json_lines_by_id_and_what_is_broken_is_counted(tmp_path: Path) -> None:
    lines = ['{"id": "a", "solution": "Red soil here"}', '{"id": "b", "sol', '{"id": "c", "solution": "Yellow plates"}']
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    chains = read_chains(tmp_path / "c.jsonl")
    assert [chain.id for chain in chains] == ["a", "c"]
    assert sum(chain.unread for chain in chains) == 1


def test_a_mapping_of_ids_to_chains(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"p1": ["Red soil here"], "p2": "- Yellow plates\n- Wooden poles"}))
    assert [(chain.id, len(chain.points)) for chain in read_chains(tmp_path / "c.json")] == [("p1", 1), ("p2", 2)]


def test_a_trace_gives_the_sentences_of_its_argument_and_no_conclusion(
    agent: GeoAgent, photos: Path, tmp_path: Path
) -> None:
    file = agent.trace(photos / "spain_zaragoza.jpg")
    (tmp_path / "t.json").write_text(file.model_dump_json())
    points = read_chains(tmp_path / "t.json")[0].points
    assert 'The web address "www.mueblesebrolino.es" ends in .es, the ending of Spain.' in points
    assert points == tuple(s.statement for s in file.prediction.argument if s.kind != "conclusion")
    write_chains({"spain_zaragoza": file}, tmp_path / "chains.jsonl")
    (chain,) = read_chains(tmp_path / "chains.jsonl")
    assert (chain.id, chain.points) == ("spain_zaragoza", points)


def test_a_trace_without_an_argument_gives_each_observation_once(agent: GeoAgent, photos: Path, tmp_path: Path) -> None:
    file = agent.trace(photos / "spain_zaragoza.jpg", hint="in Europe")
    file = file.model_copy(update={"prediction": file.prediction.model_copy(update={"argument": ()})})
    chain = chain_of_trace(file.trace)
    assert 'a text reads "MUEBLES EBROLINO"' in chain.points
    assert len(set(chain.points)) == len(chain.points)
    assert not any("Europe" in point or "plausible" in point for point in chain.points)
    (tmp_path / "t.json").write_text(file.model_dump_json())
    assert read_chains(tmp_path / "t.json")[0].points == chain.points


@pytest.mark.parametrize("text", ["", "\n\n", "{}", "ok"])
def test_nothing_to_read_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="no point of a reasoning chain"):
        points(tmp_path, text)


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_chains(tmp_path / "none")


def test_tables_hold_a_chain_a_row(tmp_path: Path) -> None:
    """As GeoComp's files do: the experts' in GB 18030, with the text in a column without a name."""
    (tmp_path / "Ground Truth.csv").write_bytes(
        "nation,panoID,\r\n法国,a,The soil is red. Tall palms stand there.\r\n\r\n日本,b,\r\n".encode("gb18030")
    )
    (tmp_path / "GeoCoT.csv").write_text("\ufeffpanoid,output,OH,FH,\na,Red soil. Palms.,0,1,\n,Nobody.,1,,\n")
    experts, own = read_chains(tmp_path / "Ground Truth.csv"), read_chains(tmp_path / "GeoCoT.csv")
    assert [(chain.id, chain.points) for chain in experts] == [
        ("a", ("The soil is red.", "Tall palms stand there.")), ("b", ())
    ]  # fmt: skip
    assert experts[1].unread_parts == ("Ground Truth.csv, line 4: no point in it",)
    assert [(chain.id, chain.points) for chain in own] == [("a", ("Red soil.", "Palms."))]
    assert own[0].unread_parts == ("GeoCoT.csv, line 3: no id",)


def test_a_chain_without_a_point_is_named(tmp_path: Path) -> None:
    rows = [{"id": "a", "reasoning": ["Red soil."]}, {"id": "b", "reasoning": None}]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [chain.unread_parts for chain in read_chains(tmp_path / "c.jsonl")] == [(), ("c.jsonl, b: no point in it",)]
