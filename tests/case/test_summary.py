from geoagent.case.prediction import Level
from geoagent.case.summary import reasons, summary
from tests.report.made import ARGUMENT, PATH, made, step


def test_two_sentences_say_the_answer_and_what_carries_it() -> None:
    said = summary(made().prediction)
    assert said.answer == "This photo was almost certainly taken in Zaragoza, Aragon, Spain (98 %)."
    assert said.carried == "What carries it most: The address lies in Zaragoza."
    assert summary(made(photos=2).prediction).answer.startswith("These photos were")


def test_reasons_are_sorted_by_what_they_count_and_weak_ones_are_folded() -> None:
    found = reasons(made().prediction)
    assert [(item.weight, item.step.statement.split()[0]) for item in found.shown] == [
        ("strong", "The"), ("strong", "The"), ("strong", "Not"), ("seen", "Signs"), ("against", "Against"),
    ]  # fmt: skip
    assert [item.step.statement for item in found.weaker] == ["The words are Spanish.", "A number looks Spanish."]


def test_where_nothing_is_strong_the_strongest_weak_ones_are_shown() -> None:
    weak = tuple(step(f"Weak {n}.", "slight", n / 10) for n in range(1, 6))
    found = reasons(made(argument=weak).prediction)
    assert [item.step.statement for item in found.shown] == ["Weak 5.", "Weak 4.", "Weak 3."]
    assert len(found.weaker) == 2
    assert summary(made(argument=weak).prediction).carried == "The little that carries it: Weak 5."


def test_a_sentence_that_nothing_supports_carries_nothing() -> None:
    claims = (step("I know this street.", "decisive", 9.0, support="unsupported"), *ARGUMENT)
    assert "I know" not in summary(made(argument=claims).prediction).carried


def test_where_no_country_is_stated_the_most_likely_is_named_as_that() -> None:
    levels = tuple(Level(level="country", name=n, probability=0.3, stated=False) for n in ("United States",))
    said = summary(made(levels=levels).prediction)
    assert said == ("No country stands out. The most likely one is the United States, with 30 %.", "")


def test_nothing_found_is_said_as_that() -> None:
    assert str(summary(made(is_known=False).prediction)) == "Nothing that was found tells where."


def test_a_point_is_told_as_a_position() -> None:
    levels = tuple(Level(level=n, name=name, probability=p, stated=True) for n, name, _, p in PATH)  # type: ignore[arg-type]
    point = Level(level="point", name="41.65606, -0.87734", probability=0.9, stated=True)
    said = summary(made(levels=(*levels, point)).prediction).answer
    assert said == "This photo was very likely taken at 41.65606, -0.87734, in Zaragoza, Aragon, Spain (90 %)."


def test_a_notebook_shows_it_without_what_a_browser_would_obey() -> None:
    html = made(argument=(step("<script>alert(1)</script>", "strong", 3.0),)).prediction._repr_html_()
    assert "<script>" not in html and "Zaragoza" in html and "centre of the likely area" in html
    assert "<table>" not in made(is_known=False).prediction._repr_html_()
