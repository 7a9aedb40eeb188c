"""The pane of text that most screens have."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.widgets.text_pane import TextPane


class OnePane(App[None]):
    def compose(self) -> ComposeResult:
        yield TextPane()


async def test_a_text_that_comes_while_the_pane_is_being_mounted_is_seen_whole() -> None:
    app = OnePane()
    async with app.run_test() as pilot:
        pane, text = app.query_one(TextPane), app.query_one(TextPane).query_one(Static)
        pane.show(Content("one line"))
        await pilot.pause()
        assert text.size.height == 1
        # As where another task than the text's own is quicker.
        text._is_mounted = False
        pane.show(Content("a line\nanother\na third one"))
        text._is_mounted = True
        await pilot.pause()
        await pilot.pause()
        assert text.size.height == 3
