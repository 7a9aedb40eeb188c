"""Going from pane to pane with h and l."""

from __future__ import annotations

from textual.widget import Widget


class PaneMoves(Widget):
    """The handlers of the scope "pane" of the actions."""

    async def action_left(self) -> None:
        await self.screen.run_action("focus_previous")

    async def action_right(self) -> None:
        await self.screen.run_action("focus_next")
