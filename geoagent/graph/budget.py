"""The budgets of a case (turns of the loop, seconds, tokens, money): what is left of them, and which is used up."""

from geoagent.case.prediction import Usage
from geoagent.case.trace import State
from geoagent.reasoners.reasoner import Left
from geoagent.settings import Settings

SPENT = {
    "steps": "as many steps were taken as a case may take (setting max_steps)",
    "seconds": "as much time was taken as a case may take (setting timeout_s)",
    "tokens": "as many tokens were used as a case may use (setting max_tokens)",
    "money": "as much money was spent as may be spent (setting max_cost)",
}
"""What it means that a budget is used up, in words, with the setting that limits it."""


def seconds_left(state: State, settings: Settings) -> float:
    """The seconds that were left of the case's time limit (`timeout_s`) when the present node began; may be
    negative.
    """
    return settings.timeout_s - state["usage"].seconds


def left(state: State, settings: Settings) -> Left:
    """The turns, tokens and seconds that are left of a case's budgets, in that order."""
    usage = state["usage"]
    return Left(settings.max_steps - usage.steps, settings.max_tokens - usage.tokens, seconds_left(state, settings))


def used_up(state: State, settings: Settings) -> str | None:
    """The budget of a case that is used up: "steps", "seconds", "tokens" or "money"; None while none is."""
    usage: Usage = state["usage"]
    if usage.steps >= settings.max_steps:
        return "steps"
    if seconds_left(state, settings) <= 0:
        return "seconds"
    if settings.max_cost is not None and (usage.dollars or 0.0) >= settings.max_cost:
        return "money"
    return "tokens" if usage.tokens >= settings.max_tokens else None
