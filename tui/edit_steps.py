"""The edit budget of each step, and how much of it was spent."""

from __future__ import annotations

from dataclasses import dataclass

from promptopt.runs.state import RunState


@dataclass(frozen=True, slots=True)
class EditStep:
    """One step of a method that holds its edits to a budget.

    Attributes:
        step: its number.
        calls: calls of the run when the step's candidates were compared.
        budget: how many words a candidate was allowed to differ from its parent by.
        spent: how many the candidates of the step do differ by, their mean.
    """

    step: int
    calls: int
    budget: int
    spent: float

    @property
    def label(self) -> str:
        """ "7/20": words spent of those allowed."""
        return f"{self.spent:.0f}/{self.budget}"


def edit_steps(state: RunState) -> list[EditStep]:
    """The steps that had an edit budget, as far as their candidates have been compared."""
    if not any(each.edit_budget is not None for each in state.steps.values()):
        return []
    ends = {point.step: point.calls for point in state.curve}
    spent: dict[int, list[int]] = {}
    for each in state.candidates.values():
        if each.distance is not None and each.edit_budget is not None:
            spent.setdefault(each.step, []).append(each.distance)
    return [
        EditStep(step, ends[step], planned.edit_budget, sum(spent[step]) / len(spent[step]))
        for step, planned in sorted(state.steps.items())
        if planned.edit_budget is not None and step in ends and step in spent
    ]
