"""Choosing a configuration file to start a run from."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.cells import shown
from tui.screens.dialog import Dialog
from tui.widgets.plain_input import PlainInput

FILES_LISTED = 50


class StartDialog(Dialog[str | None]):
    """The result is the path of a configuration file."""

    title_text = "Start a run from a configuration file"

    def __init__(self) -> None:
        super().__init__()
        self._files = _configurations_here()

    def compose_body(self) -> ComposeResult:
        yield PlainInput(placeholder="path of a TOML file")
        text = (
            "or one of this folder:" if self._files else "There are no TOML files in this folder."
        )
        yield Static(Content.styled(text, "$foreground-muted"), markup=False, id="message")
        if self._files:
            yield OptionList(
                *(
                    Option(Content(" " + shown(name)), id=str(index))
                    for index, name in enumerate(self._files)
                ),
                markup=False,
                compact=True,
            )
        hint = Content.styled("⏎ start   tab list   esc  Cancel", "$foreground-muted")
        yield Static(hint, id="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._files[event.option_index])


def _configurations_here() -> list[str]:
    """The TOML files of this folder that speak of a task, which every configuration does."""
    try:
        files = sorted(each for each in Path.cwd().glob("*.toml") if each.is_file())
        return [each.name for each in files if "task" in _beginning(each)][:FILES_LISTED]
    except OSError:
        return []


def _beginning(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(10_000)
