"""Looking for a data file, a bundled task or a configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui.actions import bindings
from tui.cells import shown
from tui.folder_rows import FolderRow, folder_rows
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.widgets.folder_table import FolderTable
from tui.widgets.line_table import LineTable
from tui.widgets.plain_input import PlainInput


class BrowseDialog(Dialog[str | None]):
    """The result is a path, or the name of a bundled task."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("browse")]
    scope = "browse"
    title_text = "Choose data or a configuration"

    def __init__(self, folder: Path) -> None:
        """Begins in `folder`, or above it should it be gone."""
        super().__init__()
        self._rows: Sequence[FolderRow] = ()
        self.folder = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)

    def compose_body(self) -> ComposeResult:
        yield Static("", markup=False, id="message")
        yield PlainInput(placeholder="a path, or a part of a name")
        yield FolderTable()
        yield Static("", markup=False, id="problem")
        key = self.key
        hint = (
            f"{key('browse.open')} take   {key('pane.left')} up   "
            f"{key('browse.take')} take the folder   {key('browse.path')} type   "
            f"{key('dialog.cancel')} cancel"
        )
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        self._go_to(self.folder)
        self.table.focus()

    @property
    def table(self) -> FolderTable:
        return self.query_one(FolderTable)

    def _go_to(self, folder: Path) -> None:
        """List a folder after all that was asked before, keeping up no other part of the app."""
        self.call_later(self._list, folder)

    async def _list(self, folder: Path) -> None:
        """Show what a folder holds; where it cannot be read, stay and say so."""
        try:
            # In a thread: a folder may be far away, and every TOML file in it is looked into.
            found = await asyncio.to_thread(folder_rows, folder)
        except OSError as error:
            self._tell(f"{folder} cannot be read: {error.strerror or error}")
            return
        before, self.folder, self._rows = self.folder, folder, found.rows
        more = f"{found.left_out:,} more entries are not listed; type the name of one of them"
        self._tell(more if found.left_out else "", "$warning")
        self.query_one(Input).value = ""
        self.query_one("#message", Static).update(Content.styled(shown(str(folder)), "bold"))
        self.table.nothing = "Nothing here has this in its name."
        at = [index for index, row in enumerate(found.rows) if row.target == str(before)]
        self.table.show_items(found.rows, at[-1] if at else 0)

    def _tell(self, problem: str, style: str = "$error") -> None:
        self.query_one("#problem", Static).update(Content.styled(shown(problem), style))

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        words = event.value.casefold().split()
        if "/" not in event.value:
            some = [row for row in self._rows if all(each in row.name.casefold() for each in words)]
            self.table.show_items(some)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        """A path that there is, or else the entry that is left."""
        text = event.value.strip()
        try:
            path = self.folder / Path(text).expanduser()
            if text and path.is_dir():
                self._go_to(path.resolve())
                return
            if text and path.exists():
                self.dismiss(str(path))
                return
        except (OSError, ValueError, RuntimeError):
            pass  # no name of a file
        if "/" in text or self.table.chosen is None:
            self._tell(f"there is no file {text}")
        else:
            self.action_open()

    @on(LineTable.Chosen)
    def action_open(self) -> None:
        row = self.table.chosen
        if row is None:
            return
        if row.kind == "folder":
            self._go_to(Path(row.target))
        else:
            self.dismiss(row.target)

    @on(FolderTable.GoUp)
    def action_parent(self) -> None:
        self._go_to(self.folder.parent)

    def action_take(self) -> None:
        row = self.table.chosen
        chosen = row is not None and row.kind == "folder" and row.name != "../"
        self.dismiss(row.target if row is not None and chosen else str(self.folder))

    def action_path(self) -> None:
        self.query_one(Input).focus()
