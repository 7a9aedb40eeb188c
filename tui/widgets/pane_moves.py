"""Going from pane to pane with h and l."""

from __future__ import annotations

from textual.widget import Widget


class PaneMoves(Widget):
    """The handlers of the scope "pane" of the actions."""

    def action_left(self) -> None:
        self.screen.focus_previous()

    def action_right(self) -> None:
        self.screen.focus_next()
