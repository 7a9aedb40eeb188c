from __future__ import annotations

import io

import pytest

from promptopt.cli import live_line
from promptopt.cli.live_line import PLAIN_SECONDS, LiveLine


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_rewritten_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "30")
    live = LiveLine(lambda line: print(line, file=screen))
    live.update("")
    assert screen.getvalue() == ""
    live.update("12 calls")
    live.update("x\x1b[2J" + "long " * 20)
    live.say("stays")
    live.clear()
    *drawn, stays = screen.getvalue().split("\r")[1:]
    assert drawn[0] == "12 calls\x1b[K"
    # It never reaches the edge, where a terminal would break it, and sends nothing of its own.
    assert drawn[1].removesuffix("\x1b[K") == "x␛[2Jlong long long long lon…"
    assert stays == "\x1b[Kstays\n"


def test_elsewhere_a_plain_line_comes_after_a_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(live_line.time, "monotonic", lambda: now[0])
    said: list[str] = []
    live = LiveLine(said.append)
    live.update("at once")
    now[0] += PLAIN_SECONDS - 1
    live.say("a stage")
    now[0] += PLAIN_SECONDS - 1
    live.update("too soon")
    now[0] += 1
    live.update("it lives")
    live.update("too soon again")
    live.clear()
    assert said == ["a stage", "it lives"]
    assert capsys.readouterr() == ("", "")
