"""Predictions: what is asked for one cell of the score table, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from promptopt.evaluation.judge import Judge
from promptopt.llm.client import ModelClient, Reply
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling
from promptopt.llm.thought import without_thought
from promptopt.metrics.judged import Question
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

ScoreFunction = Literal["execution_accuracy", "log_probability"]
"""What dev is scored by (Zhou et al. 2023, section 3.2): "execution_accuracy" lets the model
answer and scores what it says by the metric; "log_probability" is the mean log-probability of
the answer's tokens after the prompt, at most 0."""

FINAL_TOKENS = 100
"""The longest reply of a second turn, as in GPO's code."""


class Answer(msgspec.Struct, frozen=True):
    """What came of one cell.

    Attributes:
        reply: of the last turn, or of the one that failed.
        grades: the judge's, one a question; None where it failed or cannot be read.
        first: the reply of the first turn, where a second one followed.
    """

    reply: Reply
    grades: tuple[float | None, ...] = ()
    first: Reply | None = None

    @property
    def said(self) -> str | None:
        """The prediction: what was said in the end, without a thought; None where it failed."""
        return _said(self.reply)

    @property
    def worked(self) -> str | None:
        """How it was come to: what was said in the first turn; None where that failed."""
        return _said(self.first or self.reply)


class Predictions:
    """Asks the task model about an example under an instruction, and a judge about its reply.

    Args:
        task: gives the template, the examples and the second turn.
        client: the task model.
        sampling: how it is asked.
        demonstrations: shown in every prompt.
        questions: a split to what the judge is asked about each prediction on it.
        likelihood: the splits on which the log-probability of the answer is asked instead.
        judge: may be None where there are no questions.
    """

    def __init__(
        self,
        task: Task,
        client: ModelClient,
        sampling: Sampling,
        demonstrations: Sequence[Example],
        questions: Mapping[str, Sequence[Question]],
        likelihood: Sequence[str] = (),
        judge: Judge | None = None,
    ) -> None:
        if judge is None and any(questions.values()):
            raise ValueError("a judged metric needs a judge")
        self._task = task
        self._client = client
        self._sampling = sampling
        self._demonstrations = demonstrations
        self._questions = questions
        self._likelihood = likelihood
        self._judge = judge
        self._final_turn = final_turn_of(task, sampling)
        # What the likelihood is asked of, where it is not the first reference.
        self._expected: dict[int, str] = {}

    def expect(self, answers: Mapping[int, str]) -> None:
        """Ask for the likelihood of these texts on dev, in place of the first references."""
        self._expected.update(answers)

    def calls(self, split: str) -> int:
        """Calls that one cell of a split takes at the most."""
        score: ScoreFunction = (
            "log_probability" if split in self._likelihood else "execution_accuracy"
        )
        return calls_of_cell(self._task, self._sampling, self._questions[split], score)

    async def ask(self, instruction: str, row: int, split: str) -> Answer:
        """The answer for one cell. Where a turn fails, nothing more is asked.

        Raises:
            BudgetExhausted: the calls do not reach.
            FatalError: a model will not answer.
        """
        example = self._task.split(split)[row]
        other = self._task.other_demonstrations or ()
        shown = other if split == "test-other" else self._demonstrations
        prompt = self._task.template.render(instruction, example, shown)
        if split in self._likelihood:
            answer = self._expected.get(row, example.references[0])
            asked = self._likelihood_of(prompt, answer)
            return Answer(await self._client.ask(asked, subject=instruction))
        first = reply = await self._client.ask(self._turn(prompt, row), subject=instruction)
        if reply.response is not None and self._final_turn:
            history = ((prompt, reply.response.text),)
            turn = self._turn(self._final_turn, row, history)
            reply = await self._client.ask(turn, subject=instruction)
        if reply.response is None:
            return Answer(reply)
        said = without_thought(reply.response.text)
        grades = await self._grades(instruction, example, said, split)
        return Answer(reply, grades, first if first is not reply else None)

    def _turn(self, prompt: str, row: int, history: tuple[tuple[str, str], ...] = ()) -> Request:
        sampling = self._sampling
        return Request(
            model=self._client.model.identity,
            api=sampling.api,
            prompt=prompt,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=FINAL_TOKENS if history else sampling.max_tokens,
            stop=sampling.stop,
            # One draw an example, and the same one for every candidate.
            seed=row if self._client.model.seeded and sampling.temperature else None,
            history=history,
        )

    def _likelihood_of(self, prompt: str, answer: str) -> Request:
        """Of the first reference, which is the one that a demonstration shows; as in APE's code."""
        return Request(
            model=self._client.model.identity,
            api="likelihood",
            prompt=prompt,
            temperature=0.0,
            top_p=1.0,
            max_tokens=1,
            answer=continued(prompt, answer),
        )

    async def _grades(
        self, instruction: str, example: Example, prediction: str, split: str
    ) -> tuple[float | None, ...]:
        if self._judge is None:
            return ()
        return tuple(
            [
                await self._judge.grade(question, example, prediction, instruction)
                for question in self._questions[split]
            ]
        )


def _said(reply: Reply) -> str | None:
    return without_thought(reply.response.text) if reply.response is not None else None


def final_turn_of(task: Task, sampling: Sampling) -> str:
    """The second message of a task, for a model that is asked in turns; "" if there is none."""
    return task.final_turn if sampling.api == "chat" else ""


def calls_of_cell(
    task: Task, sampling: Sampling, questions: Sequence[Question], score: ScoreFunction
) -> int:
    """Calls that one cell takes at the most: one a turn, and one a question to the judge."""
    if score == "log_probability":
        return 1
    return (2 if final_turn_of(task, sampling) else 1) + len(questions)


def continued(prompt: str, answer: str) -> str:
    """The answer as it goes on from the prompt: behind a blank, where there is none yet."""
    return answer if not prompt or prompt[-1].isspace() else f" {answer}"
