"""Selection among candidates while a search goes on: a policy asks, the task model answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from promptopt._core import Selection
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.journal import Journal


def stage_name(name: str, step: int, stage: int) -> str:
    """ "filter 2" is the second stage; "filter 1.2" that of the first round of resampling."""
    return f"{name} {step}.{stage}" if step else f"{name} {stage}"


async def select(
    evaluator: Evaluator,
    journal: Journal,
    selection: Selection,
    pool: Sequence[Candidate],
    rows: Sequence[int],
    *,
    name: str,
    step: int,
    reference: Candidate | None = None,
) -> list[Candidate]:
    """Score what the selection asks for until all is decided.

    What it asks for at once is a stage. A cell whose call failed is told as one without a score.
    What is decided depends on what is told alone, so that a run that is resumed asks for the same
    cells in the same order.

    Args:
        evaluator: fills in scores; what it knows costs nothing.
        journal: is told the stages.
        selection: of as many candidates and examples as `pool` and `rows` have. One that has been
            through here may come again when candidates were added to it and to the pool.
        pool: the candidates by their numbers in the selection. Of equal ones the first is
            preferred, so the oldest comes first.
        rows: the dev examples by their numbers in the selection.
        name: what its stages are called in the journal.
        step: the round, for the journal.
        reference: is scored along on all examples that are used, so that the others can be
            compared with it, whatever the selection makes of it.

    Returns:
        The candidates that are left, best first.

    Raises:
        BudgetExhausted: the calls ran out within a stage.
    """
    order = [rows[example] for example in selection.order.tolist()]
    places = {row: place for place, row in enumerate(order)}
    left = _left(selection)
    stage = 0
    while asked := selection.ask().tolist():
        stage += 1
        cells = [(pool[number], rows[example]) for number, example in asked]
        wanted: dict[Candidate, list[int]] = {}
        if reference is not None:
            wanted[reference] = sorted({row for _, row in cells}, key=places.__getitem__)
        for candidate, row in cells:
            if candidate != reference:
                wanted.setdefault(candidate, []).append(row)
        missing = sum(evaluator.missing([each], taken, "dev") for each, taken in wanted.items())
        journal.stage_started(stage_name(name, step, stage), step, missing)
        await evaluator.score_each(list(wanted.items()), step=step)
        selection.tell([evaluator.value(candidate, row) for candidate, row in cells])
        before, left = left, _left(selection)
        dropped = set(before) - set(left)
        leader, used = pool[left[0]], order[: selection.counts[left[0]]]
        means = selection.means.tolist()
        compared = [means[number] for number in dict.fromkeys(number for number, _ in asked)]
        scored = [mean for mean in compared if not math.isnan(mean)]
        journal.stage_finished(
            stage_name(name, step, stage),
            step,
            survivors=[pool[number].id for number in left],
            dropped=[pool[n].id for n in selection.ranking.tolist() if n in dropped],
            leader=leader.id,
            n=len(used),
            best=evaluator.score_on(leader, used),
            mean=sum(scored) / len(scored) if scored else None,
            seed=evaluator.score_on(reference, used) if reference is not None else None,
        )
    return [pool[number] for number in left]


def _left(selection: Selection) -> list[int]:
    """The numbers of the candidates that are left, best first."""
    left = set(selection.survivors.tolist())
    return [number for number in selection.ranking.tolist() if number in left]
