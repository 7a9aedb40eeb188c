"""The actions of the screen that a new run is set up on, and of its dialogs."""

from __future__ import annotations

from tui.action import Action

NEW_RUN_ACTIONS: tuple[Action, ...] = (
    # Letters are typed into its fields, so all of its keys are others.
    Action(
        "new.choose",
        "enter",
        "Choose",
        "In a field: choose from what is known; on a row: read it whole",
        "new: choose a value, read a row",
        1,
    ),
    Action(
        "new.browse",
        "ctrl+o,f3",
        "Browse",
        "Look for a data file, a bundled task or a configuration",
        "new: browse for data or a configuration",
        3,
    ),
    Action(
        "new.start",
        "ctrl+r,f9",
        "Start",
        "Start the run; tells once more what it will cost, and asks",
        "new: start",
        2,
    ),
    Action("new.save", "ctrl+s", "Save", "Save it as a TOML file", "new: save as TOML", 4),
    Action(
        "new.edit",
        "f4,ctrl+t",
        "Edit",
        "Edit it as TOML in your own editor ($VISUAL, $EDITOR)",
        "new: edit the TOML in $EDITOR",
        5,
    ),
    Action("new.next", "down", "Next", "To the next field (also tab)", "new: next field"),
    Action(
        "new.before",
        "up",
        "Before",
        "To the field before (also shift+tab)",
        "new: field before",
    ),
    Action("new.pane-1", "f5,alt+1", "Form", "Go to the form", "window: form", 6),
    Action("new.pane-2", "f6,alt+2", "Rows", "Go to the rows of the data", "window: rows", 7),
    Action(
        "new.pane-3",
        "f7,alt+3",
        "Data",
        "Go to how the data were understood",
        "window: how the data were understood",
        8,
    ),
    Action("new.pane-4", "f8,alt+4", "Cost", "Go to the estimate", "window: estimate", 9),
    Action("new.clear", "ctrl+l", "Clear", "Begin with an empty form", "new: empty the form"),
    Action(
        "new.back",
        "escape",
        "Back",
        "Back to the runs; the form is kept until the workbench is closed",
        "runs: show all",
        13,
    ),
    Action(
        "browse.open",
        "enter",
        "Open",
        "Open the folder, or take the file (also l)",
        "browse: open",
    ),
    Action(
        "browse.parent", "backspace", "Up", "To the folder above (also h)", "browse: folder above"
    ),
    Action(
        "browse.take",
        "space",
        "Take",
        "Take the folder itself as the data",
        "browse: take the folder as data",
    ),
    Action(
        "browse.path", "slash", "Path", "Type a path, or a part of a name", "browse: type a path"
    ),
)
