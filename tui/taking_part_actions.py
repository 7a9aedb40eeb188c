"""The actions of taking part: what a person asks of a search, from wherever a candidate is seen."""

from __future__ import annotations

from tui.action import Action
from tui.action_words import MARK

_EDIT = "Edit a copy of the candidate and send it into the race, with this one as its parent"
_EDITOR = "The same in your own editor ($VISUAL or $EDITOR)"
_VETO = "Rule the candidate out (asks first): it never wins and nothing is made from it"
_REMARK = "Keep a remark on the candidate"


def _everywhere(scope: str, add: str, footer: int) -> tuple[Action, ...]:
    return (
        Action(
            f"{scope}.add",
            add,
            "Write",
            "Write a candidate of your own and send it into the race",
            "candidate: write one of your own",
            footer,
        ),
        Action(
            f"{scope}.add-editor",
            "A",
            "Write in $EDITOR",
            "Write a candidate in your own editor ($VISUAL or $EDITOR) and send it into the race",
            "candidate: write one in $EDITOR",
        ),
        *_of_one(scope, "the candidate", footer),
        Action(
            f"{scope}.remark-run",
            "N",
            "Remark on run",
            "Keep a remark on the run, and see those before",
            "run: remark",
        ),
        Action(
            f"{scope}.limits",
            "C",
            "Limits",
            "Raise or lower the limits on calls, tokens and dollars, or change the concurrency",
            "run: limits and concurrency",
            14,
        ),
    )


def _of_one(scope: str, what: str, footer: int) -> tuple[Action, ...]:
    def of(text: str) -> str:
        return text.replace("the candidate", what)

    return (
        Action(f"{scope}.edit", "i", "Edit", of(_EDIT), "candidate: edit in place", footer + 1),
        Action(
            f"{scope}.edit-editor", "I", "Edit in $EDITOR", _EDITOR, "candidate: edit in $EDITOR"
        ),
        Action(f"{scope}.veto", "v", "Veto", of(_VETO), "candidate: veto", footer + 3),
        Action(f"{scope}.remark", "r", "Remark", of(_REMARK), "candidate: remark", footer + 7),
    )


TAKING_PART_ACTIONS: tuple[Action, ...] = (
    *_everywhere("dashboard", "a,plus", 6),
    *_everywhere("candidate", "plus", 8),
    Action(
        "compare.mark",
        "m",
        "Mark",
        MARK.replace("the candidate", "A"),
        "candidate: mark or unmark",
    ),
    *_of_one("compare", "A", 9),
    Action(
        "writing.send",
        "ctrl+s",
        "Send",
        "Send what was written",
        "writing: send",
    ),
    Action(
        "writing.editor",
        "f4",
        "$EDITOR",
        "Go on writing in your own editor ($VISUAL or $EDITOR)",
        "writing: go on in $EDITOR",
    ),
    Action(
        "limits.apply", "ctrl+s", "Apply", "Ask for the limits as they stand there", "limits: apply"
    ),
)
