from __future__ import annotations

from promptopt.llm.errors import RetryableError
from promptopt.llm.model import Request, Response
from promptopt.methods.search import Query
from promptopt.runs.events import CandidateAdded, ProposalRejected
from promptopt.tasks.example import Example

from ..evaluation.searching import TableModel, searching, table_task
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
        prompts = [Query("go on")] * len(proposals)
        await here.search.propose(prompts, operation="forward", step=0, max_words=50)
        added = [event.text for event in here.events(CandidateAdded)]
        assert added == ["seed", proposals[1], proposals[3]]
        reasons = [event.reason for event in here.events(ProposalRejected)]
        assert reasons == ["copies a training example"] * 2


async def test_retries_that_use_up_the_calls_cost_no_proposal_that_was_made() -> None:
    class Flaky(TableModel):
        async def complete(self, request: Request) -> Response:
            response = await super().complete(request)
            if len(self.asked) in (2, 3):
                raise RetryableError("odd")
            return response

    model = Flaky({}, proposals=["one thing", "another", "more"])
    async with searching(table_task(2), model, max_calls=3, concurrency=1) as here:
        prompts = [Query(f"prompt {number}") for number in range(3)]
        made = await here.search.propose(prompts, operation="forward", step=0, max_words=9)
    assert [each.text for each in made] == ["One thing"]
    assert len(model.asked) == 3
