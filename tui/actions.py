"""Everything that can be done in the workbench, in one list.

Bindings, footer, help screen and command palette are all drawn from it. An action belongs to
a scope: the app, a screen, or a kind of widget. Its handler is the method `action_<handler>`
of the class that takes the bindings of that scope. The id of an action is the id of its
binding, by which a keymap file gives it other keys.
"""

from __future__ import annotations

from textual.binding import Binding

from tui.action import Action as Action
from tui.action_list import ACTIONS as ACTIONS

SCOPES = {
    "app": "Everywhere",
    "screen": "On every screen",
    "runs": "Runs",
    "new": "New run",
    "dashboard": "Dashboard",
    "candidate": "Candidate",
    "example": "Example",
    "compare": "Compare",
    "log": "Events",
    "list": "In a list",
    "text": "In a text",
    "pane": "In a pane",
    "filter": "While a filter is typed",
    "dialog": "In a dialog",
    "export": "In the export dialog",
    "writing": "While a candidate or a remark is written",
    "limits": "In the dialog of the limits",
    "browse": "Browsing for a file",
    "error": "Where an error is told",
    "help": "In the help",
}
"""Scope to its heading on the help screen."""


def actions(scope: str) -> list[Action]:
    """The actions of a scope, in the order of the list."""
    return [action for action in ACTIONS if action.scope == scope]


def bindings(scope: str) -> list[Binding]:
    """The bindings of a scope, for the BINDINGS of its class."""
    return [
        Binding(
            action.keys,
            action.handler,
            action.label,
            key_display=action.shown_key,
            tooltip=action.help,
            id=action.id,
            priority=action.priority,
            show=False,
        )
        for action in actions(scope)
    ]
