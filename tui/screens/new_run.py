"""Setting up a run: its data, its search, its models and limits, and what all that will cost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from textual import on
from textual.content import Content
from textual.widgets import Input

from promptopt.errors import InputError
from promptopt.runs.choices import Known
from promptopt.runs.config_file import ENDING, is_configuration
from promptopt.runs.data_reader import DataReader
from tui import new_run_text
from tui.cells import shown
from tui.editor import edit_text
from tui.new_run_fields import Field
from tui.run_draft import RunDraft
from tui.screens.browse import BrowseDialog
from tui.screens.dialog import Choice, ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.pick import PickDialog
from tui.screens.row import RowDialog
from tui.screens.run_form import RunForm
from tui.screens.save import SaveDialog
from tui.steering import given
from tui.widgets.form import FieldInput, Form
from tui.widgets.line_table import LineTable
from tui.widgets.preview_table import PreviewTable


class NewRunScreen(RunForm):
    """What can be done with the form: choose, browse, save, edit as TOML, start."""

    def __init__(self, draft: RunDraft, reader: DataReader | None = None) -> None:
        """`reader` loads the data, and keeps them while the screen comes and goes."""
        super().__init__(draft, reader)
        self._start_when_known = False

    # Choosing

    @on(Input.Submitted)
    @on(FieldInput.Asked)
    @on(LineTable.Chosen)
    async def action_choose(self) -> None:
        table = self.query_one(PreviewTable)
        if self.focused is table:
            if table.chosen is not None:
                self.app.push_screen(RowDialog(table.chosen))
            return
        entry = self.focused
        if not isinstance(entry, FieldInput):
            return
        field = entry.field
        if field.known == "browse":
            await self._data_entered(entry.value.strip())
        elif field.known:
            self._pick(entry)
        else:
            self.action_next()

    async def _data_entered(self, text: str) -> None:
        """Enter in the field of the data: a configuration is opened, with nothing there browsed."""
        if is_configuration(text):
            await self.take(text)
        elif not text:
            self.action_browse()
        else:
            self.action_next()

    def _pick(self, entry: FieldInput) -> None:
        field = entry.field
        usual = entry.placeholder
        title = f"Choose: {field.label.strip()}"
        without = f"left out{f': {usual}' if usual else ''}"
        known = self._known(field)

        async def picked(value: str | None) -> None:
            if value is not None:
                # What stands in the field may be less than the value is.
                await self.set_option(field, field.read(value))
                entry.value = field.written(self.draft.get(field.path))
                entry.cursor_position = len(entry.value)

        self.app.push_screen(PickDialog(title, known, entry.value, without), picked)

    def _known(self, field: Field) -> list[Known]:
        if field.known == "columns":
            names = [Known(name) for name in (self.found.names if self.found else ())]
            optional = field.path in ("task.choices_column", "task.split_column")
            return [*names, Known('""', "none of the columns")] if optional else names
        return field.known() if callable(field.known) else []

    def action_browse(self) -> None:
        source = str(self.draft.get("task.source") or "")
        try:
            begin = Path(source).expanduser().absolute().parent if "/" in source else Path.cwd()
        except (OSError, ValueError, RuntimeError):
            begin = Path.cwd()
        self.app.push_screen(BrowseDialog(begin), self._browsed)

    async def _browsed(self, chosen: str | None) -> None:
        if chosen is not None:
            await self.take(chosen)

    async def take(self, chosen: str) -> None:
        """Open a configuration, or search on these data."""
        if is_configuration(chosen):
            await self._unless_lost(partial(self._open, chosen))
        else:
            self.draft.take_data(chosen)
            await self.show_draft()

    async def _open(self, path: str) -> None:
        try:
            self.draft.open(Path(path).expanduser())
        except (InputError, RuntimeError) as error:
            self.app.push_screen(ErrorDialog("The configuration cannot be used", str(error)))
        else:
            await self.show_draft()

    async def _unless_lost(self, go_on: Callable[[], Awaitable[None]]) -> None:
        """Do something that empties the form; asks first where it holds what no file holds."""

        async def answered(answer: str | None) -> None:
            if answer == "drop":
                await go_on()

        if not self.draft.unsaved:
            await go_on()
            return
        key = self.key("save")
        question = ChoiceDialog(
            "Drop what is in the form?",
            Content(f"It is not saved; {key} saves it."),
            [Choice("d", "drop", "Drop it", "what was set here is lost")],
        )
        self.app.push_screen(question, answered)

    # Saving, editing, starting

    async def action_clear(self) -> None:
        await self._unless_lost(self._clear)

    async def _clear(self) -> None:
        self.draft.clear()
        await self.show_draft()
        self.query_one(Form).focus_field("task.source")

    def action_save(self) -> None:
        def done(message: str | None) -> None:
            if message:
                self.workbench.tell(message)
                self.tick()

        name = shown(str(self.draft.path)) if self.draft.path else self._offered_name()
        self.app.push_screen(SaveDialog(self.draft, name), done)

    def _offered_name(self) -> str:
        data = self.found.data.name if self.found and self.found.data else "run"
        kind = self.draft.get("preset") or self._method
        return re.sub(r"[^A-Za-z0-9._-]+", "_", f"{data}-{kind}") + ENDING

    async def action_edit(self) -> None:
        try:
            text = edit_text(self.app, self.draft.as_text(), ENDING)
        except InputError as error:
            self.app.push_screen(ErrorDialog("It could not be edited", str(error)))
            return
        if self.draft.take_text(text):
            await self.show_draft()
        else:
            self._tell_broken()
        self.refresh()

    def _tell_broken(self) -> None:
        async def answered(answer: str | None) -> None:
            if answer == "edit":
                await self.action_edit()
            elif answer == "drop":
                self.draft.broken = ("", "")
            self.tick()

        question = ChoiceDialog(
            "What was written cannot be used",
            Content(shown(self.draft.broken[1])),
            [
                Choice("e", "edit", "Edit it again", "nothing of it is lost"),
                Choice("d", "drop", "Drop it", "the form stays as it is"),
            ],
        )
        self.app.push_screen(question, answered)

    def action_start(self) -> None:
        """Start it, once the estimate is there and a person has seen it."""
        if self.forecaster.busy:
            self._start_when_known = True
            self.workbench.tell("Making the estimate first…")
        else:
            self._ask_to_start()

    def estimate_came(self) -> None:
        wanted, self._start_when_known = self._start_when_known, False
        # Whoever is in the midst of something else by now does not wait for the question.
        if wanted and self.app.screen is self:
            self._ask_to_start(sudden=True)

    def _look_soon(self, seconds: float) -> None:
        self._start_when_known = False  # what was to be started has changed
        super()._look_soon(seconds)

    def _ask_to_start(self, *, sudden: bool = False) -> None:
        found = self.found
        if found is None or found.config is None or found.problem:
            problem = found.problem if found else "there is no estimate yet"
            dialog = ErrorDialog("The run cannot start yet", problem)
            self.app.push_screen(dialog, lambda _: self.go_to_wrong())
            return
        config = found.config

        def answered(answer: str | None) -> None:
            if answer == "start":
                self.workbench.begin_run(given(config), self.draft.started)

        text = new_run_text.start_text(found)
        choices = [Choice("s", "start", "Start it")]
        question = ChoiceDialog("Start the run?", text, choices, sudden=sudden)
        self.app.push_screen(question, answered)
