"""Order and choice of rows, and how columns find room."""

from __future__ import annotations

import pytest

from promptopt.evaluation.score import Score
from promptopt.results.candidate_filter import candidate_filter
from promptopt.results.candidate_order import ORDERS
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.run_player import RunPlayer
from tui.candidate_rows import ORDER_NAMES, Listing, Sorting
from tui.run_words import ago
from tui.widgets.candidate_table import CandidateTable
from tui.widgets.line_table import GAP, Column, lay_out


def test_rank_puts_what_was_scored_on_all_of_dev_first(store: Store) -> None:
    state = store.state(RunPlayer(store).play_all().run_id)
    rows = Listing().rows(state)
    assert rows[0] == state.winner
    sizes = [state.candidates[row].dev.n for row in rows]  # type: ignore[union-attr]
    assert sizes == sorted(sizes, reverse=True)
    complete = [state.candidates[row].dev.mean for row in rows if sizes[rows.index(row)] == 60]  # type: ignore[union-attr]
    assert complete[1:] == sorted(complete[1:], reverse=True)


def test_the_best_stands_on_top_though_another_has_met_more_examples(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    state = store.state(player.run_id)
    assert state.best is not None
    other = 0 if state.best.id else 1
    player.write(ev.CandidateScored(other, "dev", 1, Score(0.1, 0.05, 30)))
    state = store.state(player.run_id)
    assert Listing().rows(state)[:2] == [player.kept[0], other]


def test_orders_go_round() -> None:
    seen, sorting = [], Sorting()
    for _ in ORDER_NAMES:
        seen.append(sorting.order)
        sorting = sorting.next()
    assert sorting == Sorting()
    assert set(seen) == set(ORDER_NAMES) == set(ORDERS)


def test_every_column_can_be_sorted_by() -> None:
    keys = {column.key for column in CandidateTable.columns if column.title}
    assert keys | {"rank"} == set(ORDERS)


def test_asked_for_again_an_order_is_turned_around() -> None:
    sorting = Sorting().by("dev")
    assert sorting.shown == "dev score ▾"
    assert sorting.by("dev").shown == "dev score ▴"
    assert sorting.by("dev").by("dev") == sorting
    assert sorting.by("dev").by("id") == Sorting("id")
    assert Sorting("id").shown == "id ▴"


def test_all_words_must_be_there_in_any_case(store: Store) -> None:
    state = store.state(RunPlayer(store).play_all().run_id)

    listing = Listing()

    def rows(text: str) -> list[int]:
        return listing.rows(state, chosen=candidate_filter(text))

    assert sorted(rows("ANIMALS Larger")) == [1, 5, 8, 10]
    assert rows("c007") == [7]
    assert set(rows("resample")) == {8, 9, 10}
    assert rows("larger nothing") == []


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("order", ORDERS)
def test_what_a_filter_leaves_stays_in_order(store: Store, order: str, reverse: bool) -> None:
    state = store.state(RunPlayer(store).play_all().run_id)
    listing, sorting = Listing(), Sorting(order, reverse)
    everyone = listing.rows(state, sorting)
    assert sorted(everyone) == sorted(state.candidates)
    marked = (3, 9)
    for text in ("animal", "n>=20", "-animal", "is:marked", "op:resample is:partial"):
        chosen = candidate_filter(text)
        left = {each.id for each in chosen.select(state, state.candidates.values(), marked)}
        rows = listing.rows(state, sorting, chosen, marked)
        assert rows == [row for row in everyone if row in left]
    everyone.clear()  # whoever is given the rows may do with them as they like
    assert listing.rows(state, sorting)


COLUMNS = (
    Column("a", "", 5),
    Column("b", "", 5, rank=2),
    Column("c", "", 5, grows=1, rank=1),
)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (40, [("a", 5), ("b", 5), ("c", 24)]),
        (21, [("a", 5), ("b", 5), ("c", 5)]),
        (20, [("a", 5), ("c", 11)]),
        (13, [("a", 5)]),
        (0, [("a", 5)]),
    ],
)
def test_columns_of_the_highest_rank_go_first(width: int, expected: list[tuple[str, int]]) -> None:
    assert [(column.key, cells) for column, cells in lay_out(COLUMNS, width)] == expected


@pytest.mark.parametrize("width", [40, 64, 77, 100, 196])
def test_scores_with_error_and_n_are_never_left_out(width: int) -> None:
    placed = lay_out(CandidateTable.columns, width)
    assert {"sign", "id", "dev", "error", "n"} <= {column.key for column, _ in placed}
    assert sum(cells + len(GAP) for _, cells in placed) <= width


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (119, "1m"), (120, "2m"), (7_199, "1h"), (90_000, "1d")],
)
def test_ages_are_short(seconds: float, text: str) -> None:
    assert ago(seconds) == text
