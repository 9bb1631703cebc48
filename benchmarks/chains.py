"""How well the embedded judge tells a photo's own chain from another's: `chains.py GEOCOMP [--cache F] [--words F]`.

GEOCOMP is the folder with Ground_Truth.csv and Hallucination_*.csv. For each photo: how often the expert's chain and a
system's on the same photo score (F1, place names masked) above the same expert's and that system's on another photo, in
the same country (all of them) and anywhere (25, drawn with seed 0). Photos are split in halves by the SHA-256 of their
id; the judge was made on half A. `--cache` keeps embeddings, `--words` writes the word counts of half A.
"""

import argparse
import csv
import hashlib
import json
import pickle
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from geoagent.atlas import open_atlas
from geoagent.eval.chains.chains import Chain, chain_of_text
from geoagent.eval.chains.embedded_judge import EmbeddedJudge
from geoagent.eval.chains.masking import Masker
from geoagent.eval.chains.minilm import open_minilm
from geoagent.eval.chains.scores import bipartite
from geoagent.eval.metrics.intervals import mean_interval
from geoagent.reading.clue_kinds import content
from geoagent.settings import read_settings

SYSTEMS = ("GPT4o", "GeoCoT", "GeoReasoners")
ELSEWHERE = 25


class Kept:
    """Embeddings that are computed once and kept in a file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.vectors: dict[str, np.ndarray] = pickle.loads(path.read_bytes()) if path and path.exists() else {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, shape (texts, 384)."""
        new = [text for text in texts if text not in self.vectors]
        if new:
            self.vectors.update(zip(new, open_minilm().embed(new), strict=True))
        return np.array([self.vectors[text] for text in texts])

    def save(self) -> None:
        """Write the file."""
        if self._path:
            self._path.write_bytes(pickle.dumps(self.vectors))


def half(photo: str) -> str:
    """A or B, by the photo's id alone."""
    return "AB"[int(hashlib.sha256(photo.encode()).hexdigest(), 16) % 2]


def read(path: Path) -> list[list[str]]:
    """The rows of a CSV file below its heading."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def main() -> None:
    """Print the figures of each system, for half A, half B and all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--words", type=Path)
    options = parser.parse_args()
    truth = read(options.folder / "Ground_Truth.csv")
    country = {row[1]: row[0] for row in truth}
    experts = {row[1]: chain_of_text(row[2], row[1]) for row in truth if row[2].strip()}
    systems = {
        name: {row[0]: chain_of_text(row[1], row[0]) for row in read(options.folder / f"Hallucination_{name}.csv")}
        for name in SYSTEMS
    }
    masker = Masker(open_atlas(read_settings({}).cache))
    if options.words:
        write_words(options.words, [experts, systems["GPT4o"], systems["GeoCoT"]], masker)
        return
    kept = Kept(options.cache)
    judge = EmbeddedJudge(kept.embed, masker)
    try:
        for name, chains in systems.items():
            report(name, experts, {photo: chain for photo, chain in chains.items() if chain.points}, country, judge)
    finally:
        kept.save()


def write_words(path: Path, sources: Sequence[dict[str, Chain]], masker: Masker) -> None:
    """The number of chains of half A in which each word, concept or value occurs, where that is at least 3."""
    counts: Counter[str] = Counter()
    chains = [chain for source in sources for photo, chain in source.items() if half(photo) == "A" and chain.points]
    for chain in chains:
        counts.update({word for point in chain.points for word in content(masker.mask(point)).words})
    found = {word: count for word, count in sorted(counts.items()) if count >= 3}
    data = {"source": "GeoComp (Apache-2.0), half A", "chains": len(chains), "chains_with": found}
    path.write_text(json.dumps(data, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def report(
    name: str, experts: dict[str, Chain], chains: dict[str, Chain], country: dict[str, str], judge: EmbeddedJudge
) -> None:
    """Score one system's chains against the experts' and print the areas under the curve."""
    rng = np.random.default_rng(0)
    photos = [photo for photo in sorted(experts) if photo in chains and experts[photo].points]
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    own, others = {}, {}
    for photo in photos:
        same = [other for other in photos if other != photo and country[other] == country[photo]]
        drawn = [str(other) for other in rng.choice([p for p in photos if p != photo], ELSEWHERE, replace=False)]
        score = {p: bipartite(chains[p], experts[photo], judge).f1 or 0.0 for p in {photo, *same, *drawn}}
        own[photo], others[photo] = score[photo], float(np.mean([score[p] for p in drawn]))
        for kind, rivals in (("same country", same), ("anywhere", drawn)):
            values = np.array([score[p] for p in rivals])
            won = float(np.mean((values < score[photo]) + 0.5 * (values == score[photo])))
            found[kind, half(photo)][photo] = found[kind, "all"][photo] = won
    another = float(np.mean(list(others.values())))
    print(f"{name}: mean F1 of the same photo {mean_interval(list(own.values()))}, of another {another:.3g}")
    for (kind, part), values in sorted(found.items()):
        print(f"  {kind:<13} {part:<4} AUC {mean_interval(list(values.values()))}", flush=True)


if __name__ == "__main__":
    main()
