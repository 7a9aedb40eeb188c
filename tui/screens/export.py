"""Writing a prompt to a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from promptopt.errors import PromptoptError
from promptopt.results.atomic_file import is_file, named_path, write_atomically
from promptopt.results.export import SUFFIXES, export_text
from promptopt.results.export.several import IN_ONE_FILE, export_files, together
from promptopt.results.statistics import stored_difference
from promptopt.runs.state import SEED_CANDIDATE, RunState, candidate_name
from promptopt.runs.store import Store
from tui.actions import bindings
from tui.cells import shown
from tui.screens.dialog import Dialog
from tui.screens.questions import overwrite_question
from tui.themes import MUTED
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


CLIPBOARD_BYTES = 74_000
"""What xterm and others take at most by OSC 52."""


class FormatList(OptionList):
    """A format is chosen by a click; only ⏎ writes."""

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        option = event.style.meta.get("option")
        if option is not None:
            self.highlighted = option


class ExportDialog(Dialog[str | None]):
    """The result tells what was done; None when nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("export")]
    scope = "export"

    def __init__(self, store: Store, state: RunState, candidates: Sequence[int], what: str) -> None:
        """`what` names the candidates for people."""
        super().__init__()
        self._store = store
        self._state = state
        self._candidates = list(candidates)
        self._files: list[tuple[Path, str]] = []
        self.format = "text"
        self.title_text = f"Export {what}"

    def compose_body(self) -> ComposeResult:
        yield FormatList(
            *(
                Option(Content.assemble(f" {name:<9}", (f" {what}", MUTED)), id=name)
                for name, what in FORMATS.items()
            ),
            markup=False,
            compact=True,
        )
        yield Static(self._where(), markup=False, id="message")
        yield PlainInput(self._default_name("text"))
        yield Static("", markup=False, id="problem")
        file, copy = self.key("screen.focus-next"), self.key("export.clipboard")
        cancel = self.key("dialog.cancel")
        hint = f"↑↓ format   {file} file   ⏎ write   {copy} clipboard   {cancel} Cancel"
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def _where(self) -> Content:
        here = f" in {shown(str(Path.cwd()))}"
        if len(self._candidates) > 1 and self.format not in IN_ONE_FILE:
            here += "; one file for each, with its id before the ending"
        return Content.assemble("File ", (here, MUTED))

    def _default_name(self, name: str) -> str:
        if name == "csv" and len(self._candidates) == 1:  # it holds all of the run's
            return re.sub(r"[^A-Za-z0-9._-]+", "_", self._state.run_id) + SUFFIXES[name]
        several = f"{len(self._candidates)}-candidates"
        one = candidate_name(self._candidates[0])
        stem = f"{self._state.run_id}-{one if len(self._candidates) == 1 else several}"
        return re.sub(r"[^A-Za-z0-9._-]+", "_", stem) + SUFFIXES[name]

    @on(OptionList.OptionHighlighted)
    def _format_chosen(self, event: OptionList.OptionHighlighted) -> None:
        before, self.format = self.format, event.option.id or "text"
        path = self.query_one(Input)
        if path.value == self._default_name(before):  # a name that was typed stays
            path.value = self._default_name(self.format)
        self.query_one("#message", Static).update(self._where())

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _write(self) -> None:
        path = named_path(self.query_one(Input).value)
        try:
            self._files = export_files(path, self.format, self._candidates, self._text_of)
        except PromptoptError as error:
            self._tell(error)
            return
        there = [each for each, _ in self._files if is_file(each)]
        if there:
            self.app.push_screen(overwrite_question(str(there[0]), len(there) - 1), self._answered)
        else:
            self._write_files(overwrite=False)

    def _answered(self, answer: str | None) -> None:
        if answer == "overwrite":
            self._write_files(overwrite=True)

    def _write_files(self, *, overwrite: bool) -> None:
        try:
            for path, text in self._files:
                write_atomically(path, text, overwrite=overwrite)
        except PromptoptError as error:
            self._tell(error)
            return
        first = str(self._files[0][0].absolute())
        more = f" and {len(self._files) - 1} more" if len(self._files) > 1 else ""
        self.dismiss(f"Wrote {first}{more}")

    def _tell(self, error: PromptoptError) -> None:
        problem = Content.styled(shown(str(error)), "$error")
        self.query_one("#problem", Static).update(problem)
        self.query_one(Input).focus()

    def action_clipboard(self) -> None:
        try:
            text = together(self.format, self._candidates, self._text_of)
        except PromptoptError as error:
            self._tell(error)
            return
        self.app.copy_to_clipboard(text)
        size = len(text.encode("utf-8", "replace"))
        warning = "; many terminals take no more than 74 kB" if size > CLIPBOARD_BYTES else ""
        self.dismiss(f"{size:,} bytes were sent to the terminal's clipboard{warning}")

    def _text_of(self, candidate: int) -> str:
        run_id = self._state.run_id
        return export_text(
            self._state,
            self.format,
            candidate,
            task=self._store.task(run_id),
            difference=stored_difference(self._store, run_id, candidate, SEED_CANDIDATE, "test"),
        )
