"""Scripted models: deterministic, instant, without a model. For tests and for trying out.

`scripted:plural` plays both parts of a search on `plurals`: as task model it writes the plural
of the last input, more often the more an instruction says what to do; as optimizer model it
proposes instructions of mixed quality, and varies one that it is given. `scripted:echo`
repeats the last input. `scripted:down` never answers.

Options follow a question mark: `scripted:plural?delay=0.05` waits that many seconds a call,
`fail=0.1` lets that share of the questions fail in passing.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from promptopt.errors import InputError
from promptopt.llm.errors import RetryableError
from promptopt.llm.model import Request, Response
from promptopt.llm.settings import ModelSettings


class ScriptedModel:
    """A deterministic model.

    Args:
        settings: of kind "scripted"; the name may carry options.
    """

    seeded = True

    def __init__(self, settings: ModelSettings) -> None:
        name, _, options = settings.name.partition("?")
        self.identity = f"scripted:{settings.name}"
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
        if key not in self._failed and _draw("fail", key.hex()) < self._fail:
            self._failed.add(key)
            raise RetryableError("a scripted failure")
        text = self._script(request)
        return Response(text, "stop", len(request.prompt.split()), len(text.split()))


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


def _draw(*parts: str) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


# scripted:plural

_verbs = ("Write", "Give", "Say", "Find", "Form")
_objects = (
    "the plural",
    "the plural form of the noun",
    "a word",
    "the opposite",
    "more than one of the thing",
    "the word again",
)
_endings = ("", " of each word", " for the input", " correctly", ", please")
_skills = {"plural": 0.45, "form": 0.1, "noun": 0.1, "more than one": 0.3, "each": 0.05}
_floor = 0.25


def plural_skill(instruction: str) -> float:
    """How often `scripted:plural` is right under an instruction: from .25 to .95."""
    lower = instruction.lower()
    gained = sum(share for phrase, share in _skills.items() if phrase in lower)
    return min(0.95, _floor + gained)


def pluralise(noun: str) -> str:
    """The regular English plural."""
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def _plural(request: Request) -> str:
    prompt = request.prompt
    seed = str(request.seed)
    if "Generate a variation" in prompt:
        found = re.search(r"Input: (.+)", prompt)
        base = (found[1] if found else "").strip().rstrip(".")
        choice = int(_draw("vary", prompt, seed) * len(_endings))
        return f" {base}{_endings[choice]}."
    if "The instruction was" in prompt:
        verb = _verbs[int(_draw("verb", prompt, seed) * len(_verbs))]
        thing = _objects[int(_draw("object", prompt, seed) * len(_objects))]
        ending = _endings[int(_draw("ending", prompt, seed) * len(_endings))]
        return f" to {verb.lower()} {thing}{ending}."
    instruction = re.search(r"Instruction: (.*)", prompt)
    noun = _last_input(prompt)
    skill = plural_skill(instruction[1] if instruction else "")
    return " " + (pluralise(noun) if _draw("answer", noun, prompt) < skill else noun)


def _echo(request: Request) -> str:
    return " " + _last_input(request.prompt)


def _down(_request: Request) -> str:
    raise RetryableError("a scripted failure that never ends")


def _last_input(prompt: str) -> str:
    inputs = re.findall(r"Input: (.*)", prompt)
    return inputs[-1].strip() if inputs else ""


SCRIPTS: dict[str, Callable[[Request], str]] = {"plural": _plural, "echo": _echo, "down": _down}
