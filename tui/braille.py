"""Drawing with the dots of braille characters: two by four to a cell."""

from __future__ import annotations

# Bits of a braille character by column and row, from Unicode's numbering of the dots.
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class BrailleCanvas:
    """Dots in a grid of cells. Every cell has the tone of its mark, else that of its last dot.

    Dots are counted from the top left: x in [0, 2 * width), y in [0, 4 * height).
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._bits = [[0] * width for _ in range(height)]
        self._tones = [[""] * width for _ in range(height)]
        self._marks: dict[tuple[int, int], tuple[str, str]] = {}

    def dot(self, x: int, y: int, tone: str) -> None:
        """Set one dot; outside of the grid nothing happens."""
        if 0 <= x < 2 * self.width and 0 <= y < 4 * self.height:
            self._bits[y // 4][x // 2] |= _BITS[x % 2][y % 4]
            self._tones[y // 4][x // 2] = tone

    def mark(self, x: int, y: int, character: str, tone: str) -> None:
        """Put a character of one cell over the cell of a dot."""
        if 0 <= x < 2 * self.width and 0 <= y < 4 * self.height:
            self._marks[x // 2, y // 4] = character, tone

    def line(
        self, start: tuple[int, int], end: tuple[int, int], tone: str, on: int = 1, off: int = 0
    ) -> None:
        """A straight line; of every `on` + `off` dots, `on` are set."""
        (x0, y0), (x1, y1) = start, end
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            x = x0 + round((x1 - x0) * step / steps)
            y = y0 + round((y1 - y0) * step / steps)
            # Dashes are counted from the left edge, so that they run on over corners.
            if off == 0 or (x if x1 != x0 else step) % (on + off) < on:
                self.dot(x, y, tone)

    def row(self, y: int) -> list[tuple[str, str]]:
        """A row of cells as pieces of one tone each."""
        pieces: list[tuple[str, str]] = []
        for x, (bits, drawn) in enumerate(zip(self._bits[y], self._tones[y], strict=True)):
            dots = chr(0x2800 + bits) if bits else " "
            character, tone = self._marks.get((x, y), (dots, drawn))
            if pieces and pieces[-1][1] == tone:
                pieces[-1] = (pieces[-1][0] + character, tone)
            else:
                pieces.append((character, tone))
        return pieces
