"""Drawing the dev scores of a run over its calls.

The best of many scored on a few examples is the luckiest of them: its score falls as examples
are added, and a line of such scores says that the search makes prompts worse. So no line goes
through the best of each stage. What is drawn is

- a dot for every candidate each time it was scored: the cloud that one chooses from;
- one prompt's own way: the running score of the candidate that leads now, a ring while it has
  met a part of dev only, with its error, which is wide where n is small;
- the strong line and its discs, of scores on all of dev alone: these can be compared;
- the mean over the candidates that each stage or step compared: unlike the best it owes nothing
  to luck, so it tells whether the search as a whole moves up;
- the seed prompt's running score, on the same examples as the leader's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from promptopt.runs.scored_points import ScoredPoint
from promptopt.runs.state import SEED_CANDIDATE, CurvePoint, RunState
from tui.braille import BrailleCanvas
from tui.cells import fit, shown
from tui.edit_steps import EditStep, edit_steps

LABELS = 6
"""Cells to the left of the axis."""

LEAST_FOR_EDITS = 6
"""Lines of a chart from which on there is room for one of edit budgets."""

MOST_STAGES = 300
"""More are thinned out: a chart is a few hundred dots wide."""

MOST_MARKS = 12
"""More rings or discs would hide the line that they stand on."""

Place = Callable[[int, float], tuple[int, int]]
"""From calls and a score to a dot."""

Line = list[tuple[str, str]]
"""A line of the chart as pieces of (text, tone)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What a chart shows of a run.

    Attributes:
        dots: the dev scores of all candidates, as they came.
        stages: the stages that selected.
        full: number of dev examples; a score on fewer is provisional.
        leader: who leads after the last stage, or has won; None before.
        candidates: how many there are by now.
        edits: the edit budget and what was spent of it, step by step.
        vetoed: the last scores of those that a person ruled out.
    """

    dots: Sequence[ScoredPoint] = ()
    stages: Sequence[CurvePoint] = ()
    full: int = 0
    leader: int | None = None
    candidates: int = 0
    edits: Sequence[EditStep] = ()
    vetoed: Sequence[ScoredPoint] = ()

    @property
    def calls(self) -> int:
        """Where the curve ends."""
        ends = [part[-1].calls for part in (self.dots, self.stages) if part]
        return max(ends, default=0)

    def own_way(self, candidate: int | None) -> list[ScoredPoint]:
        """How the running score of one candidate went."""
        return [dot for dot in self.dots if dot.candidate == candidate]


def curve_of(state: RunState) -> Curve:
    """The curve of a run as it is now."""
    return Curve(
        dots=tuple(state.scored.points),
        stages=tuple(thinned(state.curve)),
        full=state.full_dev,
        leader=state.winner if state.winner is not None else state.leader,
        candidates=len(state.candidates),
        edits=tuple(edit_steps(state)),
        vetoed=_vetoed(state),
    )


def _vetoed(state: RunState) -> tuple[ScoredPoint, ...]:
    if not state.vetoed:
        return ()
    last = {dot.candidate: dot for dot in state.scored.points}
    return tuple(
        dot
        for candidate, dot in last.items()
        if candidate in state.candidates and state.candidates[candidate].status == "vetoed"
    )


def thinned(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """At most MOST_STAGES of them, the last one kept."""
    step = -(-len(points) // MOST_STAGES) or 1
    return list(reversed(points[::-1][::step]))


def draw_curve(curve: Curve, width: int, height: int) -> list[Line]:
    """The chart as `height` lines. An empty one says what it waits for."""
    budgets = bool(curve.edits) and height >= LEAST_FOR_EDITS
    plot_width, plot_height = width - LABELS - 2, height - 1 - budgets
    if plot_width < 8 or plot_height < 2:
        return []
    if not curve.dots and not curve.stages:
        return [[]] * (height // 2) + [[(fit("  " + _waiting(curve), width), "axis")]]
    low, high = score_range(curve)
    canvas = BrailleCanvas(plot_width, plot_height)
    most = max(curve.calls, 1)

    def place(calls: int, value: float) -> tuple[int, int]:
        share = (min(high, max(low, value)) - low) / (high - low)
        return (
            round(calls / most * (2 * plot_width - 5)) + 1,
            round((1 - share) * (4 * plot_height - 2)),
        )

    # Later layers win the colour of a shared cell: what matters most comes last.
    for dot in curve.dots:
        canvas.dot(*place(dot.calls, dot.mean), "cloud")
    _draw_means(canvas, place, curve)
    _draw_seed(canvas, place, curve, 2 * plot_width - 1)
    # The most that the standard deviation of values in [0, 1] can be, or in the range shown.
    _draw_leader(canvas, place, curve, spread=0.5 if low >= 0 else (high - low) / 2)
    _draw_complete(canvas, place, curve)
    for dot in curve.vetoed[-MOST_MARKS:]:
        canvas.mark(*place(dot.calls, dot.mean), "⊘", "error")
    lines: list[Line] = []
    for row in range(plot_height):
        label = _label(row, plot_height, low, high)
        lines.append([(f"{label:>{LABELS}} │", "axis"), *canvas.row(row)])
    lines.append([(_stage_line(curve.stages, place, plot_width), "axis")])
    if budgets:
        lines.append([(_edit_line(curve.edits, place, plot_width), "axis")])
    return lines


def _waiting(curve: Curve) -> str:
    if curve.candidates < 2:
        return "Every candidate becomes a dot here as soon as it is scored."
    return f"{curve.candidates} candidates so far; each becomes a dot here as it is scored."


def _draw_seed(canvas: BrailleCanvas, place: Place, curve: Curve, right: int) -> None:
    """The line to beat; it goes on to the right edge, as its score holds until the next."""
    places = [place(dot.calls, dot.mean) for dot in curve.own_way(SEED_CANDIDATE)]
    if not places or len(curve.dots) > MOST_STAGES:  # thinned: the stages know it for sure
        known = [place(each.calls, each.seed.mean) for each in curve.stages if each.seed]
        places = known or places
    if places:
        for start, end in itertools.pairwise([*places, (right, places[-1][1])]):
            canvas.line(start, end, "seed", on=3, off=2)


def _draw_means(canvas: BrailleCanvas, place: Place, curve: Curve) -> None:
    """What the candidates of each step scored in the mean, sparsely dotted from one to the next."""
    places = [place(stage.calls, stage.mean) for stage in curve.stages]
    for start, end in itertools.pairwise(places):
        canvas.line(start, end, "mean", on=1, off=4)
    for point in places if len(places) <= MOST_MARKS else places[-1:]:
        canvas.mark(*point, "◇", "mean")


def _draw_leader(canvas: BrailleCanvas, place: Place, curve: Curve, spread: float) -> None:
    """The leader's own way, to where a stage compared it on all of dev."""
    way = [dot for dot in curve.own_way(curve.leader) if dot.n < curve.full]
    places = [place(dot.calls, dot.mean) for dot in way]
    ahead = [stage for stage in _complete(curve) if way and stage.calls >= way[-1].calls]
    if ahead:
        places.append(place(ahead[0].calls, ahead[0].best.mean))
    elif not way:
        # Too many scores were told to keep them all, or the leader won in a part of a stage.
        partial = [stage for stage in curve.stages[-1:] if stage.n < curve.full]
        places = [place(stage.calls, stage.best.mean) for stage in partial]
    for dot in way[-MOST_MARKS:]:
        # Not the standard error, which is 0 where a few examples happen to agree: the most it
        # can be for so many.
        _whisker(canvas, place, dot.calls, dot.mean, spread / math.sqrt(max(1, dot.n)))
    for start, end in itertools.pairwise(places):
        canvas.line(start, end, "leader", on=1, off=2)
    rings = places[: len(places) - 1] if ahead else places
    for ring in rings[-MOST_MARKS:]:
        canvas.mark(*ring, "○", "leader")


def _draw_complete(canvas: BrailleCanvas, place: Place, curve: Curve) -> None:
    """Leaders on all of dev: two dots thick, with their errors."""
    complete = _complete(curve)
    for stage in complete:
        _whisker(canvas, place, stage.calls, stage.best.mean, stage.best.stderr or 0.0)
    places = [place(stage.calls, stage.best.mean) for stage in complete]
    for start, end in itertools.pairwise(places):
        for down in (0, 1):
            canvas.line((start[0], start[1] + down), (end[0], end[1] + down), "best")
    for disc in places if len(places) <= MOST_MARKS else places[-1:]:
        canvas.mark(*disc, "●", "best")


def _whisker(canvas: BrailleCanvas, place: Place, calls: int, mean: float, error: float) -> None:
    canvas.line(place(calls, mean + error), place(calls, mean - error), "error")


def _complete(curve: Curve) -> list[CurvePoint]:
    return [stage for stage in curve.stages if stage.n >= curve.full]


def score_range(curve: Curve) -> tuple[float, float]:
    """The least and the greatest value shown.

    Of metrics, which lie in [0, 1]: in whole twentieths and at least a tenth apart. Of
    log-probabilities, which are at most 0 and have no least value: in whole steps of a tenth
    of what they span, or coarser.
    """
    values = [dot.mean for dot in curve.dots]
    for stage in curve.stages:
        values += [stage.mean, stage.best.mean, stage.best.mean + (stage.best.stderr or 0.0)]
        values += [stage.seed.mean] if stage.seed else []
    low, high = min(values), max(values)
    if low < 0:
        step = 10.0 ** math.floor(math.log10(max(high - low, 0.1)))
        high = min(0.0, math.ceil(high / step) * step)
        return min(math.floor(low / step) * step, high - step), high
    low = max(0.0, math.floor(low * 20) / 20)
    high = min(1.0, math.ceil(high * 20) / 20)
    if high - low < 0.1:
        low, high = max(0.0, high - 0.1), min(1.0, max(high, 0.1))
    return low, high


def _label(row: int, rows: int, low: float, high: float) -> str:
    """The value at the top, the middle and the bottom row."""
    if row not in (0, rows - 1) and (rows < 5 or 2 * row != rows - 1 - rows % 2 + 1):
        return ""
    # What is left of a difference may be a hair below 0, and 0 has no sign.
    value = round(high - (high - low) * row / (rows - 1), 2) + 0.0
    if value >= 1:
        return "1.0"
    text = f"{value:.2f}" if value > -100 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _stage_line(points: Sequence[CurvePoint], place: Place, width: int) -> str:
    """Under the end of every stage its name and n, the latest first, where there is room."""
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


def _edit_line(steps: Sequence[EditStep], place: Place, width: int) -> str:
    """Under each step the words spent of its edit budget, the latest first, where there is room."""
    line = list(f"{'edits':>{LABELS}}  ".ljust(LABELS + 2 + width))
    taken = len(line)
    for step in reversed(steps):
        label = f" {step.label} "
        middle = LABELS + 2 + place(step.calls, 0.0)[0] // 2
        start = min(middle - len(label) // 2, taken - len(label))
        if start >= LABELS + 2 and start <= middle <= start + len(label):
            line[start : start + len(label)] = label
            taken = start
    return "".join(line)
