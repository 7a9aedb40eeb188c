"""One thing that can be done in the workbench."""

from __future__ import annotations

from dataclasses import dataclass

from tui.key_names import shown_key


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    Attributes:
        id: "scope.name", the id of the binding too.
        keys: Textual's names of the keys, with commas between them.
        label: a word or two for the footer.
        help: a sentence for the help screen and the palette.
        palette: "area: verb" for the command palette.
        footer: place in the footer: the lowest stands first and is dropped last; 0 keeps it
            out. The app's own actions stand at the right end and are always there.
        priority: taken before any widget sees the key.
    """

    id: str
    keys: str
    label: str
    help: str
    palette: str
    footer: int = 0
    priority: bool = False

    @property
    def scope(self) -> str:
        return self.id.partition(".")[0]

    @property
    def handler(self) -> str:
        """The action as Textual calls it: "page_up", and "pane(2)" for "dashboard.pane-2"."""
        name, _, number = self.id.partition(".")[2].partition("-")
        return f"{name}({number})" if number.isdecimal() else f"{name}_{number}".rstrip("_")

    @property
    def shown_key(self) -> str:
        """The first key, as it is written for people."""
        return shown_key(self.keys.partition(",")[0])

    @property
    def shown_keys(self) -> str:
        """All keys, as they are written for people."""
        return " ".join(map(shown_key, self.keys.split(",")))
