"""What the task model was sent for one example."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptopt.tasks.task import Task


def sent_text(task: Task, instruction: str, split: str, index: int, transcript: str | None) -> str:
    """The messages to the task model, word for word.

    Args:
        split: "train", "dev", "dev-worked", "test" or "test-other".
        index: place of the example in the split.
        transcript: what the store has of it where it was more than one message.

    Raises:
        KeyError: there is no such split.
        IndexError: there is no such example.
    """
    if transcript is not None:
        return transcript
    other = task.other_demonstrations or ()
    demonstrations = other if split == "test-other" else task.demonstrations
    return task.template.render(instruction, task.split(split)[index], demonstrations)
