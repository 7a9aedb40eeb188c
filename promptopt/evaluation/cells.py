"""Cells: one candidate's values on the examples of a split, eight bytes each."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, MutableMapping

# What stands for an example that was not asked, and for one whose call failed.
_unknown = math.nan
_unscored = -math.inf


class Cells(MutableMapping[int, float | None]):
    """Example to value, None where its call failed; in the order of the examples.

    A long run fills hundreds of thousands of cells, and its memory is not to grow with them as it
    would with a dict. Values are finite.
    """

    def __init__(self) -> None:
        self._values = array("d")
        self._count = 0

    def __getitem__(self, row: int) -> float | None:
        value = self._values[row] if 0 <= row < len(self._values) else _unknown
        if value != value:
            raise KeyError(row)
        return None if value == _unscored else value

    def __setitem__(self, row: int, value: float | None) -> None:
        missing = row + 1 - len(self._values)
        if missing > 0:
            self._values.extend([_unknown] * missing)
        self._count += row not in self
        self._values[row] = _unscored if value is None else value

    def __delitem__(self, row: int) -> None:
        if row not in self:
            raise KeyError(row)
        self._count -= 1
        self._values[row] = _unknown

    def __contains__(self, row: object) -> bool:
        values = self._values
        return isinstance(row, int) and 0 <= row < len(values) and values[row] == values[row]

    def __iter__(self) -> Iterator[int]:
        return (row for row, value in enumerate(self._values) if value == value)

    def known(self) -> list[float]:
        """The values that there are, in the order of the examples."""
        return [value for value in self._values if value > _unscored]

    def __len__(self) -> int:
        return self._count
