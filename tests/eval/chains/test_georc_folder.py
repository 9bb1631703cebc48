"""GeoRC's folders, files and protocol, on a folder of its form that is ours."""

from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import read_chains
from geoagent.eval.chains.georc_export import write_candidates
from geoagent.eval.chains.georc_folder import read_georc
from geoagent.eval.chains.georc_text import georc_points, rounds_of
from geoagent.eval.chains.pairing import SHOWN, Matched, read_pairs
from geoagent.plain_text import listed
from tests.eval.chains.georc_folder import ROUNDS, expert_text, write_challenge


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    return write_challenge(tmp_path / "GeoRC" / "ABC")


def counts(matched: Matched) -> list[tuple[int, int]]:
    return [(len(item.candidate.points), len(item.reference.points)) for item in matched.items]


def test_an_experts_file_alone_is_five_chains_and_no_heading_is_a_point(challenge: Path) -> None:
    chains = read_chains(challenge / "Human_Expert_3.txt")
    assert [chain.id for chain in chains] == ["ABC_1", "ABC_2", "ABC_3", "ABC_4", "ABC_5"]
    assert [chain.points for chain in chains] == list(ROUNDS)
    assert [chain.unread for chain in chains] == [0] * 5


def test_its_protocol_splits_as_its_parser_and_scorer_do(challenge: Path) -> None:
    chains = read_chains(challenge / "Human_Expert_3.txt", "georc")
    assert [len(chain.points) for chain in chains] == [3, 3, 2, 2, 2]
    candidate = read_chains(challenge / "candidate_reasoning_chain_gpt4_1.txt", "georc")[0]
    assert candidate.points == (*ROUNDS[0], "Conclusion: this is Kenya.")  # its scorer filters no candidate
    assert read_chains(challenge / "candidate_reasoning_chain_gpt4_1.txt")[0].points == ROUNDS[0]


def test_a_folder_pairs_every_candidate_with_the_chosen_experts(challenge: Path) -> None:
    by_theirs, by_ours = read_pairs(challenge.parent, None, "georc"), read_pairs(challenge, None)
    assert counts(by_theirs) == [(4, 3), (4, 3), (3, 2), (3, 2), (3, 2)]
    assert {item.expert for item in by_theirs.items} == {3}
    assert len(by_ours.items) == 15
    assert {item.name for item in by_ours.items if item.candidate.id == "ABC_1"} == {
        "ABC_1 gpt4 expert 1", "ABC_1 gpt4 expert 2", "ABC_1 gpt4 expert 3",
    }  # fmt: skip
    assert by_theirs.aside.kinds() == by_ours.aside.kinds() == {}
    assert by_theirs.scenes["ABC_3"].country == "TH"


def test_a_single_candidate_meets_its_own_round(challenge: Path) -> None:
    matched = read_pairs(challenge / "candidate_reasoning_chain_gpt4_2.txt", challenge / "Human_Expert_3.txt")
    assert [(item.candidate.id, item.reference.points) for item in matched.items] == [("ABC_2", ROUNDS[1])]
    assert matched.aside.references == ("ABC_1", "ABC_3", "ABC_4", "ABC_5")


def test_what_has_no_partner_and_what_is_not_read_is_named(challenge: Path) -> None:
    (challenge / "candidate_reasoning_chain_gpt4_4.txt").unlink()
    (challenge / "candidate_reasoning_chain_gpt4.txt").write_text("- No number in the name")
    (challenge / "candidate_reasoning_chain_gpt4_9.txt").write_text("- A tenth of a second")
    (challenge / "Human_Chain_3.txt").write_text(expert_text(ROUNDS[:3]))
    (challenge.parent / "notes.txt").write_text("by hand")
    (challenge.parent / "README.md").write_text("# GeoRC")
    kinds = read_pairs(challenge.parent, None, "georc").aside.kinds()
    assert kinds == {
        "not read": (
            "ABC/Human_Expert_3.txt: a second file of expert 3, the first counts",
            "ABC/candidate_reasoning_chain_gpt4.txt: not a name of GeoRC's files",
            "notes.txt: no challenge of GeoRC",
            "ABC/Human_Chain_3.txt: no Round 4, 5",
        ),
        "candidates without a reference": ("ABC_5 (gpt4)", "ABC_9 (gpt4)"),
    }


def test_systems_and_experts_are_chosen_by_name_and_others_are_told(challenge: Path) -> None:
    (challenge / "Human_Expert_2.txt").unlink()
    with pytest.raises(ConfigError, match="no candidates of llama; there are: gpt4"):
        read_pairs(challenge, None, systems=["llama"])
    with pytest.raises(ConfigError, match="no chains of expert 2; there are: 1, 3"):
        read_pairs(challenge, None, experts=[2])
    assert len(read_pairs(challenge, None, experts=[1], systems=["gpt4"]).items) == 5


def test_nothing_in_common_names_both_sides(challenge: Path, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"id": "x", "solution": "Red soil here"}\n{"id": "y", "solution": "Palms"}')
    with pytest.raises(ConfigError, match="share no id of a chain: x, y / ABC_1, ABC_2, ABC_3 and 2 more"):
        read_pairs(tmp_path / "c.jsonl", challenge / "Human_Expert_3.txt")


def test_a_file_alone_and_a_folder_without_chains_are_one_line(challenge: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give REFERENCE too"):
        read_pairs(challenge / "Human_Expert_3.txt", None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="neither a run nor a folder of GeoRC"):
        read_pairs(tmp_path / "empty", challenge)


def test_photos_suffixes_do_not_keep_chains_from_a_folder(challenge: Path, tmp_path: Path) -> None:
    rows = '{"id": "ABC_1.png", "solution": "Red soil here"}\n{"id": "ABC_1.png", "solution": "Another time"}'
    (tmp_path / "c.jsonl").write_text(rows)
    matched = read_pairs(tmp_path / "c.jsonl", challenge.parent, "georc")
    assert [item.name for item in matched.items] == ["ABC_1 expert 3"]
    assert matched.aside.twice == ("ABC_1",)


@pytest.mark.parametrize(
    ("text", "numbers", "told"),
    [
        ("ROUND 3:\r\n- Red soil here\r\n", [3], ["no Round 1, 2, 4, 5"]),
        ("**Round 1**\n- Red soil\n\n## Round 10\n- Palm trees", [1, 10], ["no Round 2, 3, 4, 5"]),
        ("By Ann\nRound 1\n- Red soil\nRound 1\n- Palm trees", [1],
         ["before the first round: 'By Ann'", "Round 1 stands twice, the first counts", "no Round 2, 3, 4, 5"]),
        ("No heading at all", [1], ["no Round 2, 3, 4, 5"]),
    ],
)  # fmt: skip
def test_headings_of_rounds_in_any_form(text: str, numbers: list[int], told: list[str]) -> None:
    found = rounds_of(text)
    assert list(found.texts) == numbers
    assert list(found.unread) == told


def test_its_parser_counts_what_stands_before_the_first_round(tmp_path: Path) -> None:
    found = rounds_of("By Ann\nRound 1\n- Red soil\nRound 2\n- Palms", "georc")
    assert list(found.texts.values()) == ["By Ann\n", "\n- Red soil\n", "\n- Palms"]
    assert found.unread[0] == "what stands before the first round counts as round 1: 'By Ann'"
    assert list(rounds_of("ROUND 1\n- Red soil", "georc").texts) == [1]


def test_its_scorer_strips_one_mark_and_drops_short_lines() -> None:
    assert georc_points("1. Red soil\n* - Palm trees\n-ok\n• Kept with its dot") == [
        "Red soil", "- Palm trees", "• Kept with its dot",
    ]  # fmt: skip


def test_windows_line_ends_a_mark_at_the_start_and_an_empty_round(challenge: Path) -> None:
    text = "\ufeff" + expert_text().replace("Blue street signs", "ok").replace("- Palm trees at the kerb\n", "")
    (challenge / "Human_Expert_3.txt").write_bytes(text.replace("\n", "\r\n").encode())
    found = read_georc(challenge)
    third = found.experts[3][2]
    assert [chain.points for chain in found.experts[3][:2]] == list(ROUNDS[:2])
    assert (third.points, third.unread_parts) == (
        (), ("ABC/Human_Expert_3.txt: too short: 'ok'", "ABC/Human_Expert_3.txt: an empty round"),
    )  # fmt: skip


def test_broken_metadata_and_predictions_are_named(challenge: Path) -> None:
    (challenge / "ABC_rounds_metadata.json").write_text("[{")
    (challenge / "candidate_prediction_gpt4_1.json").write_text('{"country_code": "UG"}')
    (challenge / "candidate_prediction_gpt4_2.json").write_text("{}")
    found = read_georc(challenge)
    assert [part.partition(":")[0] for part in found.unread] == [
        "ABC/candidate_prediction_gpt4_2.json", "ABC/ABC_rounds_metadata.json",
    ]  # fmt: skip
    assert found.candidates["gpt4"][0].answer == "UG"


def test_chains_are_written_as_its_candidates_and_read_back(challenge: Path, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(
        '{"id": "ABC_1.png", "reasoning": ["Red  soil", "Palm trees"], "conclusion": ["Kenya."]}\n'
        '{"id": "photo", "reasoning": ["Red soil", "Palm trees"]}\n'
    )
    chains = read_chains(tmp_path / "c.jsonl")
    assert write_candidates(chains, challenge.parent, [], force=False) == ["photo: not CHALLENGE_1, CHALLENGE_2 …"]
    written = challenge / "candidate_reasoning_chain_geoagent_1.txt"
    assert written.read_text() == "Red soil\nPalm trees\n"
    write_candidates(chains, challenge.parent, [], force=False)  # the same again is no harm
    written.write_text("by hand")
    with pytest.raises(ConfigError, match="--force"):
        write_candidates(chains, challenge.parent, [], force=False)
    write_candidates(chains, challenge.parent, [], force=True)
    matched = read_pairs(challenge, None, "georc", systems=["geoagent"])
    assert counts(matched) == [(2, 3)]


@pytest.mark.parametrize("identity", ["../evil_1", "a/b_1", ".._1", "..", "_1"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, identity: str) -> None:
    (tmp_path / "c.jsonl").write_text(f'{{"id": "{identity}", "reasoning": ["Red soil", "Palm trees"]}}\n')
    with pytest.raises(ConfigError, match="no chain to write"):
        write_candidates(read_chains(tmp_path / "c.jsonl"), tmp_path / "out", [], force=False)
    assert not (tmp_path / "out").exists()


def test_a_few_names_then_how_many_more() -> None:
    assert listed(["a", "b"], SHOWN) == "a, b"
    assert listed(["a", "b", "c", "d", "e"], SHOWN) == "a, b, c and 2 more"


def test_challenges_may_lie_in_folders_below(tmp_path: Path) -> None:
    write_challenge(tmp_path / "GeoRC" / "data" / "test" / "ABC")
    (tmp_path / "GeoRC" / "data" / "notes.docx").touch()
    found = read_georc(tmp_path / "GeoRC")
    assert (len(found.scenes), found.unread) == (5, ["notes.docx: no challenge of GeoRC"])
