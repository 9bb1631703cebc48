"""A file of evidence: what it says counts, is cited and kept, and each of its faults is told in one line."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.trace import check
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.reading.evidence_file import read_evidence
from geoagent.runs.batch import new_batch
from geoagent.runs.resuming import resumed_settings
from geoagent.runs.run_folder import manifest_of
from geoagent.runs.trace_files import load_trace, save_trace

IP = {"name": "IP address", "witness": "ip", "reliability": 0.7}
VIENNA = {"lat": 48.21, "lon": 16.37, "km": 20}


def written(folder: Path, *items: Any, **more: Any) -> Path:
    path = folder / "evidence.json"
    path.write_text(json.dumps(list(items) if len(items) != 1 else items[0] | more))
    return path


def test_the_reliability_is_what_the_witness_is_worth_alone(atlas: Atlas, beliefs: Beliefs, tmp_path: Path) -> None:
    trace = read_evidence(written(tmp_path, IP, areas=[{"area": "IS"}]), atlas)
    check(trace)
    belief = beliefs.of(trace.evidence, trace.spots)
    before = float(atlas.prior[atlas.rows(Area("IS"))].sum())
    assert mass(belief, Area("IS")) == pytest.approx(0.7 + 0.3 * before, abs=1e-4)


def test_weights_are_shares_whatever_they_sum_to(atlas: Atlas, beliefs: Beliefs, tmp_path: Path) -> None:
    areas = [{"area": "Iceland", "weight": 3}, {"area": "Faroe Islands", "weight": 1}]
    trace = read_evidence(written(tmp_path, IP, areas=areas, reliability=0.999), atlas)
    belief = beliefs.of(trace.evidence)
    assert mass(belief, Area("IS")) / mass(belief, Area("FO")) == pytest.approx(3.0, rel=0.01)


def test_the_same_witness_twice_counts_little_more(atlas: Atlas, beliefs: Beliefs, tmp_path: Path) -> None:
    says = [{**IP, "name": name, "areas": [{"area": "IS"}]} for name in ("one", "two")]
    trace = read_evidence(written(tmp_path, *says), atlas)
    assert sorted(term.discount for term in beliefs.of(trace.evidence).terms) == pytest.approx([0.3, 1.0])
    says[1]["witness"] = "radio"
    trace = read_evidence(written(tmp_path, *says), atlas)
    assert [term.discount for term in beliefs.of(trace.evidence).terms] == [1.0, 1.0]


def test_nobody_in_a_file_is_the_user_or_text_recognition(atlas: Atlas, tmp_path: Path) -> None:
    trace = read_evidence(written(tmp_path, IP, witness="user", areas=[{"area": "IS"}]), atlas)
    assert trace.evidence[0].witness == "given:user"


@pytest.mark.parametrize(
    ("text", "code"),
    [("FR", "FR"), ("SE.28", "SE.28"), ("France", "FR"), ("Bavaria, Germany", "DE.02"), ("Österreich", "AT")],
)
def test_areas_are_codes_or_paths(text: str, code: str, atlas: Atlas, tmp_path: Path) -> None:
    trace = read_evidence(written(tmp_path, IP, areas=[{"area": text}]), atlas)
    assert code in trace.evidence[0].model_dump_json()


def test_a_city_by_its_path(atlas: Atlas, beliefs: Beliefs, tmp_path: Path) -> None:
    trace = read_evidence(written(tmp_path, IP, areas=[{"area": "Lyon, France"}]), atlas)
    assert trace.evidence[0].level == "city"
    assert "Lyon" in trace.evidence[0].statement
    assert mass(beliefs.of(trace.evidence), Area("FR")) > 0.7


def test_a_solve_cites_it_keeps_it_and_is_read_again(
    cache: Path, beliefs: Beliefs, photos: Path, tmp_path: Path
) -> None:
    point = {"lat": 48.20849, "lon": 16.37208, "km": 0.05}
    path = written(tmp_path, IP, name="a walk", witness="track", reliability=0.95, kernels=[point])
    file = GeoAgent(Settings(cache_dir=cache, evidence=path)).trace(photos / "nowhere_plain.jpg")
    (said,) = file.trace.evidence
    assert said.id in {i for step in file.prediction.argument for i in step.cites}
    assert any("“a walk”" in s.statement or '"a walk"' in s.statement for s in file.prediction.argument)
    assert [spot.name for spot in file.trace.spots] == ["48.20849, 16.37208"]
    assert file.prediction.levels[-1].level == "point"
    assert (file.prediction.levels[0].name, file.settings["evidence"]) == ("Austria", str(path))
    save_trace(file, tmp_path / "trace.json")
    assert load_trace(tmp_path / "trace.json", lambda: beliefs).file.prediction == file.prediction


def test_a_run_goes_on_with_the_same_file_alone(tmp_path: Path) -> None:
    path = written(tmp_path, IP, areas=[{"area": "IS"}])
    settings = Settings(evidence=path)
    made = manifest_of(settings, "photos", [], "agent")
    with pytest.raises(ConfigError, match=r"this run was made with the evidence .*; name it with --evidence to go on"):
        resumed_settings(made, {}, tmp_path)
    assert resumed_settings(made, {"evidence": path}, tmp_path).evidence == path
    written(tmp_path, IP, areas=[{"area": "FO"}])
    assert manifest_of(settings, "photos", [], "agent").versions != made.versions


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"areas": [{"area": "Ruritania"}]}, 'item 1 (IP address): area: there is no place "Ruritania" in the atlas'),
        ({"areas": [{"area": "ZZ"}]}, 'there is no place "ZZ" in the atlas'),
        ({"areas": [{"area": "Lyon, Ruritania"}]}, 'nothing called "Ruritania" holds such a place'),
        ({"areas": [{"area": "Springfield"}]}, '"Springfield" may be Springfield'),
        ({"areas": [{"area": ""}]}, "areas.0.area: string should have at least 1 character"),
        ({"areas": [{"area": "FR", "weight": 0}]}, "areas.0.weight: input should be greater than 0"),
        ({"areas": [{"area": "FR", "share": 1}]}, "areas.0.share: extra inputs are not permitted"),
        ({"kernels": [{**VIENNA, "lat": 91}]}, "kernels.0.lat: input should be less than or equal to 90"),
        ({"kernels": [{**VIENNA, "lat": "48"}]}, "kernels.0.lat: input should be a valid number"),
        ({"kernels": [{**VIENNA, "km": float("nan")}]}, "kernels.0.km: input should be"),
        ({"kernels": [{**VIENNA, "km": True}]}, "kernels.0.km: input should be a valid number"),
        ({"kernels": [{**VIENNA, "km": 0}]}, "kernels.0.km: input should be greater than 0"),
        ({"kernels": [{"lat": 0, "lon": -30, "km": 1}]}, "no place of the atlas lies there, but open sea"),
        ({"kernels": [VIENNA], "reliability": 1}, "reliability: input should be less than 1"),
        ({"kernels": [VIENNA], "witness": "The Radio"}, "witness: string should match pattern"),
        ({"kernels": [VIENNA], "name": " "}, "item 1: name: string should match pattern"),
        ({"kernels": []}, "item 1 (IP address): needs kernels or areas"),
        ({"kernels": [VIENNA] * 2001}, "2001 kernels and areas in all; at most 2000 can be given"),
    ],
)
def test_each_fault_is_one_line(
    item: dict[str, Any], fault: str, atlas: Atlas, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, IP | item)
    with caplog.at_level(logging.ERROR), pytest.raises(ConfigError, match="1 fault in the evidence; nothing was sol"):
        read_evidence(path, atlas)
    (record,) = caplog.records
    assert fault in record.getMessage()
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not JSON"),
        (b"{'name': 1}", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "0 items; 1 to 200 can be given"),
        (b"[" + b"1," * 300 + b"1]", "301 items"),
        (b" " * 1_000_001, "more than 1 MB"),
    ],
)
def test_a_file_that_is_none(content: bytes, fault: str, atlas: Atlas, tmp_path: Path) -> None:
    (tmp_path / "evidence.json").write_bytes(content)
    with pytest.raises(ConfigError, match=fault):
        read_evidence(tmp_path / "evidence.json", atlas)


def test_what_is_no_object_is_named_by_its_number(
    atlas: Atlas, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(ConfigError, match="2 faults"):
        read_evidence(written(tmp_path, 7, None), atlas)
    assert [record.getMessage().split(": ")[1] for record in caplog.records] == ["item 1", "item 2"]


def test_a_file_that_is_not_there_and_a_pipe(
    capsys: pytest.CaptureFixture[str], cache: Path, photos: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.environ["GEOAGENT_CACHE_DIR"] = str(cache)
    try:
        for name, fault in (("none.json", "No such file or directory"), ("pipe", "a pipe or a device, not a file")):
            assert main(["solve", str(photos / "nowhere_plain.jpg"), "--evidence", str(tmp_path / name)]) == 2
            assert fault in (err := capsys.readouterr().err)
            assert err.count("\n") == 1
    finally:
        del os.environ["GEOAGENT_CACHE_DIR"]


def test_a_model_that_alone_is_asked_hears_no_evidence(capsys: pytest.CaptureFixture[str], photos: Path) -> None:
    command = ["solve", str(photos / "nowhere_plain.jpg"), "--direct", "--vlm", "http://127.0.0.1:9/v1"]
    assert main([*command, "--evidence", "evidence.json"]) == 2
    assert "--evidence: with --direct nothing but the model's word counts" in capsys.readouterr().err


def test_a_run_is_not_begun_with_evidence_that_has_faults(cache: Path, photos: Path, tmp_path: Path) -> None:
    settings = Settings(cache_dir=cache, evidence=written(tmp_path, IP, areas=[{"area": "Ruritania"}]))
    with pytest.raises(ConfigError, match="1 fault in the evidence"):
        new_batch(settings, [photos / "nowhere_plain.jpg"], tmp_path / "run", "", same_place=False, mode="agent")
