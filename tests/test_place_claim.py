"""Claims on where a photo was taken, by the ordinary solve."""

import json
from pathlib import Path

import pytest

from geoagent import GeoAgent, Settings
from geoagent.belief.sun_band import sun_evidence
from geoagent.case.trace import Trace
from geoagent.cli.main import main
from geoagent.cli.verify import CODES
from geoagent.errors import CONTRADICTED, OK, POSSIBLE, ConfigError
from geoagent.place_claim import Claimed, Verification, check_claimed, verification, verify
from geoagent.reading.sun_measurement import read_time, sun_measured
from geoagent.report.place_claim import render
from tests.opened import noise
from tests.perceived import solve_perceived


def claim(agent: GeoAgent, cache: Path, photo: Path, claimed: Claimed) -> Verification:
    file = solve_perceived(Settings(cache_dir=cache), photo)
    return verification(claimed, check_claimed(claimed, agent), file, agent)


def test_a_true_claim_is_supported_and_says_by_what(agent: GeoAgent, cache: Path, photos: Path) -> None:
    found = claim(agent, cache, photos / "spain_zaragoza.jpg", Claimed("Zaragoza, Aragon"))
    assert found.outcome == "supported"
    assert [level.outcome for level in found.levels] == ["supported"] * 3
    assert all(reason.cites for reason in found.reasons_for)
    assert found.reasons_against == ()
    text = render(found)
    assert "SUPPORTED" in text
    assert "likelier than the rest of Spain" in text
    assert found.reasons_for[0].cites[0] in text


def test_a_wrong_town_is_contradicted_in_the_right_country(agent: GeoAgent, cache: Path, photos: Path) -> None:
    found = claim(agent, cache, photos / "spain_zaragoza.jpg", Claimed("Madrid, Spain"))
    assert found.outcome == "contradicted"
    assert [level.outcome for level in found.levels] == ["supported", "contradicted", "contradicted"]
    assert any("Against Madrid" in reason.statement for reason in found.reasons_against)
    assert found.answer.startswith("Zaragoza")


def test_a_photo_that_tells_nothing_leaves_a_claim_possible(agent: GeoAgent, tmp_path: Path) -> None:
    found = verify(noise(tmp_path, 1), "Lisbon", agent=agent)
    assert found.outcome == "possible"
    assert found.probability == pytest.approx(0.5)
    assert found.reasons_for == found.reasons_against == ()
    assert "Nothing that was found tells this place from others." in render(found)
    assert found.settles


@pytest.mark.slow
def test_a_shadow_settles_what_the_photo_leaves_open(agent: GeoAgent, cache: Path, tmp_path: Path) -> None:
    """At 13:30 by the clock the sun of June is low in the south of the Earth alone."""
    photo, time = noise(tmp_path, 1), read_time("2024-06-01 13:30")
    suns = [sun_measured(time.give_or_take(5), 34, 180)]
    file = agent.trace(photo)
    outcomes = {}
    for place in ("Mendoza, Argentina", "Lisbon"):
        claimed = Claimed(place, None, time, suns)
        outcomes[place] = verification(claimed, check_claimed(claimed, agent), file, agent)
    assert outcomes["Mendoza, Argentina"].probability > 0.5 > outcomes["Lisbon"].probability
    assert any(reason.level == "country" for reason in outcomes["Lisbon"].reasons_against)
    assert any("the sun stood" in remark for remark in outcomes["Lisbon"].remarks)
    begun = GeoAgent(Settings(cache_dir=cache), given=Trace(evidence=tuple(sun_evidence(suns)))).trace(photo)
    assert [item.kind for item in begun.trace.evidence if item.witness == "user"] == ["sun"]
    assert begun.prediction.levels != file.prediction.levels
    again = verification(claimed, check_claimed(claimed, agent), begun, agent)
    assert again.probability == pytest.approx(outcomes["Lisbon"].probability)


def test_bad_claims_are_refused_before_any_work(agent: GeoAgent, tmp_path: Path) -> None:
    for claimed, told in (
        (Claimed("Springfield"), "write which"),
        (Claimed("Xqzwvkj"), "no place"),
        (Claimed("Lisbon", beforehand=1.0), "between 0 and 1"),
        (Claimed("Portugal", within_km=5), "is no point"),
        (Claimed("Lisbon", within_km=0), "within_km"),
    ):
        with pytest.raises(ConfigError, match=told):
            check_claimed(claimed, agent)
    with pytest.raises(ConfigError, match="time"):
        verify(tmp_path / "none.png", "Lisbon", time="noon", agent=agent)


def test_the_command_tells_by_its_exit_code(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    photo = str(noise(tmp_path, 1))
    assert main(["verify", "--quiet", "--json", photo, "--place", "-33.9,151.2"]) == POSSIBLE
    said = json.loads(capsys.readouterr().out)
    assert said["outcome"] == "possible"
    assert said["within_km"] == 10
    assert main(["verify", "--quiet", photo, "--place", "Springfield"]) == 2
    assert main(["verify", "--quiet", photo, "--place", "Lisbon", "--shadow-direction", "3"]) == 2
    assert "--time" in capsys.readouterr().err
    assert CODES == {"supported": OK, "possible": POSSIBLE, "contradicted": CONTRADICTED}
    assert CODES == {"supported": 0, "possible": 4, "contradicted": 5}
