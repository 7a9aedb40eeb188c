"""Foreign text cut to the cells of a terminal, so that every column stays where it is."""

from __future__ import annotations

import textwrap

from rich.cells import cell_len, chop_cells, set_cell_size

from promptopt.results.visible import visible

_REGIONAL_A = 0x1F1E6

# Terminals disagree about the width of a sign with one of these behind it, and one cell too
# many shifts the rest of the line. What is shown loses the colour of an emoji; the stored and
# exported text keeps it.
_flattened: dict[int, str | None] = {
    0xFE0E: None,
    0xFE0F: None,
    **dict.fromkeys(range(0x1F3FB, 0x1F400)),
    **{_REGIONAL_A + offset: chr(ord("A") + offset) for offset in range(26)},
}


def shown(text: str, *, newlines: bool = False) -> str:
    """Text of a model, a user or a file as it may stand on the screen."""
    safe = visible(text, newlines=newlines)
    return safe if safe.isascii() else safe.translate(_flattened)


def shown_start(text: str, cells: int) -> str:
    """The beginning of a text on one line, at least `cells` long where the text is.

    Longer texts are cut before they are made safe: an answer may be megabytes long.
    """
    return shown(text[: 4 * cells + 8])


def fit(text: str, cells: int, align: str = "left") -> str:
    """Text that is safe already, in exactly `cells` cells; "…" marks where it was cut."""
    if cells <= 0:
        return ""
    length = cell_len(text)
    if length > cells:
        return set_cell_size(text, cells - 1) + "…"
    padding = " " * (cells - length)
    return padding + text if align == "right" else text + padding


def folded(text: str, cells: int, at_most: int) -> list[str]:
    """Text that is safe already, folded into lines of at most `cells` cells.

    It is folded between words where it can be.
    """
    width = max(1, cells)
    pieces = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    if any(cell_len(piece) > width for piece in pieces):  # textwrap counts characters
        pieces = chop_cells(text, width) or [""]
    if len(pieces) > at_most:
        pieces = [*pieces[: at_most - 1], fit(pieces[at_most - 1] + "  ", cells - 1) + "…"]
    return pieces
