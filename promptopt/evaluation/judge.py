"""Judge: the model that grades predictions where no metric can."""

from __future__ import annotations

from promptopt.llm.client import ModelClient
from promptopt.llm.errors import FatalError
from promptopt.llm.failures import MAX_FAILURE_SHARE, MAX_FAILURES
from promptopt.llm.id_set import IdSet
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling
from promptopt.metrics.judged import Question
from promptopt.tasks.example import Example

FIRST = 8
"""If none of so many replies can be read, none will be."""

_shown = 200  # characters of a reply in an error


class Judge:
    """Asks one model, always in the same manner, and reads its grades.

    Args:
        client: a model in the role "judge".
        sampling: how it is asked.
    """

    def __init__(self, client: ModelClient, sampling: Sampling) -> None:
        self._client = client
        self._sampling = sampling
        self._met = IdSet()
        self._read = 0
        self._unread = 0

    async def grade(
        self, question: Question, example: Example, prediction: str, instruction: str = ""
    ) -> float | None:
        """Its grade of one prediction. The same prediction on the same example is free.

        Args:
            instruction: under which it was made.

        Returns:
            The grade in [0, 1]; None where the call failed or the reply gives none.

        Raises:
            BudgetExhausted: the calls do not reach.
            FatalError: the judge will not answer, or what it answers cannot be read.
        """
        sampling = self._sampling
        reply = await self._client.ask(
            Request(
                model=self._client.model.identity,
                api=sampling.api,
                prompt=question.prompt(example, prediction),
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens,
                stop=sampling.stop,
            ),
            subject=instruction,
        )
        if reply.response is None:
            return None
        grade = question.grade(reply.response.text)
        if reply.id not in self._met:
            self._met.add(reply.id)
            self._count(question, reply.response.text, grade)
        return grade

    def _count(self, question: Question, said: str, grade: float | None) -> None:
        """Stop a run whose scores would say little, as where too many calls fail."""
        if grade is not None:
            self._read += 1
            return
        self._unread += 1
        if not self._read and self._unread >= FIRST:
            which = f"the judge's first {self._unread} replies"
        elif self._unread > max(MAX_FAILURES, MAX_FAILURE_SHARE * self._read):
            which = f"{self._unread} of the judge's {self._unread + self._read} replies"
        else:
            return
        raise FatalError(_told(which, question, said))


def _told(which: str, question: Question, said: str) -> str:
    wanted = "a number from 0 to 10" if question.scale == "ten" else "yes or no"
    shown = " ".join(said.split())[:_shown]
    return (
        f"{which} cannot be read as {wanted}; the last, on {question.name!r}: {shown!r}. Ask for "
        f"nothing but {wanted}, raise max_tokens under [judge_model] where replies are cut off, "
        "or name another judge with --judge-model"
    )
