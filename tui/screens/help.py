"""All keys of a screen, and what the signs mean."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import SCOPES, bindings
from tui.cells import folded, shown
from tui.keymap import Keymap
from tui.screens.dialog import Dialog
from tui.themes import MUTED
from tui.widgets.text_pane import TextPane

SIGNS = (
    ("★", "the best candidate: on all dev examples before on some; after the end the winner"),
    ("~", "scored on a part of the dev examples only, so mostly luck as yet"),
    ("✕", "no score: every call failed"),
    ("±", "standard error of the score to its left; n is how many examples it is the mean of"),
    ("±—", "a few examples, all with the same score: too few to tell the error"),
    ("○ ●", "in the chart: the best candidate's score on a part of dev, and on all of it"),
    ("⠂ ╌", "in the chart: every candidate whenever it is scored, and the seed prompt's score"),
    ("◇", "in the chart: the mean of the candidates that a stage or a step compared"),
    ("edits 5/20", "words that a candidate differs from its parent by, of those it was allowed"),
    ("◆", "marked by a person: kept with the run, for comparing and exporting"),
    ("✎", "written or edited by a person"),
    ("⊘", "vetoed by a person: it never wins; in the chart at its last score"),
    ("gain", "best minus seed prompt, on the examples that both were scored on"),
    ("within noise", "no more than chance would do one time in twenty"),
    ("✓ ✗ ◐ ! ·", "an example right, wrong, partly right, without an answer, not asked"),
    ("✗→ ◐→ ✓→", "what the parent (or else the seed prompt) got there, where it is another score"),
    ("[-word-]", "a word that went; {+word+} one that came"),
    ("test", "scored once, at the end; nothing is chosen on it"),
)

KEY_CELLS = 14
MOST_LINES = 40


class HelpScreen(Dialog[None]):
    """Drawn from the list of actions."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    scope = "help"
    title_text = "Help"

    def __init__(
        self,
        scopes: Sequence[str],
        keymap: Keymap,
        *,
        of_a_dialog: bool = False,
        about: tuple[str, str] = ("", ""),
    ) -> None:
        """
        Args:
            of_a_dialog: leaves out the keys that no dialog lets through.
            about: a heading and a text to begin with, "" for none.
        """
        super().__init__()
        self._about = about
        self._scopes = scopes
        self._keymap = keymap
        self._of_a_dialog = of_a_dialog

    def compose_body(self) -> ComposeResult:
        yield TextPane(id="help-text")
        key = self._keymap.key
        hint = f"{key('dialog.cancel')}  Close   {key('text.down')} {key('text.up')}  Scroll"
        yield Static(Content.styled(hint, MUTED), id="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(TextPane).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        pane = self.query_one(TextPane)
        # Two cells are kept for the scrollbar, which comes when the text is there.
        width = pane.content_size.width - 2
        text = help_content(self._scopes, width, self._keymap, of_a_dialog=self._of_a_dialog)
        heading, about = self._about
        if heading:
            body = "\n".join(f" {line}" for line in folded(shown(about), width - 1, MOST_LINES))
            text = Content.assemble((shown(heading), "bold $primary"), f"\n{body}\n\n", text)
        pane.show(text)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_help(self) -> None:
        self.dismiss(None)


def help_content(
    scopes: Sequence[str], width: int, keymap: Keymap, *, of_a_dialog: bool = False
) -> Content:
    """The keys of the scopes under their headings, then the signs, in lines of `width` cells.

    Of a dialog, those of the app are only the ones that are taken before all others.
    """
    lines: list[Content] = []
    for scope in scopes:
        lines.append(Content.styled(SCOPES[scope], "bold $primary"))
        lines += [
            _entry(action.shown_keys, action.help, width)
            for action in keymap.actions(scope)
            if action.priority or scope != "app" or not of_a_dialog
        ]
        lines.append(Content(""))
    lines.append(Content.styled("Signs", "bold $primary"))
    lines += [_entry(sign, meaning, width) for sign, meaning in SIGNS]
    return Content("\n").join(lines)


def _entry(key: str, text: str, width: int) -> Content:
    padding = " " * max(1, KEY_CELLS - cell_len(key) - 1)
    lines = textwrap.wrap(text, max(20, width - KEY_CELLS))
    body = ("\n" + " " * KEY_CELLS).join(lines)
    return Content.assemble((f" {key}", "bold $accent"), padding, body)
