"""Component styles as foregrounds, for widgets that draw their own lines."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget


class Tones:
    """Adds `tone` to a widget."""

    def tone(self, name: str) -> Style:
        """A component class as a style without background.

        Its colour is mixed with the background first, which a partial style would not do:
        a muted colour is a transparent one.
        """
        assert isinstance(self, Widget)
        style = self.get_component_rich_style(name)
        return style.without_color + Style(color=style.color)
