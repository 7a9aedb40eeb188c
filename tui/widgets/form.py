"""A form: fields in a column with their labels before them, under headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input, Static

from tui.cells import fit, shown
from tui.new_run_fields import Field
from tui.widgets.plain_input import PlainInput

LABEL_CELLS = 15
MARK = " ▾"


class FieldInput(PlainInput):
    """What is typed into one field. A mark at its end says that there is something to choose."""

    class Asked(Message):
        """The mark was clicked."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(self, field: Field, value: object) -> None:
        super().__init__(field.written(value))
        self.field = field

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if not self.field.known:
            return strip
        room = max(0, self.size.width - len(MARK))
        mark = Strip([Segment(MARK, self.rich_style)])
        return Strip.join([strip.adjust_cell_length(room, self.rich_style), mark])

    def on_click(self, event: events.Click) -> None:
        if self.field.known and event.x >= self.size.width - len(MARK):
            self.post_message(self.Asked(self.field))


class FormSection(Vertical):
    """A heading with fields."""

    def __init__(self, title: str, fields: Sequence[Field], values: Mapping[str, object]) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self._values = values

    def compose(self) -> ComposeResult:
        yield Static(Content(self._title), markup=False, classes="form--heading")
        wide = max((cell_len(each.label) for each in self._fields), default=0)
        room = max(LABEL_CELLS, wide + 1)
        labels = Content("\n").join(Content(fit(each.label, room)) for each in self._fields)
        with Horizontal(classes="form--fields"):
            # One text for all labels: half as many widgets as a label for each.
            yield Static(labels, markup=False, classes="form--labels")
            with Vertical(classes="form--inputs"):
                for each in self._fields:
                    yield FieldInput(each, self._values.get(each.path))


class Form(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Fields under headings. The last section can be another one after a while."""

    BINDINGS: ClassVar[list[BindingType]] = []

    class FieldFocused(Message):
        """The focus is in a field."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(
        self,
        sections: Sequence[tuple[str, Sequence[Field]]],
        values: Mapping[str, object],
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._sections = sections
        self._values = values
        self.at = 0
        """The index of the field that has the focus, or had it last."""

    def compose(self) -> ComposeResult:
        for title, fields in self._sections:
            yield FormSection(title, fields, self._values)

    @property
    def inputs(self) -> list[FieldInput]:
        """The fields from top to bottom."""
        return list(self.query(FieldInput))

    @property
    def current(self) -> FieldInput | None:
        """The field that has the focus, or had it last."""
        inputs = self.inputs
        return inputs[min(self.at, len(inputs) - 1)] if inputs else None

    def focus_field(self, path: str = "") -> None:
        """Put the focus into the field of an option; by default into the current one."""
        found = next((each for each in self.inputs if each.field.path == path), self.current)
        if found is not None:
            found.focus()

    def move(self, by: int) -> None:
        """Go some fields further; stops at the ends."""
        inputs = self.inputs
        if inputs:
            inputs[max(0, min(self.at + by, len(inputs) - 1))].focus()

    def show_values(self, values: Mapping[str, object]) -> None:
        """Put other values into the fields."""
        for each in self.inputs:
            text = each.field.written(values.get(each.field.path))
            if each.value != text and each.field.read(each.value) != values.get(each.field.path):
                each.value = text

    def show_usual(self, usual: Mapping[str, str]) -> None:
        """Say in the fields that are empty what holds then."""
        for each in self.inputs:
            text = shown(usual.get(each.field.path, "")[:200])
            if each.placeholder != text:
                each.placeholder = text

    def mark_problem(self, paths: Iterable[str]) -> None:
        """Mark the fields of these options as wrong."""
        wrong = set(paths)
        for each in self.inputs:
            each.set_class(each.field.path in wrong, "-wrong")

    async def replace_last(self, title: str, fields: Sequence[Field]) -> None:
        """Show another section at the end."""
        sections = list(self.query(FormSection))
        with self.app.batch_update():
            await sections[-1].remove()
            await self.mount(FormSection(title, fields, self._values))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, FieldInput):
            self.at = self.inputs.index(event.widget)
            self.post_message(self.FieldFocused(event.widget.field))
            if isinstance(event.widget, Input):
                event.widget.scroll_visible(animate=False)
