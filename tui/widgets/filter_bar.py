"""The line in which words to filter by are typed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.message import Message
from textual.widgets import Input, Label

from tui.widgets.plain_input import PlainInput


class FilterBar(Horizontal):
    """Hidden until it is asked for. Enter keeps the words, escape clears them."""

    class Changed(Message):
        """The words are other ones."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Left(Message):
        """The typing is over."""

    def compose(self) -> ComposeResult:
        yield Label("/", markup=False)
        yield PlainInput(placeholder="words to look for · enter keeps them · esc clears")

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

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.remove_class("-open")
        self.post_message(self.Left())

    def on_key(self, event: Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.clear()
            self.post_message(self.Left())
