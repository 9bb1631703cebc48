"""An answer in two sentences, and its reasons sorted by how much they count."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from geoagent.case.evidence import ArgumentStep
from geoagent.case.prediction import Level, Prediction
from geoagent.case.trace import TraceFile
from geoagent.plain_text import percent, printable, with_article

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


QUOTED = 60
"""So much of a text stands for it."""
LEVEL_NAMES = {"point": "exact point"}


class Summary(NamedTuple):
    """An answer in at most two sentences: where the photo was taken (`answer`), and the strongest reason
    (`carried`).

    `carried` is empty where there is no reason. As text the two are joined by a space.
    """

    answer: str
    carried: str

    def __str__(self) -> str:
        return f"{self.answer} {self.carried}".strip()


class Weighed(NamedTuple):
    """A step of an answer's argument, with how much it counts in one word: "strong", "seen", "weak" or "against" (the
    answer).
    """

    weight: Weight
    step: ArgumentStep


class Reasons(NamedTuple):
    """The reasons of an answer in two lists: those to be shown at once, the strongest first, and the weak ones that are
    held back.
    """

    shown: Sequence[Weighed]
    weaker: Sequence[Weighed]


def names(file: TraceFile) -> list[str]:
    """What a case is called: its photos by the names of their files, or its texts by how they begin."""
    found = [ref.path.replace("\\", "/").rsplit("/", 1)[-1] for ref in file.photos]
    texts = [printable(clue.value) for clue in file.trace.clues if clue.kind == "post"]
    quoted = [f'text: "{t if len(t) <= QUOTED else t[: QUOTED - 1] + "…"}"' for t in texts]
    return found or quoted or [printable(clue.value) for clue in file.trace.clues] or ["no photo"]


def summary(prediction: Prediction) -> Summary:
    """The answer in two sentences: where the photo was taken, and the strongest reason for it.

    Where nothing tells where, the first sentence says so and the second is empty.
    """
    if prediction.is_unknown:
        return Summary(NOTHING, "")
    return Summary(_answer(prediction), _carried(prediction))


def meaning_of_point(prediction: Prediction) -> str:
    """What to call the single point of an answer: "point" where a point is stated, else "centre of the likely area"."""
    return "point" if any(level.level == "point" and level.stated for level in prediction.levels) else CENTRE


def reasons(prediction: Prediction) -> Reasons:
    """The sentences of an answer's argument but for its conclusions, sorted: the strong ones first, those against it
    last.

    Weak ones are shown only as far as there are fewer than three strong ones; the others are in `Reasons.weaker`.
    """
    weighed = [Weighed(weight_of(step), step) for step in prediction.argument if step.kind != "conclusion"]
    ranked = sorted(weighed, key=lambda item: (ORDER.index(item.weight), lightness(item.step)))
    telling = [item for item in ranked if item.weight != "weak"]
    weak = [item for item in ranked if item.weight == "weak"]
    room = max(0, SHOWN - sum(item.weight == "strong" for item in telling))
    shown = sorted([*telling, *weak[:room]], key=lambda item: ORDER.index(item.weight))
    return Reasons(shown, weak[room:])


def open_questions(prediction: Prediction) -> Iterator[str]:
    """The sentences of the answer's argument that say which further observation would tell most about what is still
    open.
    """
    yield from (
        step.statement for step in prediction.argument if step.kind == "conclusion" and step.stance == "against"
    )


def weight_of(step: ArgumentStep) -> Weight:
    """How much a step of the argument counts, in one word: "strong", "seen", "weak" or "against" (the answer).

    One that no record supports is weak, whatever weight it claims. One without a weight of its own is "seen".
    """
    if step.stance == "against":
        return "against"
    if step.support == "unsupported":
        return "weak"
    return BY_WEIGHT.get(step.weight, "seen")


def lightness(step: ArgumentStep) -> tuple[bool, float]:
    """The sorting key of steps of equal weight: those for the answer come before those that eliminate other places, and
    among these the one of larger log odds comes first.
    """
    return step.kind == "elimination", -abs(step.log_odds or 0.0)


def _answer(prediction: Prediction) -> str:
    subject = "These photos were" if len(prediction.photos) > 1 else "This photo was"
    was = f"{subject} {{}} taken" if prediction.photo else "The place is {}"
    stated = prediction.stated
    if stated is None:
        first = prediction.levels[0]
        name = with_article(first.name) if first.level == "country" else first.name
        return f"No country stands out. The most likely one is {name}, with {percent(first.probability)}."
    path = prediction.levels[: prediction.levels.index(stated) + 1]
    sure = next(word for least, word in SURE if stated.probability >= least)
    return f"{was.format(sure)} {_where(path)} ({percent(stated.probability)})."


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
