"""Text made safe for a terminal, with nothing in it that cannot be seen.

Prompts, answers and data come from models, files and the network. Before any of it reaches a
terminal, every character that would steer the terminal, turn the direction of the text
around or hide in it is replaced by something that can be seen.
"""

from __future__ import annotations

import unicodedata

TAB = "    "
NEWLINE = "⏎"

# Invisible characters that Unicode does not call "format": fillers and joiners that count as
# letters or marks, and the selectors that text can be smuggled in. From the property
# Default_Ignorable_Code_Point. U+FE0E and U+FE0F stay: they only choose between the plain and
# the coloured form of the sign before them, and "❤️" is in everyday use.
_ignorable = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE0E),
        *range(0xFFF0, 0xFFF9),
    ]
)
_planes_of_tags_and_selectors = range(0xE0000, 0xE1000)

_hidden_categories = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])


def visible(text: str, *, newlines: bool = False) -> str:
    """`text` as it may be sent to a terminal: one line, or lines with `newlines`.

    C0 control characters and DEL become their pictures (ESC is ␛); C1 controls, bidirectional
    marks and overrides, zero-width and other format characters, line and paragraph separators
    and lone surrogates become their number between ‹ and › (‹U+202E›). A tab becomes four
    spaces. A newline, written "\\n" or "\\r\\n", becomes ⏎, or stays as "\\n" with `newlines`.

    A joiner inside an emoji or a word is replaced like any other (a family of emoji falls apart
    into its members): terminals disagree about how wide joined characters are, which breaks
    every column to the right of them, and a prompt that hides joiners should show them.

    What comes out holds no character of the categories Cc (but "\\n" with `newlines`), Cf, Cs,
    Zl and Zp. Applying it twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_lines if newlines else _one_line)


class _StandIns(dict[int, str]):
    """Code point to what is shown for it, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        shown = _shown(code)
        self[code] = shown
        return shown


_one_line = _StandIns({ord("\n"): NEWLINE})
_lines = _StandIns({ord("\n"): "\n"})


def _shown(code: int) -> str:
    if code == ord("\t"):
        return TAB
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    character = chr(code)
    if (
        unicodedata.category(character) in _hidden_categories
        or code in _ignorable
        or code in _planes_of_tags_and_selectors
        or code & 0xFFFE == 0xFFFE  # noncharacters, the last two of every plane
    ):
        return f"‹U+{code:04X}›"
    return character
