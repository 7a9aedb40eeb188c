"""A file that turns up where a configuration is just being saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from promptopt.results.atomic_file import write_atomically
from tests.tui.conftest import OpenApp, do, press, screen_text, settle
from tests.tui.new_run_form import fill
from tui.screens.save import SaveDialog


async def test_a_file_that_appears_meanwhile_is_not_overwritten(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after_another_program(target: Path, text: str, *, overwrite: bool) -> None:
        target.write_text("another program's")
        write_atomically(target, text, overwrite=overwrite)

    monkeypatch.setattr("tui.screens.save.write_atomically", after_another_program)
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "plurals")
        await do(pilot, "new.save")
        dialog = pilot.app.screen
        assert isinstance(dialog, SaveDialog)
        dialog.query_one(Input).value = "mine.toml"
        await settle(pilot)
        await press(pilot, "enter")
        assert pilot.app.screen is dialog
        text = " ".join(screen_text(pilot).split())
        assert "mine.toml exists already; name another file" in text
        assert "--" not in text  # of a command line that is not here
    assert (tmp_path / "mine.toml").read_text() == "another program's"
