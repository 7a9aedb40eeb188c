"""The command in a real terminal, and without one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.terminal import TERMINATE, Terminal
from tests.tui.test_hostile_text import HOSTILE
from tui.main import main

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


def output_after_the_screen(terminal: Terminal) -> str:
    """What was printed when the workbench had given the terminal back."""
    rest = terminal.written.rpartition(b"\x1b[?1049l")[2].decode()
    return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", rest)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
def test_start_look_and_quit(store: Store, size: tuple[int, int]) -> None:
    player = RunPlayer(store).play_all()
    best = store.state(player.run_id).best
    assert best is not None
    with Terminal("last", size=size) as terminal:
        terminal.wait_for("Candidates 11")
        terminal.press("\r")
        terminal.wait_for("1 Prompt c")
        terminal.press("\x1b")
        terminal.wait_for("Candidates 11")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.sane
        printed = output_after_the_screen(terminal)
    assert f"run {player.run_id} is done" in printed
    assert f"best prompt c{best.id:03d}: dev {best.dev}" in printed


def test_closing_leaves_a_live_run_alone_and_says_how_to_see_it_again(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id), Terminal(player.run_id) as terminal:
        terminal.wait_for("RUNNING")
        terminal.press("\x11")
        terminal.wait_for("Leave it running")
        terminal.press("l")
        assert terminal.end() == 0
        printed = output_after_the_screen(terminal)
    assert f"promptopt-tui {player.run_id}" in printed
    assert store.open_commands(player.run_id) == []


def test_a_terminal_that_is_told_to_end_is_left_sane(store: Store) -> None:
    player = RunPlayer(store).play_all()
    with Terminal(player.run_id) as terminal:
        terminal.wait_for("Candidates 11")
        assert terminal.end(TERMINATE) == 128 + TERMINATE
        assert terminal.sane


CRASHING = """
import sys
from tui import app, main
def broken(self):
    secret = "a secret value"
    raise ZeroDivisionError("[/INST] on \\x1b[31mpurpose")
app.WorkbenchApp._tick = broken
sys.exit(main.main(sys.argv[1:]))
"""


def test_a_crash_gives_the_terminal_back_and_leaves_a_trace(store: Store) -> None:
    RunPlayer(store).play_all()
    with Terminal("last", code=CRASHING) as terminal:
        assert terminal.end() == 1
        assert terminal.sane
        printed = output_after_the_screen(terminal)
    (log,) = (Path(os.environ["PROMPTOPT_HOME"]) / "logs").glob("tui-*.log")
    assert "ZeroDivisionError: [/INST] on ␛[31mpurpose" in printed
    assert log.name in printed.replace("\r\n", "")
    assert "Traceback" not in printed
    trace = log.read_text()
    assert "in broken" in trace
    assert "a secret value" not in printed


def test_without_colour_no_colour_is_sent(store: Store) -> None:
    player = RunPlayer(store).play_all()
    with Terminal(player.run_id, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("Candidates 11")
        terminal.press("q")
        assert terminal.end() == 0
    codes = {
        code
        for sequence in re.findall(rb"\x1b\[([0-9;]*)m", terminal.written)
        for code in sequence.split(b";")
    }
    colours = {str(code).encode() for code in (*range(30, 39), *range(40, 49), *range(90, 108))}
    assert not codes & colours


def test_hostile_texts_send_nothing_of_their_own_and_shift_nothing(store: Store) -> None:
    prompts = tuple(HOSTILE[:7])
    player = RunPlayer(store, "hostile", prompts=prompts, changed=prompts[:3])
    player.answer = HOSTILE[2] + HOSTILE[4]
    player.play_all()
    with Terminal("hostile") as terminal:
        terminal.wait_for("Candidates 10")
        terminal.press("\r")
        terminal.wait_for("3 Examples")
        lines = terminal.screen.display
        top = next(y for y, line in enumerate(lines) if "3 Examples" in line)
        edges = {line.rstrip()[-1] for line in lines[top + 1 : -2]}
        terminal.press("q")
        assert terminal.end() == 0
    assert edges <= {"│", "╯"}
    assert b"\x1b[31mred" not in terminal.written
    assert b"\x1b]0;title" not in terminal.written
    assert b"\x1b[2J\xc2\x9b" not in terminal.written


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        ([], "promptopt run CONFIG.toml"),
        (["--demo"], "promptopt run --demo"),
        (["mine.toml"], "promptopt run mine.toml"),
        (["MINE.TOML"], "promptopt run MINE.TOML"),
        (["some-run"], "promptopt show some-run"),
        (["words.csv"], "promptopt run --task words.csv"),
    ],
)
def test_without_a_terminal_it_names_the_command_to_use(arguments: list[str], instead: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui.main", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "needs a terminal" in done.stderr
    assert instead in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("no-such-run",), "error: there is no run named 'no-such-run'"),
        (("missing.toml",), "error: there is no configuration file missing.toml"),
    ],
)
def test_a_wrong_request_is_answered_before_the_screen_opens(
    store: Store, arguments: tuple[str, ...], expected: str
) -> None:
    RunPlayer(store).play_until(ev.SearchStarted)
    with Terminal(*arguments) as terminal:
        assert terminal.end() == 2
        assert expected in terminal.text
        assert b"\x1b[?1049h" not in terminal.written
        assert "Traceback" not in terminal.text


def test_demo_and_a_name_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--demo", "a-run"])
    assert stopped.value.code == 2
    assert "--demo" in capsys.readouterr().err
