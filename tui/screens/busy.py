"""Says that something is under way that takes a few seconds."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog


class BusyDialog(Dialog[None]):
    """Closed by whoever opened it; a run that is being started cannot be called back."""

    def __init__(self, title: str, message: str, left: str = "") -> None:
        """`left` is what to tell where the workbench is closed meanwhile."""
        super().__init__()
        self.left = left
        self.title_text = title
        self._message = message

    def compose_body(self) -> ComposeResult:
        yield Static(Content(self._message), id="message", markup=False)

    def action_cancel(self) -> None:
        self.notify("It cannot be called back now; it is a matter of seconds.", markup=False)
