"""Training data out of runs that a scripted model made: the forms of three trainers, and what is left out."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.cli.main import main
from geoagent.eval.rewards import distance_reward
from geoagent.geo import Point
from geoagent.runs.run_folder import Result, append, manifest_of, open_run
from geoagent.runs.samples import Sample
from geoagent.testing.scripted_model import ScriptedModel, action, look
from tests.opened import noise

STOCKHOLM = Point(lat=59.33, lon=18.07)
SEEN = {"kind": "vehicle", "value": "a blue tram", "view": 1, "box": [0.1, 0.5, 0.4, 0.9]}
SWEDEN = {"country": "Sweden", "region": "Stockholm", "city": "Stockholm", "probability": 0.9, "because": "blue trams"}
CHILE = {"country": "Chile", "probability": 0.9, "because": "the hills"}


def made(
    folder: Path,
    cache: Path,
    place: dict[str, Any],
    truth: Point | None = STOCKHOLM,
    question: str = "",
    **settings: Any,
) -> Path:
    """A run of one photo of noise: the model names a place, calls one tool, and concludes."""
    script = [look(place, clues=[SEEN]), action("zoom", view=1, box=[0, 0, 0.5, 0.5]), action("conclude", claims=[])]
    folder.parent.mkdir(exist_ok=True, parents=True)
    photo = noise(folder.parent, 1)
    with ScriptedModel(script) as model:
        given = Settings(vlm=model.url, model="scripted", cache_dir=cache, no_second_look=True, **settings)
        file = GeoAgent(given).trace(photo, hint=question)
    samples = [Sample(id="one", images=(str(photo),), point=truth, question=question)]
    open_run(folder, manifest_of(given, "test", samples, "agent"), samples)
    append(folder, [Result(id="one", trace=file)])
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> dict[str, Path]:
    """A run that is right and one that is wrong, of the same photo."""
    base = tmp_path_factory.mktemp("training")
    return {"right": made(base / "right", cache, SWEDEN), "wrong": made(base / "wrong", cache, CHILE)}


@pytest.fixture(autouse=True)
def _cache(cache: Path) -> Iterator[None]:
    os.environ["GEOAGENT_CACHE_DIR"] = str(cache)
    yield
    del os.environ["GEOAGENT_CACHE_DIR"]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_sft_for_trl(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["export", "sft", str(runs["right"]), str(runs["wrong"]), "--out", str(tmp_path / "sft.jsonl")]
    assert main(command) == 0
    shown = capsys.readouterr()
    assert shown.out == f"1 rows in {tmp_path}/sft.jsonl\n"
    assert "1 answer left out: whose country is wrong or not known" in shown.err
    (row,) = rows(tmp_path / "sft.jsonl")
    assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    assert [part["type"] for part in row["messages"][1]["content"]] == ["image", "text"]
    call = row["messages"][2]["tool_calls"][0]["function"]
    assert (call["name"], call["arguments"]["view"]) == ("zoom", 1)
    (tool,) = row["tools"]
    assert (tool["function"]["name"], tool["function"]["parameters"]["type"]) == ("zoom", "object")
    assert [Path(image).name for image in row["images"]] == ["1.png"]
    answer = json.loads(row["messages"][-1]["content"][0]["text"].splitlines()[-1])
    assert (answer["country"], answer["clues"]) == ("Sweden", ["a blue tram"])
    assert main(command) == 0  # an earlier output of ours is written over


@pytest.mark.slow
def test_fifty_steps_of_lora_on_what_is_exported_lower_the_loss(runs: dict[str, Path], tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from tests.cli.tiny_vlm import TinyVLM, losses

    assert main(["export", "sft", str(runs["right"]), "--out", str(tmp_path / "sft.jsonl")]) == 0
    (row,) = rows(tmp_path / "sft.jsonl")
    torch.manual_seed(0)
    model = TinyVLM().with_lora()
    base = {name: value.clone() for name, value in model.named_parameters() if not value.requires_grad}
    loss = losses(model, row, 50)
    assert loss[0] > 5  # a random model: the logarithm of 256 is 5.5
    assert loss[-1] < 0.6 * loss[0]
    assert all(torch.equal(value, base[name]) for name, value in model.named_parameters() if name in base)


def test_nothing_of_the_labels_is_in_a_prompt(runs: dict[str, Path], tmp_path: Path) -> None:
    assert main(["export", "grpo", str(runs["right"]), "--out", str(tmp_path / "grpo.jsonl")]) == 0
    (row,) = rows(tmp_path / "grpo.jsonl")
    prompt = json.dumps(row["prompt"])
    assert not any(word in prompt for word in ("Sweden", "Stockholm", "59.3", "18.0", "blue tram", "1.png"))
    assert (row["country"], row["lat"], row["seen"], row["localizable"]) == ("Sweden", 59.33, ["a blue tram"], 1.0)


def test_dpo_sets_the_better_answer_of_a_photo_against_the_worse(runs: dict[str, Path], tmp_path: Path) -> None:
    names = [str(runs["wrong"]), str(runs["right"])]
    assert main(["export", "dpo", *names, "--out", str(tmp_path / "dpo.jsonl")]) == 0
    (row,) = rows(tmp_path / "dpo.jsonl")
    truth = {"lat": [STOCKHOLM.lat], "lon": [STOCKHOLM.lon]}
    assert distance_reward([row["chosen"]], **truth)[0] > distance_reward([row["rejected"]], **truth)[0] + 0.1
    assert '"Chile"' in row["rejected"][0]["content"][0]["text"]


def test_one_run_has_no_pairs(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "dpo", str(runs["right"]), "--out", str(tmp_path / "dpo.jsonl")]) == 2
    assert "no two answers of the same photos differ enough; name a second run" in capsys.readouterr().err
    assert not (tmp_path / "dpo.jsonl").exists()


def test_llamafactory(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = ["--format", "llamafactory"]
    assert main(["export", "sft", str(runs["right"]), "--out", str(tmp_path / "sft.jsonl"), *form]) == 0
    entry = json.loads(capsys.readouterr().out.partition("dataset_info.json: ")[2])["sft"]
    (row,) = rows(tmp_path / "sft.jsonl")
    assert {row_name for name, row_name in entry["columns"].items()} == set(row)
    assert [m["from"] for m in row["conversations"]] == ["human", "function_call", "observation", "gpt"]
    assert row["conversations"][0]["value"].count("<image>") == len(row["images"]) == 1
    assert json.loads(row["conversations"][1]["value"])["name"] == "zoom"
    assert [tool["name"] for tool in json.loads(row["tools"])] == ["zoom"]
    names = [str(runs["wrong"]), str(runs["right"])]
    assert main(["export", "dpo", *names, "--out", str(tmp_path / "dpo.jsonl"), *form]) == 0
    (row,) = rows(tmp_path / "dpo.jsonl")
    assert (row["chosen"]["from"], len(row["conversations"])) == ("gpt", 1)


def test_verl(runs: dict[str, Path], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for kind in ("sft", "grpo"):
        out = tmp_path / f"{kind}.parquet"
        for _ in range(2):
            assert main(["export", kind, str(runs["right"]), "--out", str(out), "--format", "verl"]) == 0
    (row,) = parquet.read_table(tmp_path / "grpo.parquet").to_pylist()
    assert (row["data_source"], row["reward_model"]["style"]) == ("geoagent", "rule")
    assert json.loads(row["reward_model"]["ground_truth"])["city"] == "Stockholm"
    assert row["prompt"][1]["content"].count("<image>") == len(row["images"])
    (row,) = parquet.read_table(tmp_path / "sft.parquet").to_pylist()
    assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    assert json.loads(row["messages"][2]["tool_calls"][0]["function"]["arguments"])["view"] == 1


@pytest.mark.parametrize(
    ("kind", "more", "fault"),
    [
        ("grpo", ["--format", "llamafactory"], "llamafactory has no documented form for grpo; there is trl, verl"),
        ("dpo", ["--format", "verl"], "verl has no documented form for dpo; there is trl, llamafactory"),
        ("sft", ["--format", "verl"], "verl reads .parquet; name the file so"),
    ],
)
def test_forms_that_no_trainer_has(
    kind: str, more: list[str], fault: str, runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", kind, str(runs["right"]), "--out", str(tmp_path / "a.jsonl"), *more]) == 2
    assert fault in capsys.readouterr().err


@pytest.mark.slow  # it solves three cases
def test_answers_that_would_give_the_place_away(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = tmp_path / "evidence.json"
    evidence.write_text('{"name": "a", "witness": "b", "reliability": 0.5, "areas": [{"area": "SE"}]}')
    told = made(tmp_path / "a" / "run", cache, SWEDEN, question="a tram in Stockholm, they say")
    given = made(tmp_path / "b" / "run", cache, SWEDEN, evidence=evidence)
    bare = made(tmp_path / "c" / "run", cache, SWEDEN, truth=None)
    for run, reason in (
        (told, "whose question names the"),
        (given, "with a place that no photo shows"),
        (bare, "of a"),
    ):
        assert main(["export", "sft", str(run), "--out", str(tmp_path / "x.jsonl"), "--right", "any"]) == 2
        err = capsys.readouterr().err
        assert f"1 answer left out: {reason}" in err
        assert "nothing is left to write" in err


@pytest.mark.parametrize("run", ["none", "."])
def test_what_is_no_run(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "sft", str(tmp_path / run), "--out", str(tmp_path / "x.jsonl")]) == 2
    assert ("not a run folder: there is none" if run == "none" else "no run.json is in it") in capsys.readouterr().err
