"""A screen as text that can be kept and compared: its characters and the style of each.

One file holds a screen at one size in both themes, first its lines as they are read, then for
each line its styles as lengths and names, then what the names stand for, in the dark theme and
in the light one. The name of a style is made from the style alone, so that a new one renames no
other, and what a change did to a screen is what its diff shows.
"""

from __future__ import annotations

import difflib
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from zlib import crc32

from rich.cells import get_character_cell_size
from rich.color import Color
from rich.style import Style
from textual.app import App

DIFF_LINES = 60
"""More of a difference is not told: the whole of it is what `git diff` shows after an update."""

UPDATE = "--snapshot-update"
HOW = f"if it is meant to look so, run the test with {UPDATE}, and look at what git diff shows"

SEEN_ON_BLANKS = ("underline", "reverse", "strike")
SEEN = ("bold", "dim", "italic", "blink", *SEEN_ON_BLANKS)


@dataclass(frozen=True)
class Look:
    """What a screen shows: its lines, and for each the style of every cell."""

    lines: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]


def look_of(app: App[None]) -> Look:
    """The screen as a terminal would be sent it, with what lies beneath a dialog."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    lines, styles = [], []
    for strips in update.strips:  # type: ignore[union-attr]
        text, cells = "", []
        for segment in (each for strip in strips for each in strip if not each.control):
            text += segment.text
            for character in segment.text:
                style = _described(segment.style, blank=character == " ")
                cells += [style] * get_character_cell_size(character)
        lines.append(text.rstrip())
        styles.append(tuple(cells))
    return Look(tuple(lines), tuple(styles))


@cache
def _described(style: Style | None, *, blank: bool) -> str:
    """A style in words, as far as it is seen: not what a click does, nor the colour of a blank."""
    if style is None:
        return "none"
    words = [name for name in SEEN if getattr(style, name)]
    if blank:
        words = [name for name in words if name in SEEN_ON_BLANKS]
    colours = f"on {_named(style.bgcolor)}"
    if words or not blank:
        colours = f"{_named(style.color)} {colours}"
    return " ".join([colours, *words])


def _named(color: Color | None) -> str:
    if color is None:
        return "default"
    return color.get_truecolor().hex if color.triplet else color.name


def snapshot_of(dark: Look, light: Look) -> str:
    """The text of the file."""
    rows = [list(zip(*pair, strict=True)) for pair in zip(dark.styles, light.styles, strict=True)]
    names = _names({pair for row in rows for pair in row})
    runs = (" ".join(_run_lengths(row, names)) for row in rows)
    palette = sorted(f"{name}  {' | '.join(pair)}" for pair, name in names.items())
    return "\n".join([*dark.lines, "", *runs, "", *palette, ""])


def _run_lengths(row: list[tuple[str, str]], names: dict[tuple[str, str], str]) -> Iterator[str]:
    for pair, cells in groupby(row):
        yield f"{sum(1 for _ in cells)}{names[pair]}"


def _names(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Two letters for each pair of styles."""
    names: dict[tuple[str, str], str] = {}
    letters = string.ascii_lowercase
    for pair in sorted(pairs):
        number = crc32(repr(pair).encode())
        while (name := letters[number // 26 % 26] + letters[number % 26]) in names.values():
            number += 1
        names[pair] = name
    return names


def check(path: Path, now: str, *, update: bool) -> str | None:
    """Compare with what is kept, or with `update` keep it; returns what is wrong, if anything."""
    kept = path.read_text(encoding="utf-8") if path.is_file() else None
    if kept == now:
        return None
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
        return None
    if kept is None:
        return f"there is no snapshot {path.name} yet; {HOW}\n\n{now}"
    diff = list(difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", n=1))
    cut = [f"… {len(diff) - DIFF_LINES} more lines"] if len(diff) > DIFF_LINES else []
    head = f"the screen is not as {path.name} has it; {HOW}"
    return "\n".join([head, "", *(each.rstrip("\n") for each in diff[:DIFF_LINES]), *cut])
