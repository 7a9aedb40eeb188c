"""A person's own editor: which one it is, and that the terminal is really lent to it."""

from __future__ import annotations

import os
import termios
from pathlib import Path

import pytest
from textual.app import App

from promptopt.errors import InputError
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.taking_part import at_work
from tests.tui.terminal import Terminal
from tests.workspace import Workspace
from tui.editor import edit_file, editor_command

REPOSITORY = Path(__file__).parents[2]

# As at a real terminal, where ctrl+c is sent to all processes in front.
IN_CONTROL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tui.main import main
sys.exit(main(sys.argv[1:]))
"""

EDITOR = """#!/bin/sh
[ -t 0 ] && [ -t 1 ] || exit 9
trap 'echo interrupted >> "$0.log"' INT
cat "$1" > "$0.given"
printf 'THE EDITOR IS HERE '
while ! read -r line; do :; done
printf '%s\\n' "$line" > "$1"
"""


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.delenv("VISUAL", raising=False)


def script(folder: Path, code: str) -> Path:
    path = folder / "my editor"
    path.write_text(code)
    path.chmod(0o755)
    return path


@pytest.fixture
def broken_off(workspace: Workspace) -> str:
    """A run without an engine, which answers at once."""
    run_id = at_work(workspace)
    workspace.kill_engine(workspace.store(), run_id)
    return run_id


def in_front(terminal: Terminal) -> bool:
    """Whether the workbench has the screen and the keys, and not the editor."""
    screen = terminal.written.rfind(b"\x1b[?1049h") > terminal.written.rfind(b"\x1b[?1049l")
    return screen and termios.tcgetattr(terminal._slave)[:4] != terminal.before[:4]


def test_the_terminal_is_lent_and_comes_back(broken_off: str, tmp_path: Path) -> None:
    path = script(tmp_path, EDITOR)
    log, given = tmp_path / "my editor.log", tmp_path / "my editor.given"
    environment = {"EDITOR": f'"{path}"'}
    with Terminal(broken_off, environment=environment, code=IN_CONTROL) as terminal:
        terminal.wait_for("Candidates")
        assert in_front(terminal)
        terminal.press("gI")
        terminal.wait_for("THE EDITOR IS HERE")
        assert not in_front(terminal)
        assert termios.tcgetattr(terminal._slave)[:4] == terminal.before[:4]
        terminal.press("\x03")  # meant for the editor
        terminal.wait_for(log.exists)
        assert terminal.process.poll() is None
        terminal.press("Written by hand.\r")
        terminal.wait_for("goes into the race")
        assert in_front(terminal)
        terminal.press("j")  # keys are the workbench's again
        terminal.wait_for("1 of yours waiting")
        terminal.press("\x03")
        assert terminal.end() == 0
        assert terminal.sane
    with Store() as store:
        state = store.state(broken_off)
        (order,) = state.orders
    assert isinstance(order.event, ev.CandidateOffered)
    assert order.event.text == "Written by hand."
    assert order.event.parent is not None
    assert given.read_text() == state.candidates[order.event.parent].text


def test_from_within_a_dialog_the_text_goes_there_and_back(broken_off: str, tmp_path: Path) -> None:
    path = script(tmp_path, EDITOR)
    with Terminal(broken_off, environment={"EDITOR": f'"{path}"'}, size=(80, 24)) as terminal:
        terminal.wait_for("Candidates")
        terminal.press("a")
        terminal.wait_for("Write a candidate")
        terminal.press("Begun in the field")
        terminal.wait_for("Begun in the field")
        terminal.press("\x1bOS")  # f4
        terminal.wait_for("THE EDITOR IS HERE")
        assert (tmp_path / "my editor.given").read_text() == "Begun in the field"
        terminal.press("Ended in the editor\r")
        # Typed, it shows at once; ctrl+s would hold up a terminal that is still lent.
        terminal.wait_for(lambda: in_front(terminal) and "THE EDITOR IS HERE" not in terminal.text)
        terminal.wait_for("Ended in the editor")
        assert "^s Send" in terminal.text
        terminal.press("\x13")
        terminal.wait_for(
            lambda: (
                "1 of yours waiting" in terminal.text and "Write a candidate" not in terminal.text
            )
        )
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.sane


def test_an_editor_that_fails_is_told_and_the_screen_is_back(
    broken_off: str, tmp_path: Path
) -> None:
    path = script(tmp_path, "#!/bin/sh\nprintf 'worse' > \"$1\"\nexit 3\n")
    with Terminal(broken_off, environment={"EDITOR": f'"{path}"'}) as terminal:
        terminal.wait_for("Candidates")
        terminal.press("A")
        terminal.wait_for("ended with status 3")
        assert in_front(terminal)
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.sane
    with Store() as store:
        assert not store.state(broken_off).orders


async def test_none_of_our_code_runs_between_fork_and_exec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the locks of other threads may be held for ever; Python forks so only where it must."""
    monkeypatch.setenv("EDITOR", f'"{script(tmp_path, "#!/bin/sh")}"')
    path = tmp_path / "text"
    path.write_text("")
    forks: list[int] = []
    os.register_at_fork(before=lambda: forks.append(1))
    app = App[None]()
    async with app.run_test():
        edit_file(app, path)
    assert not forks


# Which editor


def test_visual_comes_before_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "cat")
    assert editor_command() == ["cat"]
    monkeypatch.setenv("VISUAL", "sh -c 'a b'")
    assert editor_command() == ["sh", "-c", "a b"]


@pytest.mark.parametrize(
    ("named", "told"),
    [("no-such-editor --wait", "cannot be found"), ("vi '", "is not a command")],
)
def test_an_editor_that_cannot_be_is_told(
    named: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", named)
    with pytest.raises(InputError, match=told):
        editor_command()


def test_without_a_name_one_that_is_there_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="name one in the environment variable EDITOR"):
        editor_command()
    (tmp_path / "vi").write_text("#!/bin/sh\n")
    (tmp_path / "vi").chmod(0o755)
    assert editor_command() == ["vi"]
    assert os.environ["PATH"] == str(tmp_path)
