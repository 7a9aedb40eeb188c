from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promptopt.evaluation.cells import Cells

values = st.none() | st.floats(-100, 1, allow_nan=False)
steps = st.lists(st.tuples(st.integers(0, 40), values | st.just("forget")), max_size=60)


@given(steps)
def test_it_holds_what_a_dict_would(steps: list[tuple[int, float | None]]) -> None:
    cells, twin = Cells(), dict[int, float | None]()
    for row, value in steps:
        if value == "forget":
            assert cells.pop(row, "nothing") == twin.pop(row, "nothing")  # type: ignore[arg-type]
        else:
            cells[row] = twin[row] = value
        assert len(cells) == len(twin)
    assert dict(cells) == twin
    assert list(cells) == sorted(twin)
    assert cells.known() == [twin[row] for row in sorted(twin) if twin[row] is not None]
    assert [cells.get(row) for row in range(-2, 50)] == [twin.get(row) for row in range(-2, 50)]
    assert [row in cells for row in range(-2, 50)] == [row in twin for row in range(-2, 50)]


def test_a_cell_takes_eight_bytes_or_little_more() -> None:
    cells = Cells()
    cells.update(dict.fromkeys(range(10000), 0.5))
    assert cells._values.itemsize == 8
    assert cells._values.__sizeof__() < 8 * 10_000 * 1.2
