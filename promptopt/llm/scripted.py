"""Scripted models: deterministic, instant, without a model. For tests and for trying out.

`scripted:plural` plays both parts of a search on `plurals`: as task model it writes the plural
of the last input, more often the more an instruction says what to do; as optimizer model it
proposes instructions of mixed quality, and varies one that it is given. `scripted:echo`
repeats the last input. `scripted:judge` grades: what stands between <answer> tags is good if
it is among the true answers listed, or, where none are, if it says anything. `scripted:down`
never answers.

Asked how likely an answer is, `plural` finds a right one the more likely the better the
instruction; the vector of a text is one of its words. In a second turn they stay with their
first reply.

Options follow a question mark: `scripted:plural?delay=0.05` waits that many seconds a call,
`fail=0.1` lets that share of the questions fail in passing.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from promptopt.errors import InputError
from promptopt.llm.drawing import draw
from promptopt.llm.embedder import lexical_vector
from promptopt.llm.errors import RetryableError
from promptopt.llm.model import Request, Response
from promptopt.llm.scripted_plural import (
    last_input,
    plural,
    plural_likelihood,
    plural_skill,
    pluralise,
)
from promptopt.llm.settings import ModelSettings

__all__ = ["LIKELIHOODS", "SCRIPTS", "ScriptedModel", "check_name", "plural_skill", "pluralise"]

VECTOR_DIMENSIONS = 64

TOKEN_LENGTH = 4
"""Characters of a token of an answer."""


class ScriptedModel:
    """A deterministic model.

    Args:
        settings: of kind "scripted"; the name may carry options.
    """

    seeded = True

    def __init__(self, settings: ModelSettings) -> None:
        name, _, options = settings.name.partition("?")
        self.identity = f"scripted:{settings.name}"
        self._name = name
        self._script = _script(name)
        self._delay, self._fail = _options(options, settings.spec)
        self._failed: set[bytes] = set()

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def complete(self, request: Request) -> Response:
        await asyncio.sleep(self._delay)
        key = request.key()
        if key not in self._failed and draw("fail", key.hex()) < self._fail:
            self._failed.add(key)
            raise RetryableError("a scripted failure")
        words = sum(len(turn.split()) for pair in request.history for turn in pair)
        words += len(request.prompt.split())
        if request.api == "likelihood":
            numbers = self._likelihood(request)
            return Response("", "scripted", words, len(numbers), numbers)
        if request.api == "embedding":
            self._script(request)
            vector = tuple(lexical_vector(request.prompt, VECTOR_DIMENSIONS))
            return Response("", None, words, 0, vector)
        text = self._script(request)
        return Response(text, "stop", words, len(text.split()))

    def _likelihood(self, request: Request) -> tuple[float, ...]:
        likely = LIKELIHOODS[self._name](request)
        tokens = math.ceil(len(request.answer) / TOKEN_LENGTH)
        # A little different from token to token, the same under every instruction.
        spread = [draw("token", request.answer, str(token)) for token in range(tokens)]
        return tuple(math.log(likely) - 0.2 * each for each in spread)


def check_name(settings: ModelSettings) -> None:
    """Raise InputError if the script or its options are unknown."""
    name, _, options = settings.name.partition("?")
    _script(name)
    _options(options, settings.spec)


def _script(name: str) -> Callable[[Request], str]:
    if name not in SCRIPTS:
        raise InputError(f"there is no scripted model {name!r}; known: {', '.join(SCRIPTS)}")
    return SCRIPTS[name]


def _options(text: str, spec: str) -> tuple[float, float]:
    values = {"delay": 0.0, "fail": 0.0}
    for name, value in parse_qsl(text, keep_blank_values=True):
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if name not in values or not 0 <= number <= 60:
            raise InputError(
                f"the model {spec!r} has a wrong option {name}={value}; "
                "known: delay (seconds), fail (a share from 0 to 1)"
            )
        values[name] = number
    return values["delay"], values["fail"]


def _echo(request: Request) -> str:
    return request.history[-1][1] if request.history else " " + last_input(request.prompt)


def _echo_likelihood(request: Request) -> float:
    return 0.9 if request.answer.strip() == last_input(request.prompt) else 0.1


def _down(_request: Request) -> str:
    raise RetryableError("a scripted failure that never ends")


def _down_likelihood(request: Request) -> float:
    _down(request)
    return 0.5


def _judge(request: Request) -> str:
    answer = re.search(r"<answer>\n(.*?)\n</answer>", request.prompt, re.DOTALL)
    listed = re.search(r"True answers:\n((?:- .*\n)+)", request.prompt)
    said = answer[1].strip().casefold() if answer else ""
    if listed:
        good = f"- {said}\n" in listed[1].casefold()
    else:
        good = bool(said) and "don't know" not in said
    if re.search(r"0 to 10", request.prompt):
        return "Grade: 9/10" if good else "Grade: 2/10"
    return "Yes." if good else "No."


SCRIPTS: dict[str, Callable[[Request], str]] = {
    "plural": plural,
    "echo": _echo,
    "judge": _judge,
    "down": _down,
}
"""What is said, by name."""

LIKELIHOODS: dict[str, Callable[[Request], float]] = {
    "plural": plural_likelihood,
    "echo": _echo_likelihood,
    "judge": _echo_likelihood,
    "down": _down_likelihood,
}
"""How likely a token of an answer is, in (0, 1), by name."""
