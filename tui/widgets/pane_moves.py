"""Going from pane to pane with h and l."""

from __future__ import annotations

from textual.widget import Widget


class PaneMoves:
    """The handlers of the scope "pane" of the actions, to be mixed into a widget.

    No widget itself: Textual takes the style of a widget from its first base alone.
    """

    async def action_left(self) -> None:
        assert isinstance(self, Widget)
        await self.screen.run_action("focus_previous")

    async def action_right(self) -> None:
        assert isinstance(self, Widget)
        await self.screen.run_action("focus_next")
