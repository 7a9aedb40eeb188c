"""One row of the data, whole."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from promptopt.runs.preview import PreviewRow
from tui.cells import shown
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.widgets.text_pane import TextPane

MOST_CHARACTERS = 20_000
"""Of a text so much is shown: enough to know it by."""


class RowDialog(Dialog[None]):
    """Input, answers and choices as a model and a metric will get them."""

    def __init__(self, row: PreviewRow) -> None:
        super().__init__()
        self._row = row
        self.title_text = f"A row of {row.split}" if row.split else "A row"

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="row-text")
        hint = Content.styled(f"{self.key('dialog.cancel')}  Close", MUTED)
        yield Static(hint, id="hint", markup=False)

    def on_mount(self) -> None:
        parts: list[Content] = []
        texts = {"Input": (self._row.input,), "Answers": self._row.references}
        for name, each in {**texts, "Choices": self._row.choices}.items():
            if each:
                parts.append(Content.styled(name, "bold $primary"))
                parts += [Content(shown(t[:MOST_CHARACTERS], newlines=True)) for t in each]
        pane = self.query_one(TextPane)
        pane.show(Content("\n").join(parts))
        pane.focus()
