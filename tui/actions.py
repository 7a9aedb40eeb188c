"""Everything that can be done in the workbench, in one list.

Bindings, footer, help screen and command palette are all drawn from it. An action belongs to
a scope: the app, a screen, or a kind of widget. Its handler is the method `action_<handler>`
of the class that takes the bindings of that scope. The id of an action is the id of its
binding, so every key can be remapped.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    Attributes:
        id: "scope.name", the id of the binding too.
        keys: Textual's names of the keys, with commas between them.
        shown_key: how the first of them is written for people.
        label: a word or two for the footer.
        help: a sentence for the help screen and the palette.
        footer: place in the footer: the lowest stands first and is dropped last; 0 keeps it
            out. The app's own actions stand at the right end and are always there.
        palette: "area: verb" for the command palette; empty where a key is enough.
        priority: taken before any widget sees the key.
    """

    id: str
    keys: str
    shown_key: str
    label: str
    help: str
    footer: int = 0
    palette: str = ""
    priority: bool = False

    @property
    def scope(self) -> str:
        return self.id.partition(".")[0]

    @property
    def handler(self) -> str:
        """The action as Textual calls it: "page_up", and "pane(2)" for "dashboard.pane-2"."""
        name, _, number = self.id.partition(".")[2].partition("-")
        return f"{name}({number})" if number.isdecimal() else f"{name}_{number}".rstrip("_")


SCOPES = {
    "app": "Everywhere",
    "screen": "On every screen",
    "runs": "Runs",
    "dashboard": "Dashboard",
    "candidate": "Candidate",
    "example": "Example",
    "log": "Events",
    "list": "In a list",
    "text": "In a text",
    "pane": "In a pane",
    "dialog": "In a dialog",
    "help": "In the help",
}
"""Scope to its heading on the help screen."""

_PAUSE = "Pause the run, or let a paused one go on; calls in flight are finished first"
_STOP = "Stop the run after the calls in flight (asks first); it can be resumed"
_RESUME = "Take the run up again where it broke off; stored answers are not paid for twice"
_EXPORT = "Write a prompt to a file, as text, JSON or Markdown"
_COPY = "Send the prompt to the terminal's clipboard (OSC 52)"

ACTIONS: tuple[Action, ...] = (
    Action("app.help", "question_mark,f1", "?", "Help", "Show all keys and signs", 1, "app: help"),
    Action("app.leave", "q,ctrl+c", "q", "Quit", "Quit; asks what to do with a live run", 2),
    Action(
        "app.command-palette", "ctrl+p", "^p", "Palette", "Find an action by name", 3, priority=True
    ),
    Action(
        "app.change-theme", "f2", "f2", "Theme", "Choose another look", palette="app: change theme"
    ),
    Action(
        "app.quit", "ctrl+q", "^q", "Quit", "Quit from anywhere", palette="app: quit", priority=True
    ),
    Action("screen.focus-next", "tab", "tab", "Next", "To the next pane or field"),
    Action("screen.focus-previous", "shift+tab", "⇧tab", "Before", "To the pane or field before"),
    Action("screen.copy-text", "ctrl+c,super+c", "^c", "Copy", "Copy what the mouse has marked"),
    # Runs
    Action("runs.open", "enter", "⏎", "Open", "Watch the run", 1, "run: open"),
    Action("runs.resume", "R", "R", "Resume", _RESUME, 3, "run: resume"),
    Action("runs.pause", "p", "p", "Pause", _PAUSE, 4, "run: pause or go on"),
    Action("runs.stop", "x", "x", "Stop", _STOP, 5, "run: stop"),
    Action(
        "runs.new",
        "n",
        "n",
        "New",
        "Start a run from a configuration file",
        6,
        "runs: new from file",
    ),
    Action("runs.demo", "D", "D", "Demo", "Start the demonstration", 7, "runs: start the demo"),
    Action("runs.filter", "slash", "/", "Filter", "Show only runs with these words", 8),
    Action("runs.export", "e", "e", "Export", _EXPORT, 9, "run: export the best prompt"),
    Action("runs.clear", "escape", "esc", "Clear", "Clear the filter"),
    # Dashboard
    Action("dashboard.pause", "p", "p", "Pause", _PAUSE, 4, "run: pause or go on"),
    Action("dashboard.resume", "R", "R", "Resume", _RESUME, 3, "run: resume"),
    Action("dashboard.open", "enter", "⏎", "Open", "Open the candidate", 1, "candidate: open"),
    Action(
        "dashboard.diff",
        "d",
        "d",
        "Diff",
        "Show the prompt, or what changed in it against its parent",
        5,
        "candidate: prompt or diff",
    ),
    Action("dashboard.filter", "slash", "/", "Filter", "Show only candidates with these words", 6),
    Action("dashboard.sort", "s", "s", "Sort", "Sort by rank, newest, id, n or edits", 7),
    Action("dashboard.export", "e", "e", "Export", _EXPORT, 8, "candidate: export"),
    Action("dashboard.copy", "y", "y", "Copy", _COPY, 9, "candidate: copy the prompt"),
    Action("dashboard.stop", "x", "x", "Stop", _STOP, 10, "run: stop"),
    Action(
        "dashboard.freeze",
        "space",
        "space",
        "Freeze",
        "Hold the table still while the run goes on",
        11,
        "candidates: freeze the table",
    ),
    Action("dashboard.best", "b", "b", "Best", "Go to the best candidate and stay with it", 12),
    Action("dashboard.back", "escape", "esc", "Back", "Back to the runs", 13, "runs: show all"),
    Action("dashboard.pane-1", "1", "1", "Curve", "Go to the score curve"),
    Action("dashboard.pane-2", "2", "2", "Candidates", "Go to the candidates"),
    Action("dashboard.pane-3", "3", "3", "Prompt", "Go to the prompt (in a small window: open it)"),
    Action(
        "dashboard.pane-4", "4", "4", "Events", "Go to the events (in a small window: open them)"
    ),
    Action("dashboard.zoom", "z", "z", "Zoom", "Give the whole window to one pane, and back"),
    Action("dashboard.log", "L", "L", "Events", "All events, whole lines", palette="run: events"),
    # Candidate
    Action("candidate.open", "enter", "⏎", "Open", "Read the example whole", 1, "example: open"),
    Action(
        "candidate.next", "right_square_bracket", "]", "Next", "The next candidate of the table", 4
    ),
    Action("candidate.previous", "left_square_bracket", "[", "Previous", "The one before it", 5),
    Action(
        "candidate.show",
        "f",
        "f",
        "Show",
        "Show all examples, or those that are wrong, fixed, broken or failed",
        6,
        "examples: all, wrong, fixed, broken, failed",
    ),
    Action("candidate.filter", "slash", "/", "Filter", "Show only examples with these words", 7),
    Action("candidate.split", "t", "t", "Dev/test", "Switch between dev and test examples", 8),
    Action("candidate.diff", "d", "d", "Diff", "Go to the diff against the parent", 9),
    Action("candidate.export", "e", "e", "Export", _EXPORT, 10, "candidate: export"),
    Action("candidate.copy", "y", "y", "Copy", _COPY, 11, "candidate: copy the prompt"),
    Action("candidate.pause", "p", "p", "Pause", _PAUSE, 12, "run: pause or go on"),
    Action("candidate.stop", "x", "x", "Stop", _STOP, 14, "run: stop"),
    Action(
        "candidate.back", "escape", "esc", "Back", "Back to the dashboard", 13, "run: dashboard"
    ),
    Action("candidate.pane-1", "1", "1", "Prompt", "Go to the prompt"),
    Action("candidate.pane-2", "2", "2", "Diff", "Go to the diff"),
    Action("candidate.pane-3", "3", "3", "Examples", "Go to the examples"),
    Action("candidate.pane-4", "4", "4", "Lineage", "Go to the lineage"),
    # Example and events
    Action(
        "example.next", "right_square_bracket,n", "]", "Next", "The next example of the list", 4
    ),
    Action("example.previous", "left_square_bracket,N", "[", "Previous", "The one before it", 5),
    Action("example.copy", "y", "y", "Copy", "Send the prediction to the clipboard (OSC 52)", 6),
    Action("example.back", "escape,enter", "esc", "Back", "Back to the candidate", 13),
    Action("log.back", "escape", "esc", "Back", "Back to the dashboard", 13, "run: dashboard"),
    # Moving about
    Action("list.up", "up,k", "k ↑", "Up", "One row up"),
    Action("list.down", "down,j", "j ↓", "Down", "One row down"),
    Action("list.page-up", "pageup,ctrl+u", "PgUp ^u", "Page up", "One page up"),
    Action("list.page-down", "pagedown,ctrl+d", "PgDn ^d", "Page down", "One page down"),
    Action("list.first", "g,home", "g Home", "First", "To the first row"),
    Action("list.last", "G,end", "G End", "Last", "To the last row; events follow the end again"),
    Action("text.up", "up,k", "k ↑", "Up", "Scroll up"),
    Action("text.down", "down,j", "j ↓", "Down", "Scroll down"),
    Action("text.page-up", "pageup,ctrl+u", "PgUp ^u", "Page up", "Scroll one page up"),
    Action("text.page-down", "pagedown,ctrl+d", "PgDn ^d", "Page down", "Scroll one page down"),
    Action("text.first", "g,home", "g Home", "Top", "To the top"),
    Action("text.last", "G,end", "G End", "Bottom", "To the bottom"),
    Action("pane.left", "h,left", "h ←", "Pane before", "To the pane before (also shift+tab)"),
    Action("pane.right", "l,right", "l →", "Pane after", "To the pane after (also tab)"),
    Action("help.close", "question_mark,f1,q,escape", "?", "Close", "Close the help"),
    Action("dialog.cancel", "escape", "esc", "Cancel", "Close the dialog, changing nothing"),
    Action("dialog.next", "down,right", "↓ →", "Next", "To the next button or field (also tab)"),
    Action("dialog.before", "up,left", "↑ ←", "Before", "To the one before (also shift+tab)"),
)


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
