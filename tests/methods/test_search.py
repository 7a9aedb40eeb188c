from __future__ import annotations

from promptopt.runs.events import CandidateAdded, ProposalRejected
from promptopt.tasks.example import Example

from ..evaluation.searching import TableModel, searching
from ..llm.asking import small_task


async def test_a_proposal_that_carries_a_training_input_is_turned_away() -> None:
    task = small_task(
        seed_prompt="seed",
        train=(
            Example("a cold house", ("chilly",)),
            Example("The house by the lake", ("near",)),
        ),
        dev=(Example("dev 0", ("yes",)),),
        test=(Example("test 0", ("yes",)),),
    )
    proposals = [
        "A cold house.",  # the input itself
        "Say what fits a cold house best",  # a few words may stand there by chance
        'Say what fits "the House by  the lake" best',  # five words do not
        "Say what fits the house best",
    ]
    async with searching(task, TableModel(proposals=proposals), concurrency=1) as here:
        prompts = [("go on", ()) for _ in proposals]
        await here.search.propose(prompts, operation="forward", step=0, max_words=50)
        added = [event.text for event in here.events(CandidateAdded)]
        assert added == ["seed", proposals[1], proposals[3]]
        reasons = [event.reason for event in here.events(ProposalRejected)]
        assert reasons == ["copies a training example"] * 2
