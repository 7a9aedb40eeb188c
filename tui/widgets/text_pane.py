"""A pane of text that can be scrolled."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.actions import bindings
from tui.widgets.pane_moves import PaneMoves


class TextPane(VerticalScroll, PaneMoves, can_focus=True, inherit_bindings=False):
    """Holds one text, and stays where it was scrolled to while the text is the same one."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("text"), *bindings("pane")]

    ALLOW_MAXIMIZE = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._text = Static(markup=False)
        self._subject: object = None

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, content: Content, subject: object = None) -> None:
        """Show a text; another `subject` than before begins at the top."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_home(animate=False)
        self._text.update(content)
        if not self._text.is_mounted:
            # Textual keeps the height of a text that is replaced while it is still being mounted.
            self._text.call_later(self._text.refresh, layout=True)

    def action_up(self) -> None:
        self.scroll_up(animate=False)

    def action_down(self) -> None:
        self.scroll_down(animate=False)

    def action_page_up(self) -> None:
        self.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self.scroll_page_down(animate=False)

    def action_first(self) -> None:
        self.scroll_home(animate=False)

    def action_last(self) -> None:
        self.scroll_end(animate=False)
