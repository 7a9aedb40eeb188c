"""A line to type into that takes no character that cannot be seen."""

from __future__ import annotations

from textual.widgets import Input

from promptopt.results.visible import visible


class PlainInput(Input):
    """What is pasted may come from anywhere: an invisible character is left out of it."""

    def __init__(self, value: str = "", placeholder: str = "") -> None:
        super().__init__(value, placeholder, compact=True)

    def validate_value(self, value: str) -> str:
        """Whatever is put into it, by hand or not, goes to the terminal as it stands."""
        return _seen(value)

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(_seen(text), start, end)


def _seen(text: str) -> str:
    return "".join(character for character in text if visible(character) == character)
