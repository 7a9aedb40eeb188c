"""Writing a prompt to a file."""

from __future__ import annotations

import re
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from promptopt.errors import PromptoptError
from promptopt.results.atomic_file import write_atomically
from promptopt.results.export import SUFFIXES, export_text
from promptopt.results.statistics import stored_difference
from promptopt.runs.state import SEED_CANDIDATE, RunState, candidate_name
from promptopt.runs.store import Store
from tui.cells import shown
from tui.screens.dialog import Dialog
from tui.screens.questions import overwrite_question
from tui.widgets.plain_input import PlainInput

FORMATS = {
    "text": "the prompt alone, ready to paste",
    "full": "all that was sent, demonstrations included",
    "messages": "that prompt as OpenAI's chat messages",
    "json": "the prompt with its scores, for programs",
    "yaml": "the same as YAML",
    "toml": "the same as TOML",
    "markdown": "a report, for people",
    "csv": "all candidates of the run",
}
"""Format to what it is for."""


class FormatList(OptionList):
    """A format is chosen by a click; only ⏎ writes."""

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        option = event.style.meta.get("option")
        if option is not None:
            self.highlighted = option


class ExportDialog(Dialog[str | None]):
    """The result is the path that was written; None when nothing was."""

    def __init__(self, store: Store, state: RunState, candidate: int) -> None:
        super().__init__()
        self._store = store
        self._state = state
        self._candidate = candidate
        self.format = "text"
        self.title_text = f"Export {candidate_name(candidate)}"

    def compose_body(self) -> ComposeResult:
        yield FormatList(
            *(
                Option(Content.assemble(f" {name:<9}", (f" {what}", "$foreground-muted")), id=name)
                for name, what in FORMATS.items()
            ),
            markup=False,
            compact=True,
        )
        here = Content.assemble("File ", (f" in {shown(str(Path.cwd()))}", "$foreground-muted"))
        yield Static(here, markup=False, id="message")
        yield PlainInput(self._default_name("text"))
        yield Static("", markup=False, id="problem")
        hint = Content.styled("↑↓ format   tab file   ⏎ write   esc  Cancel", "$foreground-muted")
        yield Static(hint, id="hint", markup=False)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def _default_name(self, name: str) -> str:
        stem = f"{self._state.run_id}-{candidate_name(self._candidate)}"
        return re.sub(r"[^A-Za-z0-9._-]+", "_", stem) + SUFFIXES[name]

    @on(OptionList.OptionHighlighted)
    def _format_chosen(self, event: OptionList.OptionHighlighted) -> None:
        before, self.format = self.format, event.option.id or "text"
        path = self.query_one(Input)
        if path.value == self._default_name(before):  # a name that was typed stays
            path.value = self._default_name(self.format)

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _write(self) -> None:
        path = Path(self.query_one(Input).value).expanduser()
        if path.is_file():
            self.app.push_screen(overwrite_question(str(path)), self._answered)
        else:
            self._write_to(path, overwrite=False)

    def _answered(self, answer: str | None) -> None:
        if answer == "overwrite":
            self._write_to(Path(self.query_one(Input).value).expanduser(), overwrite=True)

    def _write_to(self, path: Path, *, overwrite: bool) -> None:
        try:
            write_atomically(path, self._text(), overwrite=overwrite)
        except PromptoptError as error:
            problem = Content.styled(shown(str(error)), "$error")
            self.query_one("#problem", Static).update(problem)
            self.query_one(Input).focus()
            return
        self.dismiss(str(path.absolute()))

    def _text(self) -> str:
        run_id, candidate = self._state.run_id, self._candidate
        return export_text(
            self._state,
            self.format,
            candidate,
            task=self._store.task(run_id),
            difference=stored_difference(self._store, run_id, candidate, SEED_CANDIDATE, "test"),
        )
