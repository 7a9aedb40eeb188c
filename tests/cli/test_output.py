from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.cli import output

if TYPE_CHECKING:
    import pytest


def test_columns_line_up_by_what_a_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(
        ("name", "n", "text"), [("日本", "5", "a"), ("x\x1b", "12", "b\nc")], right="n"
    )
    assert capsys.readouterr().out == "name   n  text\n日本   5  a\nx␛    12  b⏎c\n"


def test_a_terminal_cuts_the_last_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    output.say_table(("id", "text"), [("c001", "日本語" * 10), ("c002", "short")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "c001  " + "日本語" * 3 + "日本…"
    assert lines[2] == "c002  short"


def test_a_pipe_gets_everything(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("id", "text"), [("c001", "x" * 500)])
    assert "x" * 500 in capsys.readouterr().out


def test_a_table_without_rows_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("id", "text"), [])
    assert capsys.readouterr().out == "id  text\n"


def test_a_terminal_breaks_sentences_between_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "The quick brown fox jumps.\n    an indented prompt stays whole"
    output.say(text)
    assert capsys.readouterr().out == text + "\n"
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "16")
    output.say(text)
    assert capsys.readouterr().out == (
        "The quick brown\nfox jumps.\n    an indented prompt stays whole\n"
    )
