"""Judge: the model that grades predictions where no metric can."""

from __future__ import annotations

from promptopt.llm.client import ModelClient, Reply
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling
from promptopt.metrics.judged import Question
from promptopt.tasks.example import Example


class Judge:
    """Asks one model, always in the same manner.

    Args:
        client: a model in the role "judge".
        sampling: how it is asked.
    """

    def __init__(self, client: ModelClient, sampling: Sampling) -> None:
        self._client = client
        self._sampling = sampling

    async def ask(self, question: Question, example: Example, prediction: str) -> Reply:
        """What it says of one prediction. The same prediction on the same example is free.

        Raises:
            BudgetExhausted: the calls do not reach.
            FatalError: the judge will not answer.
        """
        sampling = self._sampling
        return await self._client.ask(
            Request(
                model=self._client.model.identity,
                api=sampling.api,
                prompt=question.prompt(example, prediction),
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens,
                stop=sampling.stop,
            )
        )
