"""The line in which a filter is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static

from tui.actions import bindings
from tui.cells import shown
from tui.themes import MUTED
from tui.widgets.plain_input import PlainInput

if TYPE_CHECKING:
    from tui.app import WorkbenchApp

WORDS = "words to look for · enter keeps them"


class FilterBar(Vertical):
    """Hidden until it is asked for. Enter keeps the words, escape clears them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("filter")]

    class Changed(Message):
        """The words are other ones."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Left(Message):
        """The typing is over."""

    def __init__(self, hint: str = WORDS) -> None:
        super().__init__()
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label("/", markup=False)
            key = cast("WorkbenchApp", self.app).keymap.key("filter.clear")
            yield PlainInput(placeholder=f"{self._hint} · {key} clears")
        yield Static("", markup=False, id="filter-problem")

    @property
    def words(self) -> str:
        return self.query_one(Input).value

    def open(self) -> None:
        """Show the line and type into it."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def clear(self) -> None:
        """No words, no line."""
        self.query_one(Input).value = ""
        self.remove_class("-open")

    def tell(self, problem: str, *, harmless: bool = False) -> None:
        """Say under the line what is wrong with it; "" takes that away again."""
        note = self.query_one("#filter-problem", Static)
        note.update(Content.styled(shown(problem), MUTED if harmless else "$error"))
        self.set_class(bool(problem), "-problem")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.remove_class("-open")
        self.post_message(self.Left())

    def action_clear(self) -> None:
        self.clear()
        self.post_message(self.Left())
