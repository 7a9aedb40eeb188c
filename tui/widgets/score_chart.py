"""The score curve: best, mean and seed prompt after every selecting stage, over calls."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from promptopt.results.numbers import counted
from promptopt.runs.state import CurvePoint
from tui.actions import bindings
from tui.braille import BrailleCanvas
from tui.cells import fit, shown
from tui.widgets.pane_moves import PaneMoves
from tui.widgets.tones import Tones

LABELS = 6
"""Cells to the left of the axis."""

MOST_POINTS = 300
"""More are thinned out: a chart is a few hundred dots wide."""


Place = Callable[[int, float], tuple[int, int]]
"""From calls and a score to a dot."""


class ScoreChart(Widget, PaneMoves, Tones, can_focus=True, inherit_bindings=False):
    """Lines are told apart by how they are drawn: best solid, mean dashed, seed dotted."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("pane")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--axis",
        "chart--best",
        "chart--mean",
        "chart--seed",
        "chart--error",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._points: list[CurvePoint] = []
        self._lines: list[list[tuple[str, str]]] = []
        self._drawn_for: tuple[int, int, int] = (0, 0, 0)
        self.border_title = "1 Dev score · ━ best ±se · ╌ mean · ┈ seed prompt"

    def show(self, points: Sequence[CurvePoint]) -> None:
        """Draw these points; the same number of them is the same curve."""
        if len(points) != len(self._points) or (points and points[-1] is not self._points[-1]):
            self._points = list(points)
            self._drawn_for = (0, 0, 0)
            self.border_subtitle = counted(points[-1].calls, "call") if points else ""
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        if self._drawn_for != (width, height, len(self._points)):
            self._drawn_for = (width, height, len(self._points))
            self._lines = draw_curve(thinned(self._points), width, height)
        base = self.rich_style
        segments = [
            Segment(
                text,
                base + self.tone(f"chart--{tone}") if tone else base,
            )
            for text, tone in (self._lines[y] if y < len(self._lines) else [])
        ]
        return Strip(segments).adjust_cell_length(width, base)


def thinned(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """At most MOST_POINTS of them, the last one kept."""
    step = -(-len(points) // MOST_POINTS) or 1
    return list(reversed(points[::-1][::step]))


def rounds(points: Sequence[CurvePoint]) -> list[list[CurvePoint]]:
    """The points in parts that a line may join.

    Where a stage was compared on fewer examples than the one before, a new round has begun:
    its scores do not go on from the last ones.
    """
    parts: list[list[CurvePoint]] = []
    for point in points:
        if parts and point.n >= parts[-1][-1].n:
            parts[-1].append(point)
        else:
            parts.append([point])
    return parts


def draw_curve(
    points: Sequence[CurvePoint], width: int, height: int
) -> list[list[tuple[str, str]]]:
    """The chart as `height` lines of (text, tone). An empty curve says what it waits for."""
    plot_width, plot_height = width - LABELS - 2, height - 1
    if plot_width < 8 or plot_height < 2:
        return []
    if not points:
        text = "The curve begins when the first stage has chosen."
        return [[]] * (height // 2) + [[(fit("  " + text, width), "axis")]]
    low, high = _range(points)
    canvas = BrailleCanvas(plot_width, plot_height)
    most = max(points[-1].calls, 1)

    def place(calls: int, value: float) -> tuple[int, int]:
        share = (value - low) / (high - low)
        return (
            round(calls / most * (2 * plot_width - 3)) + 1 if len(points) > 1 else plot_width,
            round((1 - share) * (4 * plot_height - 2)),
        )

    # Later layers win the colour of a shared cell: what matters most comes last.
    for point in points:
        if point.best.stderr is not None:
            top = place(point.calls, min(high, point.best.mean + point.best.stderr))
            bottom = place(point.calls, max(low, point.best.mean - point.best.stderr))
            canvas.line(top, bottom, "error", on=1, off=1)
    for part in rounds(points):
        seeds = [place(each.calls, each.seed.mean) for each in part if each.seed is not None]
        _polyline(canvas, seeds, "seed", on=1, off=3)
        _polyline(canvas, [place(each.calls, each.mean) for each in part], "mean", on=3, off=2)
    for part in rounds(points):
        bests = [place(each.calls, each.best.mean) for each in part]
        for down in (0, 1):  # two dots thick
            _polyline(canvas, [(x, y + down) for x, y in bests], "best")
    lines = []
    for row in range(plot_height):
        label = _label(row, plot_height, low, high)
        lines.append([(f"{label:>{LABELS}} │", "axis"), *canvas.row(row)])
    lines.append([(_stage_line(points, place, plot_width), "axis")])
    return lines


def _polyline(
    canvas: BrailleCanvas, places: Sequence[tuple[int, int]], tone: str, on: int = 1, off: int = 0
) -> None:
    if len(places) == 1:  # one stage: a short dash, so that it can be seen
        x, y = places[0]
        places = [(x - 6, y), (x + 6, y)]
    for start, end in itertools.pairwise(places):
        canvas.line(start, end, tone, on, off)


def _range(points: Sequence[CurvePoint]) -> tuple[float, float]:
    """The least and the greatest value shown, in whole twentieths and at least a tenth apart."""
    values = [value for point in points for value in (point.best.mean, point.mean)]
    values += [point.seed.mean for point in points if point.seed is not None]
    values += [point.best.mean + (point.best.stderr or 0.0) for point in points]
    low, high = min(values), max(values)
    low = max(0.0, math.floor(low * 20) / 20)
    high = min(1.0, math.ceil(high * 20) / 20)
    if high - low < 0.1:
        low, high = max(0.0, high - 0.1), min(1.0, max(high, 0.1))
    return low, high


def _label(row: int, rows: int, low: float, high: float) -> str:
    """The value at the top, the middle and the bottom row."""
    if row not in (0, rows - 1) and (rows < 5 or 2 * row != rows - 1 - rows % 2 + 1):
        return ""
    value = high - (high - low) * row / (rows - 1)
    return f"{value:.2f}".replace("0.", ".", 1) if value < 1 else "1.0"


def _stage_line(points: Sequence[CurvePoint], place: Place, width: int) -> str:
    """Under every point its stage and n, the latest first, where there is room."""
    line = list(" " * (LABELS + 1) + "└" + "─" * width)
    taken = len(line)
    for point in reversed(points):
        middle = LABELS + 2 + place(point.calls, point.best.mean)[0] // 2
        for label in (f" {shown(point.stage)} n={point.n} ", f" n={point.n} "):
            start = min(middle - len(label) // 2, taken - len(label))
            fits = cell_len(label) == len(label) and start >= LABELS + 2
            if fits and start <= middle <= start + len(label):
                line[start : start + len(label)] = label
                taken = start
                break
    return "".join(line)
