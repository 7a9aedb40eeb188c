"""A field of several lines that takes no character that cannot be seen."""

from __future__ import annotations

from textual.widgets import TextArea
from textual.widgets.text_area import EditResult, Location

from tui.cells import shown


class PlainTextArea(TextArea):
    """Texts of models and what is pasted may hold anything; here it is drawn as it stands.

    So a character that would steer the terminal, hide, or be drawn as wide as each terminal
    likes is left out. An editor of the person's own can hold it.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(plain(text), compact=True, show_line_numbers=False)

    def load_text(self, text: str) -> None:
        super().load_text(plain(text))

    def replace(
        self,
        insert: str,
        start: Location,
        end: Location,
        *,
        maintain_selection_offset: bool = True,
    ) -> EditResult:
        return super().replace(
            plain(insert), start, end, maintain_selection_offset=maintain_selection_offset
        )


def plain(text: str) -> str:
    """The text without the characters that such a field leaves out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each for each in lines_of(text) if each in "\n\t" or shown(each) == each)


def lines_of(text: str) -> str:
    """The text with line breaks as they are here: terminals paste each as a carriage return."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
