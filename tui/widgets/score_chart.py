"""The dev scores of a run over its calls, as a pane."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from promptopt.results.numbers import counted
from promptopt.runs.state import RunState, candidate_name
from tui.actions import bindings
from tui.rest import Rest
from tui.score_drawing import Curve, Line, curve_of, draw_curve
from tui.widgets.pane_moves import PaneMoves
from tui.widgets.tones import Tones


class ScoreChart(Widget, PaneMoves, Tones, can_focus=True, inherit_bindings=False):
    """What is drawn is told apart by its shape; colour only helps."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pane")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--axis",
        "chart--best",
        "chart--leader",
        "chart--seed",
        "chart--error",
        "chart--mean",
        "chart--cloud",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._curve = Curve()
        self._shown: tuple[object, ...] = ()
        self._rest = Rest()
        self._lines: list[Line] = []
        self._drawn_for: tuple[int, int] = (0, 0)
        self.border_title = Content(chart_title(None, complete=False, compared=False))

    def show(self, state: RunState) -> None:
        """Draw the curve of a run, if there is anything new on it."""
        last = state.curve[-1] if state.curve else None
        waiting = len(state.candidates) if not state.scored.seen else 0
        vetoed = len(state.vetoed)
        shown = (state.scored.seen, len(state.curve), last, state.winner, waiting, vetoed)
        if shown == self._shown or not self._rest.is_over(state):
            return
        self._shown = shown
        self._curve = curve = curve_of(state)
        self._drawn_for = (0, 0)
        complete = any(stage.n >= curve.full for stage in curve.stages)
        title = chart_title(curve.leader, complete=complete, compared=bool(curve.stages))
        self.border_title = Content(title + (" · ⊘ vetoed" if curve.vetoed else ""))
        calls = f"⠂ every candidate as it is scored · {counted(curve.calls, 'call')}"
        self.border_subtitle = Content(calls if curve.dots else "")
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        if self._drawn_for != (width, height):
            self._drawn_for = (width, height)
            self._lines = draw_curve(self._curve, width, height)
        base = self.rich_style
        segments = [
            Segment(text, base + self.tone(f"chart--{tone}") if tone else base)
            for text, tone in (self._lines[y] if y < len(self._lines) else [])
        ]
        return Strip(segments).adjust_cell_length(width, base)


def chart_title(leader: int | None, *, complete: bool, compared: bool) -> str:
    """The legend. What is not drawn yet is not named yet."""
    parts = ["1 Dev score", "╌ seed"]
    if compared:
        parts.append("◇ mean")
    if leader is not None:
        on_all = " ● on all" if complete else ""
        parts.append(f"best {candidate_name(leader)} ○ on few{on_all}")
    return " · ".join(parts)
