"""The actions of the workbench, one by one: those of the app, of the runs and of a run."""

from __future__ import annotations

from tui.action import Action
from tui.action_words import COPY, EXPORT, PAUSE, RESUME, STOP
from tui.detail_actions import DETAIL_ACTIONS
from tui.moving_actions import MOVING_ACTIONS

ACTIONS: tuple[Action, ...] = (
    # Everywhere
    Action("app.help", "question_mark,f1", "Help", "Show all keys and signs", "app: help", 1),
    Action(
        "app.leave", "q,ctrl+c", "Quit", "Quit; asks what to do with a live run", "app: leave", 2
    ),
    Action(
        "app.command-palette",
        "ctrl+p",
        "Palette",
        "Find an action by name",
        "app: palette",
        3,
        priority=True,
    ),
    Action("app.change-theme", "f2", "Theme", "Choose another look", "app: change theme"),
    Action("app.quit", "ctrl+q", "Quit", "Quit from anywhere", "app: quit", priority=True),
    Action("screen.focus-next", "tab", "Next", "To the next pane or field", "window: next pane"),
    Action(
        "screen.focus-previous",
        "shift+tab",
        "Before",
        "To the pane or field before",
        "window: pane before",
    ),
    Action(
        "screen.copy-text",
        "ctrl+c,super+c",
        "Copy",
        "Copy what the mouse has marked",
        "window: copy the marked text",
    ),
    # Runs
    Action("runs.open", "enter", "Open", "Watch the run", "run: open", 1),
    Action("runs.resume", "R", "Resume", RESUME, "run: resume", 3),
    Action("runs.pause", "p", "Pause", PAUSE, "run: pause or go on", 4),
    Action("runs.stop", "x", "Stop", STOP, "run: stop", 5),
    Action(
        "runs.mark",
        "m",
        "Mark",
        "Mark the run, to compare it; or unmark it",
        "run: mark or unmark",
        10,
    ),
    Action(
        "runs.compare",
        "c",
        "Compare",
        "Compare the best prompts of the marked runs",
        "runs: compare",
        11,
    ),
    Action(
        "runs.new", "n", "New", "Start a run from a configuration file", "runs: new from file", 6
    ),
    Action("runs.demo", "D", "Demo", "Start the demonstration", "runs: start the demo", 7),
    Action("runs.filter", "slash", "Filter", "Show only runs with these words", "runs: filter", 8),
    Action("runs.export", "e", "Export", EXPORT, "run: export the best prompt", 9),
    Action("runs.clear", "escape", "Clear", "Clear the filter", "runs: clear the filter"),
    # Dashboard
    Action("dashboard.pause", "p", "Pause", PAUSE, "run: pause or go on", 4),
    Action("dashboard.resume", "R", "Resume", RESUME, "run: resume", 3),
    Action("dashboard.open", "enter", "Open", "Open the candidate", "candidate: open", 1),
    Action(
        "dashboard.diff",
        "d",
        "Diff",
        "Show the prompt, or what changed in it against its parent",
        "candidate: prompt or diff",
        5,
    ),
    Action(
        "dashboard.filter",
        "slash",
        "Filter",
        "Show only some candidates: words, score>0.8, op:edit, is:front",
        "candidates: filter",
        6,
    ),
    Action(
        "dashboard.reverse",
        "S",
        "Reverse",
        "Turn the order of the candidates around",
        "candidates: reverse the order",
    ),
    Action(
        "dashboard.order",
        "o",
        "Order",
        "Choose the column to sort the candidates by",
        "candidates: sort by a column",
    ),
    Action(
        "dashboard.mark",
        "m",
        "Mark",
        "Mark the candidate, to compare it or to export it with others; or unmark it",
        "candidate: mark or unmark",
        8,
    ),
    Action(
        "dashboard.compare",
        "c",
        "Compare",
        "Compare the marked candidates; with none marked, the candidate with its parent",
        "candidate: compare",
        9,
    ),
    Action("dashboard.unmark", "M", "Unmark", "Unmark all", "candidates: unmark all"),
    Action(
        "dashboard.sort",
        "s",
        "Sort",
        "Sort the candidates by the next column",
        "candidates: sort by the next column",
        7,
    ),
    Action("dashboard.export", "e", "Export", EXPORT, "candidate: export", 8),
    Action(
        "dashboard.export-several",
        "E",
        "Export marked",
        "Write the marked candidates, or with none marked the front of score and length",
        "candidates: export the marked or the front",
    ),
    Action("dashboard.copy", "y", "Copy", COPY, "candidate: copy the prompt", 9),
    Action("dashboard.stop", "x", "Stop", STOP, "run: stop", 10),
    Action(
        "dashboard.freeze",
        "space",
        "Freeze",
        "Hold the table still while the run goes on",
        "candidates: freeze the table",
        11,
    ),
    Action(
        "dashboard.best",
        "b",
        "Best",
        "Go to the best candidate and stay with it",
        "candidates: follow the best",
        12,
    ),
    Action("dashboard.back", "escape", "Back", "Back to the runs", "runs: show all", 13),
    Action("dashboard.pane-1", "1", "Curve", "Go to the score curve", "window: score curve"),
    Action("dashboard.pane-2", "2", "Candidates", "Go to the candidates", "window: candidates"),
    Action(
        "dashboard.pane-3",
        "3",
        "Prompt",
        "Go to the prompt (in a small window: open it)",
        "window: prompt",
    ),
    Action(
        "dashboard.pane-4",
        "4",
        "Events",
        "Go to the events (in a small window: open them)",
        "window: events",
    ),
    Action(
        "dashboard.zoom",
        "z",
        "Zoom",
        "Give the whole window to one pane, and back",
        "window: zoom a pane",
    ),
    Action("dashboard.log", "L", "Events", "All events, whole lines", "run: events"),
    *DETAIL_ACTIONS,
    *MOVING_ACTIONS,
)
