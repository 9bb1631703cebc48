"""What geoagent logs: lines on stderr for who runs the command, standard logging for who uses the library."""

import io
import logging
import subprocess
import sys
from contextlib import redirect_stderr

import pytest

from geoagent.cancellation import CalledOff, called_off_when
from geoagent.console import Progress, StatusLine, glimpse, heard_by, log_lines, step

log = logging.getLogger("geoagent.somewhere")


def test_each_message_is_one_clean_line(capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines():
        log.info("50 % done\x1b[2J\r\nnext")
        log.warning("a.jpg: left out")
        log.error(ValueError("no such folder"))
        log.debug("nobody reads this")
    assert capsys.readouterr().err.splitlines() == [
        "50 % done·[2J··next", "a.jpg: left out", "geoagent: no such folder"
    ]  # fmt: skip


def test_quiet_leaves_complaints(capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines(quiet=True):
        log.info("step 1 of 9")
        log.warning("a.jpg: left out")
    assert capsys.readouterr() == ("", "a.jpg: left out\n")


def test_afterwards_nothing_is_told_any_more(capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines():
        pass
    log.error("too late")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("setup", "told"),
    [
        ("", ""),
        ("logging.basicConfig(level='INFO', format='%(name)s %(levelname)s %(message)s')", "geoagent.x INFO news\n"),
    ],
)
def test_who_uses_the_library_decides_where_messages_go(setup: str, told: str) -> None:
    code = f"import logging, geoagent\n{setup}\nlogging.getLogger('geoagent.x').info('news')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", told)


def test_a_key_in_a_message_is_hidden() -> None:
    code = (
        "import logging\nfrom geoagent.console import log_lines\nfrom geoagent.secrets import Secrets, hidden_from\n"
        "with hidden_from(Secrets(['sk-a-long-secret'])), log_lines():\n"
        "    logging.getLogger('geoagent.x').error('it said sk-a-long-secret')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "geoagent: it said •••\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_says_the_step_and_the_seconds_and_goes() -> None:
    seconds = iter(range(0, 300, 3))
    with redirect_stderr(Terminal()) as shown, log_lines(), StatusLine(lambda: next(seconds)):
        step("reading text, part 4 of 12", 3, 12)
        glimpse([{"view": 1, "value": "Farmacia", "box": {}}])
        log.warning("a.jpg: left out")
    text = shown.getvalue()
    assert "\r\x1b[K███░░░░░░░░░ reading text, part 4 of 12 · 3 s" in text
    assert 'reading text, part 4 of 12 · 6 s · "Farmacia"' in text
    assert "\r\x1b[Ka.jpg: left out\n" in text
    assert text.endswith("\r\x1b[K")


def test_what_is_piped_gets_no_progress() -> None:
    with redirect_stderr(io.StringIO()) as shown, log_lines(), StatusLine():
        step("reading text")
    assert shown.getvalue() == ""


def test_who_listens_hears_each_step_of_this_context_and_no_other() -> None:
    heard: list[Progress] = []
    with heard_by(heard.append):
        step("reading text, part 4 of 12", 3, 12)
        glimpse([{"view": 1, "value": "Farmacia", "box": {}}])
    step("something else")
    assert [(now.words, now.done, now.of) for now in heard] == [("reading text, part 4 of 12", 3, 12), ("", 0, 0)]
    assert heard[1].read[0]["value"] == "Farmacia"


def test_a_step_ends_work_that_nobody_wants_any_more() -> None:
    heard: list[Progress] = []
    with called_off_when(lambda: len(heard) == 2), heard_by(heard.append), pytest.raises(CalledOff):
        for number in range(5):
            step(f"part {number}")
    assert [now.words for now in heard] == ["part 0", "part 1"]
