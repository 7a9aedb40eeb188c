"""The score curve as lines of characters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.scored_points import ScoredPoint
from promptopt.runs.state import CandidateState, CurvePoint, RunState
from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, OpenApp, screen_text, settle
from tests.tui.run_player import RunPlayer
from tui.braille import BrailleCanvas
from tui.edit_steps import EditStep, edit_steps
from tui.score_drawing import (
    LABELS,
    MOST_STAGES,
    Curve,
    curve_of,
    draw_curve,
    score_range,
    thinned,
)


def stages(count: int, best: float = 0.5, gain: float = 0.3) -> list[CurvePoint]:
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


def curve(count: int, best: float = 0.5, gain: float = 0.3, full: int = 10) -> Curve:
    """Stages in which candidate 1 leads the seed prompt and a third; `full` is all of dev."""
    found = stages(count, best, gain)
    dots = [
        ScoredPoint(candidate, each.calls - 10 + candidate, mean, each.n)
        for each in found
        for candidate, mean in ((0, best - 0.2), (1, each.best.mean), (2, best - 0.1))
    ]
    return Curve(dots, found, full, leader=1, candidates=3)


def drawn(shown: Curve, width: int = 66, height: int = 9) -> list[str]:
    return ["".join(text for text, _ in line) for line in draw_curve(shown, width, height)]


def rows_of(shown: Curve, tone: str) -> list[int]:
    chart = draw_curve(shown, 66, 9)
    return [y for y, line in enumerate(chart) if any(each == tone for _, each in line)]


@pytest.mark.parametrize("count", [1, 2, 5, 300])
@pytest.mark.parametrize("size", [(66, 9), (78, 5), (20, 3), (300, 60)])
def test_chart_fills_its_box_and_no_more(count: int, size: tuple[int, int]) -> None:
    for full in (10, 10_000):
        lines = drawn(curve(count, full=full), *size)
        assert len(lines) == size[1]
        assert all(cell_len(line) <= size[0] for line in lines)


@pytest.mark.parametrize("size", [(0, 0), (5, 2), (10, 1)])
def test_no_room_no_chart(size: tuple[int, int]) -> None:
    assert drawn(curve(3), *size) == []


def test_empty_curve_says_what_it_waits_for() -> None:
    assert "becomes a dot here" in "\n".join(drawn(Curve()))
    assert "7 candidates so far" in "\n".join(drawn(Curve(candidates=7)))


def test_every_candidate_is_a_dot_from_the_first_score_on() -> None:
    dots = [ScoredPoint(number, 30 + 8 * number, number / 4, 8) for number in range(5)]
    shown = Curve(dots, full=60, candidates=9)
    assert "becomes a dot" not in "\n".join(drawn(shown))
    # The best of a few examples is a dot like all others: none leads before a stage has ended.
    assert rows_of(shown, "cloud")[0] == 0
    assert not rows_of(shown, "leader")
    assert not rows_of(shown, "best")
    assert rows_of(shown, "seed") == [7]


def test_a_rising_curve_rises() -> None:
    shown = curve(4)
    best, seed = rows_of(shown, "best"), rows_of(shown, "seed")
    assert min(best) < min(seed)
    # The highest row of the best is its right end.
    assert cell_len(drawn(shown)[min(best)]) > 60


def test_the_mean_of_each_step_stands_where_its_value_is() -> None:
    lines = drawn(curve(4))
    found = [(line.index("◇"), y) for y, line in enumerate(lines) if "◇" in line]
    assert len(found) == 1  # four steps with the same mean stand in one row
    assert lines[found[0][1]].count("◇") == 4
    better = [replace(each, mean=each.best.mean) for each in stages(4)]
    rising = drawn(replace(curve(4), stages=better, leader=None, full=10_000))
    rows = [y for y, line in enumerate(rising) if "◇" in line]
    assert len(rows) > 1
    lefts = [rising[y].index("◇") for y in rows]
    assert lefts == sorted(lefts, reverse=True)  # lower values stand further left


def test_a_mean_below_all_else_is_in_the_range() -> None:
    low = [replace(each, mean=0.02) for each in stages(2)]
    assert score_range(Curve(stages=low, full=10))[0] == 0.0


def test_means_of_many_steps_are_a_line_with_its_end_marked() -> None:
    text = "\n".join(drawn(curve(300)))
    assert text.count("◇") == 1
    assert rows_of(curve(300), "mean")


def test_a_score_on_a_part_of_dev_is_a_ring_and_no_strong_line() -> None:
    shown = curve(3, full=60)
    text = "\n".join(drawn(shown))
    assert text.count("○") == 3
    assert "●" not in text
    assert not rows_of(shown, "best")


def test_the_lucky_best_of_few_examples_is_no_start_of_a_falling_line() -> None:
    lucky = ScoredPoint(2, 95, 1.0, 10)
    final = CurvePoint("final", 1, 400, 60, Score(0.7, 0.05, 60), 0.6, Score(0.5, 0.06, 60))
    first = CurvePoint("filter 1", 0, 100, 10, Score(1.0, 0.0, 10), 0.6, Score(0.5, 0.2, 10))
    own = [ScoredPoint(1, 90, 0.6, 10), ScoredPoint(1, 390, 0.7, 60)]
    shown = Curve([*own[:1], lucky, own[1]], [first, final], 60, leader=1, candidates=3)
    lines = drawn(shown)
    # On top there is the lucky one's dot alone; the winner's ring lies below its disc.
    assert rows_of(shown, "cloud")[0] == 0
    assert 0 not in rows_of(shown, "leader")
    ring = next(y for y, line in enumerate(lines) if "○" in line)
    disc = next(y for y, line in enumerate(lines) if "●" in line)
    assert disc < ring


def test_an_error_of_nothing_on_few_examples_is_drawn_wide() -> None:
    ring = [ScoredPoint(1, 90, 1.0, 8), ScoredPoint(0, 95, 0.0, 8)]
    stage = CurvePoint("filter 1", 0, 100, 8, Score(1.0, 0.0, 8), 0.5, None)
    assert len(rows_of(Curve(ring, [stage], 60, leader=1), "error")) >= 1


def test_the_seed_prompts_line_goes_on_to_the_right_edge() -> None:
    dots = [ScoredPoint(0, 10, 0.5, 8), *(ScoredPoint(1, at, 0.9, 8) for at in range(20, 200))]
    (row,) = rows_of(Curve(dots, full=60), "seed")
    assert cell_len(drawn(Curve(dots, full=60))[row].rstrip()) > 60


def test_stages_and_n_stand_under_their_points() -> None:
    axis = drawn(curve(3))[-1]
    assert "filter 3 n=30" in axis
    assert "n=20" in axis


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([-1.52, -0.21, -0.9], (-2.0, 0.0)),
        ([-3.41, -3.28], (-3.5, -3.2)),
        ([-1.0, -1.0], (-1.1, -1.0)),
        ([-88.0, -4.0], (-90.0, 0.0)),
        ([-0.04, 0.0], (-0.1, 0.0)),
        ([0.32, 0.78], (0.3, 0.8)),
    ],
)
def test_a_range_fits_metrics_and_log_probabilities(
    means: list[float], expected: tuple[float, float]
) -> None:
    dots = [ScoredPoint(index, index, mean, 4) for index, mean in enumerate(means)]
    assert score_range(Curve(dots=dots)) == pytest.approx(expected)


def test_log_probabilities_are_drawn_and_labelled() -> None:
    dots = [ScoredPoint(1, 4, -1.52, 4), ScoredPoint(1, 9, -0.21, 8)]
    lines = draw_curve(Curve(dots=dots, full=8, leader=1, candidates=2), 40, 8)
    text = ["".join(part for part, _ in line) for line in lines]
    assert [line[:6].strip() for line in text if line[:6].strip()] == [".00", "-1.00", "-2.00"]


def test_labels_span_the_values() -> None:
    lines = drawn(curve(3, best=0.5, gain=0.3))
    assert lines[0].lstrip().startswith(".85")
    assert lines[-2].lstrip().startswith(".30")


def test_nothing_is_less_than_zero_on_the_axis_of_scores() -> None:
    dots = [ScoredPoint(1, 4, 0.0, 4)]
    for height in range(4, 60):
        lines = drawn(Curve(dots=dots, full=8, leader=1, candidates=2), height=height)
        labels = [line[:LABELS].strip() for line in lines if line[:LABELS].strip()]
        assert (labels[0], labels[-1]) == (".10", ".00"), height


def test_flat_and_perfect_scores_can_be_drawn() -> None:
    for level in (0.0, 1.0):
        found = [
            CurvePoint("final", 0, 10, 5, Score(level, 0.0, 5), level, Score(level, None, 1)),
            CurvePoint("final", 1, 10, 5, Score(level, None, 1), level, None),
        ]
        for full in (5, 9):
            assert len(drawn(Curve((), found, full, leader=1))) == 9


def test_a_stage_with_a_wide_name_does_not_break_the_axis() -> None:
    found = [CurvePoint("東京\u202e", 0, 10, 5, Score(0.5, 0.1, 5), 0.4, None)]
    axis = drawn(Curve((), found, 5, leader=1))[-1]
    assert cell_len(axis) <= 66
    assert "n=5" in axis


def test_thinning_keeps_the_last_point() -> None:
    many = stages(1_000)
    kept = thinned(many)
    assert len(kept) <= MOST_STAGES
    assert kept[-1] is many[-1]
    assert thinned(many[:7]) == many[:7]


@pytest.mark.parametrize("size", SIZES)
async def test_the_chart_of_a_run_from_its_first_score_to_its_end(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    from promptopt.runs import events as ev

    player = RunPlayer(store).play_until(ev.CandidateAdded, 5)
    async with open_app(size, run_id=player.run_id) as pilot:
        assert "5 candidates so far" in screen_text(pilot)
        player.go_on(13)
        await settle(pilot)
        text = screen_text(pilot)
        assert curve_of(store.state(player.run_id)).dots
        assert "every candidate as it is scored" in text
        assert "1 Dev score · ╌ seed ─" in text
        player.go_on()
        await settle(pilot)
        text = screen_text(pilot)
        assert f"best c{player.kept[0]:03d} ○ on few ● on all" in text
        assert "●" in text


def test_dots_and_dashes() -> None:
    canvas = BrailleCanvas(4, 1)
    canvas.line((0, 0), (7, 0), "solid")
    assert canvas.row(0) == [("⠉⠉⠉⠉", "solid")]
    canvas = BrailleCanvas(4, 1)
    canvas.line((0, 0), (7, 0), "dotted", on=1, off=3)
    assert canvas.row(0) == [("⠁", "dotted"), (" ", ""), ("⠁", "dotted"), (" ", "")]
    canvas.dot(99, 99, "outside")
    canvas.dot(-1, 0, "outside")
    canvas.mark(3, 2, "○", "ring")
    canvas.mark(-1, 0, "○", "outside")
    assert "".join(text for text, _ in canvas.row(0)) == "⠁○⠁ "
    canvas.line((0, 0), (7, 0), "over it")
    assert ("○", "ring") in canvas.row(0)


def test_words_spent_of_the_edit_budget_stand_under_each_step() -> None:
    shown = curve(4)
    edits = [EditStep(each.step, each.calls, 20 - 4 * each.step, 7.4) for each in shown.stages]
    with_edits = Curve(shown.dots, shown.stages, shown.full, shown.leader, 3, edits)
    for width in (30, 66, 120):
        lines = drawn(with_edits, width)
        assert len(lines) == 9
        assert all(cell_len(line) <= width for line in lines)
        labels = lines[-1].split()
        assert labels[0] == "edits"
        assert labels[-1] == "7/8"
    assert drawn(with_edits)[-1].split() == ["edits", "7/20", "7/16", "7/12", "7/8"]
    # Each stands under the end of its step: three quarters of the way for the third of four.
    assert drawn(with_edits)[-1].index("7/12") == LABELS + 2 + 42 - 2
    assert "edits" not in "".join(drawn(with_edits, height=5))
    assert "edits" not in "".join(drawn(shown))


def test_edit_steps_are_means_over_the_candidates_of_a_step() -> None:
    state = RunState("r")
    assert edit_steps(state) == []
    state.steps = {
        1: ev.StepPlanned(1, 20, (0,), 0),
        2: ev.StepPlanned(2, 10, (0,), 0),
        3: ev.StepPlanned(3, None, (0,), 0),
    }
    score = Score(0.5, 0.1, 10)
    state.curve = [CurvePoint("step 1", 1, 50, 10, score, 0.5, None)]
    for number, (step, distance, budget) in enumerate(
        ((0, None, None), (1, 4, 20), (1, 8, 20), (2, 3, 10), (3, 5, None))
    ):
        state.candidates[number] = CandidateState(number, "", "edit", step, (0,), distance, budget)
    # Step 2 has not been compared yet, step 3 has no budget.
    assert edit_steps(state) == [EditStep(1, 50, 20, 6.0)]


def test_what_a_person_vetoed_stands_at_its_last_score(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    before = curve_of(store.state(player.run_id))
    assert "⊘" not in "".join(drawn(before))
    out = player.kept[-1]
    player.write(ev.CandidateVetoed(out, player.prompts[out], 4))
    after = curve_of(store.state(player.run_id))
    assert list(after.vetoed) == [before.own_way(out)[-1]]
    assert "".join(drawn(after)).count("⊘") == 1
