"""What went wrong, in its own words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import bindings
from tui.cells import shown
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.widgets.text_pane import TextPane


class ErrorDialog(Dialog[None]):
    """Shows a text whole; it can be copied."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("error")]
    scope = "error"

    def __init__(self, title: str, message: str) -> None:
        super().__init__()
        self.title_text = title
        self.message = message
        self.add_class("-error")

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="error-text")
        close = f"{self.key('error.close')} {self.key('dialog.cancel')}"
        hint = f"{close}  Close   {self.key('error.copy')}  Copy the text"
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        pane = self.query_one(TextPane)
        pane.show(Content(shown(self.message, newlines=True)))
        pane.focus()

    def action_close(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        self.workbench.copy(self.message, "text")
