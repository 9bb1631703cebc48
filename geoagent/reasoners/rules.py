"""The embedded reasoner: no model, no network, no GPU. It follows the text."""

from geoagent.evidence import Candidate, Clue
from geoagent.prediction import Usage, finest_area
from geoagent.readout import levels, rank_countries
from geoagent.reasoners.reasoner import CaseView, Decision, Finish, UseTool
from geoagent.state import Trace

SMALL_TEXT = 0.035
UNSURE_TEXT = 0.9
FEW_TEXTS = 3
CLOSE_READINGS = 3
HALVES = ([0.0, 0.1, 0.6, 0.9], [0.4, 0.1, 1.0, 0.9])


class RuleReasoner:
    """Reads closer what is small or unsure, then compares the leaders; each question is asked once."""

    name = "rules"
    witness = "rules"

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The most probable places, each from the evidence that speaks for it."""
        atlas, belief = case.belief.atlas, case.belief
        if not case.trace.evidence:
            return Trace(), Usage()
        finest = finest_area(levels(belief))
        keys = [finest] if finest else []
        keys += [region.key for region in rank_countries(belief, 3) if not any(k.startswith(region.key) for k in keys)]
        found = []
        for key in keys:
            rows = atlas.rows(key)
            strongest = max(belief.terms, key=lambda term: float(term.discount * term.log_ratio[rows].mean())).evidence
            found.append(Candidate(place=atlas.path(key), proposer=strongest.witness, evidence=(strongest.id,)))
        return Trace(candidates=tuple(found)), Usage()

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """Read small or unsure text closer, look for text where little was found, compare what is close; finish."""
        for tool, arguments, thought in (*self._closer(case), *self._halves(case), *self._compare(case)):
            asked = any(call.tool == tool and call.arguments == arguments for call in case.trace.calls)
            if not asked and tool in case.tools:
                return UseTool(thought, tool, arguments), Usage()
        return Finish(()), Usage()

    def _closer(self, case: CaseView) -> list[tuple[str, dict[str, object], str]]:
        first_look = [clue for clue in self._texts(case) if self._worth_a_look(clue)]
        first_look.sort(key=lambda clue: (clue.confidence, clue.id))
        return [
            ("read_text", {"view": clue.view, "box": _widened(clue)}, f'"{clue.value}" is small or unsure')
            for clue in first_look[:CLOSE_READINGS]
        ]

    def _texts(self, case: CaseView) -> list[Clue]:
        """The texts of the first look: what perception read in whole photos."""
        later = {row["clue"] for call in case.trace.calls if call.tool == "read_text" for row in call.data or ()}
        return [c for c in case.trace.clues if c.kind == "text" and c.witness == "ocr" and c.id not in later]

    def _worth_a_look(self, clue: Clue) -> bool:
        if clue.box is None or clue.view is None:
            return False
        return clue.confidence < UNSURE_TEXT or clue.box.y1 - clue.box.y0 < SMALL_TEXT

    def _halves(self, case: CaseView) -> list[tuple[str, dict[str, object], str]]:
        if len(self._texts(case)) >= FEW_TEXTS:
            return []
        photos = [view.number for view in case.trace.views if view.source is None]
        return [
            ("read_text", {"view": number, "box": list(box)}, "little text was found; look closer")
            for number in photos
            for box in HALVES
        ]

    def _compare(self, case: CaseView) -> list[tuple[str, dict[str, object], str]]:
        if not case.trace.evidence:
            return []
        first, second = rank_countries(case.belief, 2)
        if first.probability > 0.9 or second.probability < 0.05:
            return []
        return [("compare_candidates", {"first": first.name, "second": second.name}, "two countries are close")]


def _widened(clue: Clue) -> list[float]:
    assert clue.box is not None
    x_margin, y_margin = (clue.box.x1 - clue.box.x0) * 0.15 + 0.01, (clue.box.y1 - clue.box.y0) * 0.4 + 0.01
    return [
        round(max(0.0, clue.box.x0 - x_margin), 4), round(max(0.0, clue.box.y0 - y_margin), 4),
        round(min(1.0, clue.box.x1 + x_margin), 4), round(min(1.0, clue.box.y1 + y_margin), 4),
    ]  # fmt: skip
