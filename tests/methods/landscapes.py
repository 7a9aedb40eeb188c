"""Landscapes: scripted models whose best instruction is known.

A landscape plays both roles. As task model it answers an example right or wrong by the quality of
the instruction. As optimizer model it does what it is told in the meta-prompt and knows nothing
but what is shown there:

- asked for an instruction by input-output pairs, it makes one up: each useful word is in it with
  some probability;
- asked for a variation, it changes a word or two at random;
- asked to improve on scored prompts, it compares them: what the words that only one of two has
  may be worth follows from their scores. It changes as many words as it may, those first that
  seem to harm, then those that tell nothing, at last those that seem to help or have lasted long.
  Where it may change everything, it writes everything anew, and what was good is lost. One prompt
  alone cannot be compared with anything.

So a search that is not shown a trajectory, or may change everything, does worse here by
construction: what is tested is that each part of a method reaches what it is for, not what it is
worth with a real model.

The seed prompt holds no useful word, so that the best instruction, which holds them all, is many
improvements away from it.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from promptopt.llm.model import Request, Response
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

from ..llm.asking import small_task

Kind = Literal["smooth", "deceptive", "noisy"]

_useful = "name the final letter twice in capital form"
USEFUL = tuple(_useful.split())
"""The best instruction: all of them, in any order."""

_lures = "kindly quickly briefly"
LURES = tuple(_lures.split())
"""In the deceptive landscape they help where few useful words are, and harm where many are."""

_filler = (
    "please handle this text somehow and report back now with care okay then maybe when you can "
    "try some more of it again"
)
FILLER = tuple(dict.fromkeys(_filler.split()))
"""They change nothing."""

SEED_PROMPT = "please handle this text somehow and report back"

WORDS = (*USEFUL, *LURES, *FILLER)

LONGEST = 12
"""Words beyond these cost quality: to say everything is no way out."""

WISDOM = 0.5
"""How often it takes a word that has shown to be good, where there is one; else it tries any."""

_scored = re.compile(r"^Prompt: (.*)\nScore: (-?[\d.]+)", re.MULTILINE)
_current = re.compile(r"^The current prompt is:\n(.*)", re.MULTILINE)
_limit = re.compile(r"change up to (\d+) words?", re.IGNORECASE)
_evaluated = re.compile(r"^Input: (?:train|dev|test) (\d+)$", re.MULTILINE)
_instruction = re.compile(r"^Instruction: (.*)", re.MULTILINE)


@dataclass
class Landscape:
    """A model in both roles.

    Attributes:
        kind: "smooth": every useful word helps as much as any other. "deceptive": the lures
            help, too, but the best instruction has none. "noisy": smooth, but each answer is
            right by chance, with the quality as its probability.
        seed: of all its chances.
        dev: examples that answers are spread over.
        insight: probability of each useful word in an instruction made from pairs.
        asked: what it was asked, in order.
    """

    kind: Kind
    seed: int = 0
    dev: int = 20
    insight: float = 0.7
    asked: list[Request] = field(default_factory=list)
    seeded: bool = True
    identity: str = "landscape"

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        prompt = request.prompt
        if _scored.search(prompt):
            return Response(f"<START>{self._improved(request)}<END>")
        if "Generate a variation" in prompt:
            base = re.findall(r"^Input: (.+)", prompt, re.MULTILINE)[-1]
            rng = self._rng(request)
            return Response(" ".join(_changed_at_random(base.split(), rng.randint(1, 2), rng)))
        instruction, rows = _instruction.search(prompt), _evaluated.findall(prompt)
        if instruction is not None and prompt.endswith("Output:"):
            return Response("yes" if self.is_right(instruction[1], int(rows[-1])) else "no")
        return Response(self._made_up(self._rng(request)))

    def quality(self, instruction: str) -> float:
        """The share of examples that are answered right under an instruction, in [0, 1]."""
        words = instruction.lower().split()
        present = set(words)
        good = sum(word in present for word in USEFUL)
        quality = 0.1 + 0.9 * good / len(USEFUL)
        if self.kind == "deceptive":
            lures = sum(word in present for word in LURES)
            quality += 0.08 * lures * (1 - 2 * good / len(USEFUL))
        return min(1.0, max(0.0, quality - 0.05 * max(0, len(words) - LONGEST)))

    def is_best(self, instruction: str) -> bool:
        """Whether no instruction is better."""
        return self.quality(instruction) == 1.0

    def is_right(self, instruction: str, row: int) -> bool:
        quality = self.quality(instruction)
        if self.kind == "noisy":
            return _draw(self.seed, instruction, row).random() < quality
        return (row + 0.5) / self.dev < quality

    def task(self) -> Task:
        """Examples "dev 0", "dev 1" and so on, which this model answers by yes or no."""
        splits = {
            name: tuple(Example(f"{name} {index}", ("yes",)) for index in range(count))
            for name, count in (("train", 8), ("dev", self.dev), ("test", 4))
        }
        return small_task(seed_prompt=SEED_PROMPT, **splits)

    def _rng(self, request: Request) -> random.Random:
        return _draw(self.seed, request.prompt, request.seed)

    def _made_up(self, rng: random.Random) -> str:
        words = [word for word in USEFUL if rng.random() < self.insight]
        extra = rng.sample((*LURES, *FILLER), rng.randint(1, 4))
        return " ".join([*words, *extra])

    def _improved(self, request: Request) -> str:
        """A better prompt as far as the ones that are shown tell."""
        rng = self._rng(request)
        prompt = request.prompt
        shown = [
            (frozenset(text.lower().split()), float(score))
            for text, score in _scored.findall(prompt)
        ]
        current = _current.search(prompt)
        words = (current[1] if current else _scored.findall(prompt)[-1][0]).lower().split()
        limit = _limit.search(prompt)
        places = [*words, *[""] * (LONGEST - len(words))]
        most = min(len(places), int(limit[1])) if limit else len(places)
        credit = _credit(shown)
        # What harms gives way first, and what helps last.
        lasted = Counter(word for text, _ in shown for word in text)

        def worth(at: int) -> tuple[float, int, float]:
            return credit.get(places[at], 0.0), lasted[places[at]], rng.random()

        for at in sorted(range(len(places)), key=worth)[: rng.randint((most + 1) // 2, most)]:
            places[at] = ""
            good = sorted(word for word in credit if credit[word] > 0 and word not in places)
            places[at] = rng.choice(good if good and rng.random() < WISDOM else WORDS)
        return " ".join(word for word in places if word)


class Unruly:
    """A landscape that is not told of the budget, so that it does not keep to it."""

    def __init__(self, land: Landscape) -> None:
        self._land = land
        self.seeded, self.identity = True, "unruly"
        self.start, self.close = land.start, land.close

    async def complete(self, request: Request) -> Response:
        words = {name: getattr(request, name) for name in request.__struct_fields__}
        prompt = request.prompt.replace("change up to", "change about")
        if request.history:
            prompt = request.history[0][0].replace("change up to", "change about")
        return await self._land.complete(Request(**words | {"prompt": prompt, "history": ()}))


def _credit(shown: Sequence[tuple[frozenset[str], float]]) -> dict[str, float]:
    """What each word seems to be worth: two prompts at a time are compared, and the words that
    only one of them has share the difference of their scores."""
    credit: dict[str, float] = {}
    for (one, score), (other, other_score) in itertools.combinations(shown, 2):
        differing = one ^ other
        for word in differing:
            gain = score - other_score if word in one else other_score - score
            credit[word] = credit.get(word, 0.0) + gain / len(differing)
    return credit


def _changed_at_random(words: Sequence[str], changes: int, rng: random.Random) -> list[str]:
    """Words with some of them replaced, or with some more."""
    changed = list(words)
    for _ in range(changes):
        at = rng.randrange(LONGEST)
        changed[at : at + 1] = [rng.choice(WORDS)]
    return changed


def _draw(*parts: object) -> random.Random:
    """A generator that depends on the parts alone."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest, "big"))
