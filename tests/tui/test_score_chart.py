"""The score curve as lines of characters."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from promptopt.evaluation.score import Score
from promptopt.runs.state import CurvePoint
from tui.braille import BrailleCanvas
from tui.widgets.score_chart import MOST_POINTS, draw_curve, rounds, thinned


def points(count: int, best: float = 0.5, gain: float = 0.3) -> list[CurvePoint]:
    return [
        CurvePoint(
            stage=f"filter {number + 1}",
            step=number,
            calls=100 * (number + 1),
            n=10 * (number + 1),
            best=Score(best + gain * number / max(1, count - 1), 0.05, 10 * (number + 1)),
            mean=best - 0.1,
            seed=Score(best - 0.2, 0.05, 10),
        )
        for number in range(count)
    ]


def drawn(curve: list[CurvePoint], width: int = 66, height: int = 9) -> list[str]:
    return ["".join(text for text, _ in line) for line in draw_curve(curve, width, height)]


@pytest.mark.parametrize("count", [1, 2, 5, 300])
@pytest.mark.parametrize("size", [(66, 9), (78, 5), (20, 3), (300, 60)])
def test_chart_fills_its_box_and_no_more(count: int, size: tuple[int, int]) -> None:
    lines = drawn(points(count), *size)
    assert len(lines) == size[1]
    assert all(cell_len(line) <= size[0] for line in lines)


@pytest.mark.parametrize("size", [(0, 0), (5, 2), (10, 1)])
def test_no_room_no_chart(size: tuple[int, int]) -> None:
    assert drawn(points(3), *size) == []


def test_empty_curve_says_what_it_waits_for() -> None:
    assert "begins when the first stage has chosen" in "\n".join(drawn([]))


def test_a_rising_curve_rises() -> None:
    chart = draw_curve(points(4), 66, 9)
    rows = {
        tone: [y for y, line in enumerate(chart) if any(each == tone for _, each in line)]
        for tone in ("best", "mean", "seed")
    }
    assert min(rows["best"]) < min(rows["mean"]) < min(rows["seed"])
    # The highest row of the best is its right end.
    top = chart[min(rows["best"])]
    assert cell_len("".join(text for text, _ in top)) > 60


def test_a_round_that_begins_on_fewer_examples_is_no_continuation() -> None:
    first, second = points(3), points(2)
    assert rounds([*first, *second]) == [first, second]
    assert rounds(first) == [first]
    assert rounds([]) == []


def test_stages_and_n_stand_under_their_points() -> None:
    axis = drawn(points(3))[-1]
    assert "filter 3 n=30" in axis
    assert "n=20" in axis


def test_labels_span_the_values() -> None:
    lines = drawn(points(3, best=0.5, gain=0.3))
    assert lines[0].lstrip().startswith(".85")
    assert lines[-2].lstrip().startswith(".30")


def test_flat_and_perfect_scores_can_be_drawn() -> None:
    for level in (0.0, 1.0):
        curve = [
            CurvePoint("final", 0, 10, 5, Score(level, 0.0, 5), level, Score(level, None, 1)),
            CurvePoint("final", 1, 10, 5, Score(level, None, 1), level, None),
        ]
        assert len(drawn(curve)) == 9


def test_a_stage_with_a_wide_name_does_not_break_the_axis() -> None:
    curve = [CurvePoint("東京‮", 0, 10, 5, Score(0.5, 0.1, 5), 0.4, None)]
    axis = drawn(curve)[-1]
    assert cell_len(axis) <= 66
    assert "n=5" in axis


def test_thinning_keeps_the_last_point() -> None:
    many = points(1_000)
    kept = thinned(many)
    assert len(kept) <= MOST_POINTS
    assert kept[-1] is many[-1]
    assert thinned(many[:7]) == many[:7]


def test_dots_and_dashes() -> None:
    canvas = BrailleCanvas(4, 1)
    canvas.line((0, 0), (7, 0), "solid")
    assert canvas.row(0) == [("⠉⠉⠉⠉", "solid")]
    canvas = BrailleCanvas(4, 1)
    canvas.line((0, 0), (7, 0), "dotted", on=1, off=3)
    assert canvas.row(0) == [("⠁", "dotted"), (" ", ""), ("⠁", "dotted"), (" ", "")]
    canvas.dot(99, 99, "outside")
    canvas.dot(-1, 0, "outside")
