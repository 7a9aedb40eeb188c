"""One example whole: input, choices, reference and what the model answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from tui.actions import Action, bindings
from tui.cells import shown
from tui.example_rows import ExampleRow
from tui.screens.live_screen import LiveScreen
from tui.themes import MUTED
from tui.widgets.key_footer import KeyFooter
from tui.widgets.text_pane import TextPane

CHARACTERS = 50_000
"""More of one text is not laid out on the screen."""


class ExampleScreen(LiveScreen):
    """Goes through the examples that its candidate's table shows."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("example")]
    scope = "example"

    def __init__(
        self,
        rows: Sequence[ExampleRow],
        index: int,
        split: str,
        sent: Callable[[int], str],
        *,
        export: Callable[[], None],
        names: tuple[str, str],
    ) -> None:
        """
        Args:
            index: of the row to begin with.
            sent: tells what the model was sent for the example of an index.
            export: asks where to write the candidate to that was asked.
            names: head the two answers.
        """
        super().__init__()
        self.messages = False
        self._sent = sent
        self._names = names
        self._export = export
        self._rows = list(rows)
        self._split = split
        self._at = next((place for place, row in enumerate(self._rows) if row.index == index), 0)

    def compose(self) -> ComposeResult:
        yield TextPane(id="example")
        yield KeyFooter()

    def on_mount(self) -> None:
        self.focus_main()
        self._draw()

    def focus_main(self) -> None:
        self.query_one(TextPane).focus()

    @property
    def row(self) -> ExampleRow:
        return self._rows[self._at]

    def read_and_draw(self) -> None:
        self.update_footer()

    def _draw(self) -> None:
        pane, row = self.query_one(TextPane), self.row
        pane.border_title = Content(f"Example {self._split} #{row.number}")
        pane.border_subtitle = Content(f"{self._at + 1} of {len(self._rows)}")
        if self.messages:
            content = messages_content(self._sent(row.index), row)
        else:
            content = example_content(row, self._names)
        pane.show(content, subject=(self._at, self.messages))

    def label_of(self, action: Action) -> str:
        if action.handler == "messages":
            return "Example" if self.messages else "Messages"
        return super().label_of(action)

    def action_messages(self) -> None:
        self.messages = not self.messages
        self._draw()
        self.update_footer()

    def action_next(self) -> None:
        self._at = min(len(self._rows) - 1, self._at + 1)
        self._draw()

    def action_previous(self) -> None:
        self._at = max(0, self._at - 1)
        self._draw()

    def action_export(self) -> None:
        self._export()

    def action_copy(self) -> None:
        self.workbench.copy(self.row.prediction or self.row.error or "", "prediction")

    def action_back(self) -> None:
        self.app.pop_screen()


def messages_content(sent: str, row: ExampleRow) -> Content:
    """Word for word what was sent and what came back."""
    answer = row.prediction if row.prediction is not None else row.error or ""
    return Content("\n\n").join(
        [_section("Sent", sent, ""), _section("Answer", answer, "$success" if row.right else "")]
    )


def example_content(row: ExampleRow, names: tuple[str, str]) -> Content:
    """An example under headings."""
    unscored = "no answer" if row.prediction is None else "not graded"
    if not row.asked:
        unscored = "A was not asked"  # one example of two candidates' may be of B alone
    verdict = unscored if row.score is None else f"score {row.score:.3f}"
    if row.before is not None:
        verdict += f"; the candidate it is compared with got {row.before:.3f}"
    tone = "$success" if row.right else "$error" if row.asked else MUTED
    parts = [("Input", row.input, "")]
    if row.choices:
        parts.append(("Choices", "\n".join(row.choices), ""))
    parts.append(("Accepted answers", "\n".join(row.references), "$success"))
    if row.prediction is not None:
        parts.append((names[0], row.prediction, tone))
    if row.error is not None:
        parts.append(("Error", row.error, "$error"))
    if row.prediction_before is not None:
        parts.append((names[1], row.prediction_before, MUTED))
    elif not row.asked_before:
        parts.append((names[1], "not asked", MUTED))
    return Content("\n\n").join(
        [
            Content.assemble((f"{row.sign} {verdict}", f"bold {tone}")),
            *(_section(heading, text, style) for heading, text, style in parts),
        ]
    )


def _section(heading: str, text: str, style: str) -> Content:
    rest = f"\n… {len(text) - CHARACTERS:,} more characters" if len(text) > CHARACTERS else ""
    return Content.assemble(
        (heading + "\n", MUTED),
        (shown(text[:CHARACTERS], newlines=True) or "(empty)", style),
        (rest, MUTED),
    )
