"""The form that a new run is set up in, and beside it what would come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from promptopt.errors import PromptoptError
from promptopt.runs.data_reader import DataReader
from promptopt.runs.forecast import Forecast
from tui import new_run_text
from tui.actions import Action, bindings
from tui.cells import shown
from tui.forecaster import Forecaster
from tui.form_problem import in_words_of_the_form, wrong_fields
from tui.key_names import is_typed
from tui.new_run_fields import SECTIONS, Field, method_fields
from tui.new_run_text import hint_text
from tui.run_draft import RunDraft
from tui.screens.live_screen import LiveScreen
from tui.screens.panes import Panes
from tui.themes import MUTED
from tui.widgets.form import FieldInput, Form
from tui.widgets.key_footer import KeyFooter
from tui.widgets.preview_table import PreviewTable
from tui.widgets.text_pane import TextPane

PAUSE_SECONDS = 0.25
"""After the last change it is waited so long before the estimate is made anew."""

TALL, TALL_HINT = 30, 3
"""Lines of a window from which on the explanation of a field has so many of them."""

PANE_NAMES = ("form", "rows", "data", "cost")


class RunForm(Panes, LiveScreen):
    """In a narrow window the form, the rows, the data or the cost is seen at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("new")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-broad")]  # noqa: RUF012
    PANES = ("#form", "#rows", "#data", "#cost")
    scope = "new"

    def __init__(self, draft: RunDraft, reader: DataReader | None = None) -> None:
        super().__init__()
        self.draft = draft
        self.found: Forecast | None = None
        """What came of the draft when it was last looked at."""
        self.wrong: list[str] = []
        """The options that keep it from starting, in the order of the form."""
        self._hinted: Field | None = None
        self._found_of: object = None
        self.forecaster = Forecaster(self, reader or DataReader())
        self._soon: Timer | None = None
        self._method = draft.method
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="heading", markup=False)
        yield Static(id="summary", markup=False)
        with Horizontal(id="new-body"):
            sections = [*SECTIONS, (self._settings_title(), method_fields(self._method))]
            yield Form(sections, self._values(sections), id="form")
            with Vertical(id="new-right"):
                with Vertical(id="rows-or-trouble"):
                    yield PreviewTable(id="rows")
                    yield TextPane(id="trouble")
                with Vertical(id="about"):
                    yield TextPane(id="data")
                    yield TextPane(id="cost")
        yield Static(id="field-hint", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        form = self.query_one(Form)
        form.border_title = Content("Form")
        titles = {"data": "Data as understood", "cost": "Estimate", "trouble": "Data"}
        for name, title in titles.items():
            self.query_one(f"#{name}").border_title = Content(title)
        self.show_pane(1)
        self.call_after_refresh(form.focus_field, "task.source")
        self._look_soon(0)

    def on_unmount(self) -> None:
        self.forecaster.announce()  # what is still under way is for nobody

    # The draft and the form

    def _values(self, sections: Sequence[tuple[str, Sequence[Field]]]) -> dict[str, object]:
        paths = [field.path for _, fields in sections for field in fields]
        return {path: self.draft.get(path) for path in paths}

    def _settings_title(self) -> str:
        return f"Settings of {shown(self._method)}"

    async def show_draft(self) -> None:
        """Show in the form what the draft says, and look at it anew."""
        form = self.query_one(Form)
        if self.draft.method != self._method:
            self._method = self.draft.method
            await form.replace_last(self._settings_title(), method_fields(self._method))
        form.show_values({each.field.path: self.draft.get(each.field.path) for each in form.inputs})
        self._look_soon(0)

    @on(Input.Changed)
    async def _typed(self, event: Input.Changed) -> None:
        entry = event.input
        if not isinstance(entry, FieldInput):
            return
        field, now = entry.field, self.draft.get(entry.field.path)
        # What is shown of a value may be less than it is: only what was typed replaces it.
        if event.value != field.written(now):
            await self.set_option(field, field.read(event.value))

    async def set_option(self, field: Field, value: object) -> None:
        """Give an option a value, None to leave it out."""
        if self.draft.set(field.path, value):
            if field.path in ("preset", "method.name"):
                await self.show_draft()
            self._look_soon(PAUSE_SECONDS)

    @on(Form.FieldFocused)
    def _show_hint(self, event: Form.FieldFocused) -> None:
        self._hinted = event.field
        self._draw_hint()

    def _draw_hint(self) -> None:
        if self._hinted is not None:
            choose = f"{self.key('choose')} choose" if self._hinted.known else ""
            more = f"{self.as_shown(self.workbench.keymap.action('app.help')).shown_key} more"
            # It is laid out by the height of the window, and asked for before that is done.
            lines = TALL_HINT if self.size.height >= TALL else 1
            hint = hint_text(self._hinted.hint, self.size.width - 2, lines, choose, more)
            self.query_one("#field-hint", Static).update(hint)

    def about(self) -> tuple[str, str]:
        if not isinstance(self.focused, FieldInput):
            return "", ""
        field = self.focused.field
        return f"{field.label.strip()} ({field.path})", field.hint

    # What would come of it

    def _look_soon(self, seconds: float) -> None:
        """Make the estimate anew, unless there is another change before."""
        self.forecaster.announce()
        if self._soon is not None:
            self._soon.stop()
        ask = partial(self.forecaster.ask, self.draft.tables)
        self._soon = self.set_timer(seconds, ask) if seconds else None
        if not seconds:
            ask()
        self.tick()

    @on(Forecaster.Told)
    def _told(self, event: Forecaster.Told) -> None:
        if event.number != self.forecaster.asked:
            return
        self.forecaster.told = event.number
        self._found_of = self.draft.data
        found: Forecast = event.forecast or Forecast(problem=event.crash, place="data")
        form = self.query_one(Form)
        fields = [each.field for each in form.inputs]
        taken, key = self._name_is_taken(found), self.key("choose")
        found = in_words_of_the_form(found, self.draft, fields, name_is_taken=taken, key=key)
        self.found, self.wrong = found, wrong_fields(found, fields)
        form.show_usual(found.usual)
        form.mark_problem(self.wrong)
        self.tick()
        self.estimate_came()

    def estimate_came(self) -> None:
        """What came of the draft as it is now is known."""

    def _name_is_taken(self, found: Forecast) -> bool:
        name = found.config.name if found.config is not None else None
        try:
            return name is not None and self.workbench.store.created_at(name) is not None
        except PromptoptError:  # the start itself tells of a store that cannot be read
            return False

    # Drawing

    def focus_main(self) -> None:
        self.action_pane(self._pane)

    def read_and_draw(self) -> None:
        self.update_footer()
        busy, draft = self.forecaster.busy, self.draft
        # What was found of other data says nothing of these.
        found = self.found if not busy or self._found_of == draft.data else None
        width = self.query_one("#cost", TextPane).content_size.width
        known = (found is None, self.forecaster.told, busy, draft.data)
        drawn = (known, draft.changed, draft.path, draft.broken, width)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.query_one("#heading", Static).update(self._heading())
        if draft.get("task.source"):
            first = new_run_text.data_summary(found)
        else:
            first = Content.styled(
                f"Name your data, or choose them with {self.key('choose')}.", MUTED
            )
        second = new_run_text.cost_summary(found, busy)
        self.query_one("#summary", Static).update(Content("\n").join([first, second]))
        table, trouble = self.query_one(PreviewTable), self.query_one("#trouble", TextPane)
        unread = found is not None and found.data is None and bool(draft.get("task.source"))
        table.display, trouble.display = not unread, unread
        if found is not None and unread:
            trouble.show(new_run_text.trouble_text(found), subject=found.problem)
        rows = found.data.rows if found and found.data else ()
        reading = busy and draft.get("task.source")
        nothing = "Reading the data…" if reading else "Choose data to see its rows."
        if table.nothing != nothing:
            table.nothing = nothing
            table.refresh()
        table.show_items(rows)
        table.show_titles("Rows as understood", f"{len(rows)} of train and dev" if rows else "")
        self.query_one("#data", TextPane).show(new_run_text.data_text(found))
        self.query_one("#cost", TextPane).show(new_run_text.cost_text(found, width))

    def _heading(self) -> Content:
        draft = self.draft
        name = shown(draft.path.name) if draft.path else "not saved"
        state = " (changed)" if draft.changed and draft.path else ""
        broken = ""
        if draft.broken[0]:
            broken = f"  the edited text has a mistake: {self.key('edit')} goes on with it"
        panes = "" if broken else f"  {self.pane_keys(PANE_NAMES)}"
        return Content.assemble(
            ("New run", "bold $primary"),
            f"  {name}{state}",
            (broken, "$error"),
            (panes, MUTED),
        )

    def as_shown(self, action: Action) -> Action:
        # Into a field a letter is typed, whatever it does elsewhere.
        keys = action.keys.split(",")
        if isinstance(self.focused, Input):
            keys.sort(key=is_typed)
        return replace(action, keys=",".join(keys))

    # Moving about

    def action_pane(self, number: int) -> None:
        if number != 1:
            # A field that is hidden with the focus in it would hand that on to the next one.
            self.set_focus(None)
        self.show_pane(number)
        if number == 1:
            self.call_after_refresh(self.query_one(Form).focus_field)
        elif number == 2 and not self.query_one("#rows").display:
            self.call_after_refresh(self.query_one("#trouble").focus)
        else:
            super().action_pane(number)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        widget = event.widget
        # Not by :focus-within, which styles every field anew at each step from one to the next.
        self.query_one(Form).set_class(isinstance(widget, FieldInput), "-active")
        if isinstance(widget, FieldInput):
            self.show_pane(1)
        elif widget.id == "trouble":
            self.show_pane(2)
        else:
            super().on_descendant_focus(event)
        if widget.id == "rows":
            hint = Content.styled(f"{self.key('choose')} reads a row whole", MUTED)
            self._hinted = None
            self.query_one("#field-hint", Static).update(hint)

    def _after_resize(self) -> None:
        super()._after_resize()
        self._draw_hint()

    def go_to_wrong(self) -> None:
        """Put the focus into the first field that keeps the run from starting, if one does."""
        if self.wrong:
            self.show_pane(1)
            self.call_after_refresh(self.query_one(Form).focus_field, self.wrong[0])

    def action_focus_next(self) -> None:
        self.focus_next()

    def action_focus_previous(self) -> None:
        self.focus_previous()

    def action_next(self) -> None:
        self.query_one(Form).move(1)

    def action_before(self) -> None:
        self.query_one(Form).move(-1)

    def action_back(self) -> None:
        self.app.pop_screen()
