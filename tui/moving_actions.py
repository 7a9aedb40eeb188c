"""The actions of lists, texts, fields and dialogs, wherever they stand."""

from __future__ import annotations

from tui.action import Action

MOVING_ACTIONS: tuple[Action, ...] = (
    # Moving about
    Action("list.up", "up,k", "Up", "One row up", "list: up"),
    Action("list.down", "down,j", "Down", "One row down", "list: down"),
    Action("list.page-up", "pageup,ctrl+u", "Page up", "One page up", "list: page up"),
    Action("list.page-down", "pagedown,ctrl+d", "Page down", "One page down", "list: page down"),
    Action("list.first", "g,home", "First", "To the first row", "list: first row"),
    Action(
        "list.last",
        "G,end",
        "Last",
        "To the last row; events follow the end again",
        "list: last row",
    ),
    Action("text.up", "up,k", "Up", "Scroll up", "text: up"),
    Action("text.down", "down,j", "Down", "Scroll down", "text: down"),
    Action("text.page-up", "pageup,ctrl+u", "Page up", "Scroll one page up", "text: page up"),
    Action(
        "text.page-down", "pagedown,ctrl+d", "Page down", "Scroll one page down", "text: page down"
    ),
    Action("text.first", "g,home", "Top", "To the top", "text: top"),
    Action("text.last", "G,end", "Bottom", "To the bottom", "text: bottom"),
    Action(
        "pane.left",
        "h,left",
        "Pane before",
        "To the pane before (also shift+tab)",
        "window: pane to the left",
    ),
    Action(
        "pane.right",
        "l,right",
        "Pane after",
        "To the pane after (also tab)",
        "window: pane to the right",
    ),
    Action(
        "filter.clear",
        "escape",
        "Clear",
        "Clear the filter and leave it; enter keeps it",
        "filter: clear",
    ),
    # Dialogs
    Action("help.close", "question_mark,q", "Close", "Close the help", "help: close"),
    Action(
        "dialog.cancel", "escape", "Cancel", "Close the dialog, changing nothing", "dialog: cancel"
    ),
    Action(
        "dialog.help",
        "f1",
        "Help",
        "Show all keys of the dialog; on the help itself: close it",
        "dialog: help",
    ),
    Action(
        "dialog.next",
        "down,right",
        "Next",
        "To the next button or field (also tab)",
        "dialog: next field",
    ),
    Action(
        "dialog.before",
        "up,left",
        "Before",
        "To the one before (also shift+tab)",
        "dialog: field before",
    ),
    Action(
        "export.clipboard",
        "ctrl+y",
        "Clipboard",
        "Send what would be written to the terminal's clipboard (OSC 52)",
        "export: to the clipboard",
    ),
    Action("error.close", "enter", "Close", "Close the message", "error: close"),
    Action(
        "error.copy",
        "y",
        "Copy",
        "Send the message to the clipboard (OSC 52)",
        "error: copy the message",
    ),
)
