"""An answer in two sentences, and its reasons sorted by what they count: for a person who reads from the top."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from geoagent.case.evidence import ArgumentStep
from geoagent.case.prediction import Level, Prediction
from geoagent.plain_text import percent, with_article

NOTHING = "Nothing that was found tells where."
SURE = ((0.95, "almost certainly"), (0.8, "very likely"), (0.0, "probably"))
"""How sure an answer is, in words, by its probability."""
Weight = Literal["strong", "seen", "weak", "against"]
ORDER: tuple[Weight, ...] = ("strong", "seen", "weak", "against")
BY_WEIGHT: dict[str, Weight] = {"decisive": "strong", "strong": "strong", "moderate": "weak", "slight": "weak"}
SHOWN = 3
"""So many reasons are shown, weak ones too, where there are no more strong ones."""
CARRIES = {"strong": "What carries it most", "seen": "What it rests on", "weak": "The little that carries it"}
CENTRE = "centre of the likely area"
"""What the best single point is where no point is stated."""


LEVEL_NAMES = {"point": "exact point"}


class Summary(NamedTuple):
    """An answer in at most two sentences: where the photo was taken, and the strongest reason.

    The second is empty where there is no reason.
    """

    answer: str
    carried: str

    def __str__(self) -> str:
        return f"{self.answer} {self.carried}".strip()


class Weighed(NamedTuple):
    """A reason (a step of the argument) with how much it counts, in one word: "strong", "seen", "weak" or "against"."""

    weight: Weight
    step: ArgumentStep


class Reasons(NamedTuple):
    """The reasons of an answer in two lists: those shown at once, the strongest first, and the weaker ones that are
    held back.
    """

    shown: Sequence[Weighed]
    weaker: Sequence[Weighed]


def summary(prediction: Prediction) -> Summary:
    """The answer in two sentences: where the photo was taken, and the strongest reason for it."""
    if prediction.is_unknown:
        return Summary(NOTHING, "")
    return Summary(_answer(prediction), _carried(prediction))


def meaning_of_point(prediction: Prediction) -> str:
    """What the single point of an answer is: a stated point, or only the middle of an area."""
    return "point" if any(level.level == "point" and level.stated for level in prediction.levels) else CENTRE


def reasons(prediction: Prediction) -> Reasons:
    """The reasons for and against an answer, without conclusions: strong ones first, weak ones apart."""
    weighed = [Weighed(weight_of(step), step) for step in prediction.argument if step.kind != "conclusion"]
    ranked = sorted(weighed, key=lambda item: (ORDER.index(item.weight), lightness(item.step)))
    telling = [item for item in ranked if item.weight != "weak"]
    weak = [item for item in ranked if item.weight == "weak"]
    room = max(0, SHOWN - sum(item.weight == "strong" for item in telling))
    shown = sorted([*telling, *weak[:room]], key=lambda item: ORDER.index(item.weight))
    return Reasons(shown, weak[room:])


def open_questions(prediction: Prediction) -> Iterator[str]:
    """The sentences of the argument that say which further observation would tell most about what is still open."""
    yield from (
        step.statement for step in prediction.argument if step.kind == "conclusion" and step.stance == "against"
    )


def weight_of(step: ArgumentStep) -> Weight:
    """How much a reason counts, in one word.

    A sentence that no record supports counts as weak, whatever weight it claims.
    """
    if step.stance == "against":
        return "against"
    if step.support == "unsupported":
        return "weak"
    return BY_WEIGHT.get(step.weight, "seen")


def lightness(step: ArgumentStep) -> tuple[bool, float]:
    """The sorting key of reasons of equal weight: those for the answer before those against other places, then the
    heavier first.
    """
    return step.kind == "elimination", -abs(step.log_odds or 0.0)


def _answer(prediction: Prediction) -> str:
    subject = "These photos were" if len(prediction.photos) > 1 else "This photo was"
    stated = prediction.stated
    if stated is None:
        first = prediction.levels[0]
        name = with_article(first.name) if first.level == "country" else first.name
        return f"No country stands out. The most likely one is {name}, with {percent(first.probability)}."
    path = prediction.levels[: prediction.levels.index(stated) + 1]
    sure = next(word for least, word in SURE if stated.probability >= least)
    return f"{subject} {sure} taken {_where(path)} ({percent(stated.probability)})."


def _where(path: Sequence[Level]) -> str:
    """A path as a phrase, from fine to coarse: "in Lyon, Auvergne-Rhône-Alpes, France"."""
    names = [with_article(level.name) if level.level == "country" else level.name for level in reversed(path)]
    names = list(dict.fromkeys(names))
    if path[-1].level == "point" and len(names) > 1:
        return f"at {names[0]}, in {', '.join(names[1:])}"
    return f"{'at' if path[-1].level == 'point' else 'in'} {', '.join(names)}"


def _carried(prediction: Prediction) -> str:
    """The strongest reason for the answer."""
    found = [item for item in reasons(prediction).shown if item.weight != "against"]
    if not found or prediction.stated is None:
        return ""
    return f"{CARRIES[found[0].weight]}: {found[0].step.statement}"
