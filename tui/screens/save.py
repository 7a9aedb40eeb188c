"""Saving the configuration of a new run."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from promptopt.errors import PromptoptError
from promptopt.results.atomic_file import write_atomically
from promptopt.runs.config_file import ENDING, is_configuration
from tui.cells import shown
from tui.run_draft import RunDraft
from tui.screens.dialog import Dialog
from tui.screens.questions import overwrite_question
from tui.themes import MUTED
from tui.widgets.plain_input import PlainInput


class SaveDialog(Dialog[str | None]):
    """The result tells what was done; None when nothing was."""

    title_text = "Save the configuration"

    def __init__(self, draft: RunDraft, name: str) -> None:
        """`name` is offered for the file, made safe to be shown."""
        super().__init__()
        self._draft = draft
        self._offered = name
        self._text = ""

    def compose_body(self) -> ComposeResult:
        where = Content.assemble("File", (f" in {shown(str(Path.cwd()))}", MUTED))
        yield Static(where, markup=False, id="message")
        yield PlainInput(self._offered)
        yield Static("", markup=False, id="problem")
        hint = f"⏎ save   {self.key('dialog.cancel')} cancel"
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @property
    def path(self) -> Path:
        """The file that is named, with the ending of a configuration."""
        text = self.query_one(Input).value.strip()
        named = self._draft.path
        path = named if named and text == shown(str(named)) else Path(text).expanduser()
        whole = is_configuration(path.name) or not path.name
        return path if whole else path.with_name(path.name + ENDING)

    @on(Input.Submitted)
    def _named(self) -> None:
        try:
            path = self.path
            self._text = self._draft.text_for(path)
            there = path.is_file()
        except PromptoptError as error:
            self._tell(str(error))
            return
        except (OSError, ValueError, RuntimeError) as error:
            self._tell(f"this is no name of a file: {error}")
            return
        if there:
            self.app.push_screen(overwrite_question(str(path)), self._answered)
        else:
            self._write(overwrite=False)

    def _answered(self, answer: str | None) -> None:
        if answer == "overwrite":
            self._write(overwrite=True)

    def _write(self, *, overwrite: bool) -> None:
        path = self.path
        try:
            write_atomically(path, self._text, overwrite=overwrite)
        except PromptoptError as error:
            self._tell(str(error))
            return
        self._draft.saved(path.absolute(), self._text)
        self.dismiss(f"Saved {path.absolute()}")

    def _tell(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(shown(problem), "$error"))
        self.query_one(Input).focus()
