"""The meta-prompt of GPO, put together from its parts (section 3 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.methods.edit_budget import EditBudget
from promptopt.methods.gpo_settings import Refinement
from promptopt.methods.position import is_before
from promptopt.methods.prompts import fill
from promptopt.methods.trajectory import Visited
from promptopt.tasks.example import Example
from promptopt.tasks.template import Template

SLOT = "<Prompt>"
"""Where the prompt goes in an exemplar."""

_tasks: dict[Refinement, str] = {
    "generate": "Then write a new, better prompt to replace",
    "edit": "Then modify the current prompt into a better one to replace",
}


def meta_prompt(
    *,
    shown: Sequence[Visited],
    current: Visited,
    exemplars: Sequence[Example],
    template: Template,
    refinement: Refinement,
    budget: EditBudget | None,
    reflection: str | None,
) -> str:
    """What the optimizer model is asked at one step.

    Args:
        shown: prompts with their scores, what matters most last.
        current: the prompt that is to be improved.
        exemplars: train examples, shown as the task model meets them.
        template: how it meets them.
        refinement: whether the prompt is to be written anew or modified.
        budget: how many words may change; None for any number, of which nothing is said.
        reflection: what is wrong with the current prompt; None where nothing is said of that.
    """
    return fill(
        "gpo_meta",
        trajectory="\n\n".join(map(scored_prompt, shown)),
        current=current.candidate.text,
        reflection=f"{fill('gpo_problems', reflection=reflection)}\n\n" if reflection else "",
        exemplars="\n\n".join(_exemplar(template, each) for each in exemplars),
        task=_tasks[refinement],
        place="before the input" if is_before(template) else "behind the input",
        budget=f"{fill('gpo_budget', words=str(budget.words))}\n" if budget else "",
    )


def summary_prompt(previous: Visited, current: Visited) -> str:
    """What asks for one prompt in place of two."""
    return fill("gpo_summary", previous=scored_prompt(previous), current=scored_prompt(current))


def reflection_prompt(prompt: str, mistakes: Sequence[tuple[str, str, str]]) -> str:
    """What asks for the reason of mistakes: (question, wrong prediction, right answer) each."""
    shown = "\n\n".join(
        f"Question: {question}\nWrong prediction: {wrong}\nRight answer: {right}"
        for question, wrong, right in mistakes
    )
    return fill("gpo_reflect", prompt=prompt, mistakes=shown)


def scored_prompt(visited: Visited) -> str:
    """A prompt with its score from 0 to 100, with one decimal: two that are shown as equal may
    differ by less than one example in a thousand."""
    score = "unknown" if visited.score is None else f"{100 * visited.score:.1f}"
    return f"Prompt: {visited.candidate.text}\nScore: {score}"


def _exemplar(template: Template, example: Example) -> str:
    text = template.render(SLOT, example)
    gap = "" if text[-1:].isspace() else " "
    return f"{text}{gap}{example.references[0]}"
