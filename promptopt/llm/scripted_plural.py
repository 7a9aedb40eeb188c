"""`scripted:plural`: both parts of a search on plurals, without a model."""

from __future__ import annotations

import re

from promptopt.llm.drawing import draw
from promptopt.llm.model import Request

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


def plural(request: Request) -> str:
    """What it says."""
    prompt = request.prompt
    seed = str(request.seed)
    if request.history:
        # Asked for its final answer, it sticks to what it said.
        return request.history[-1][1]
    if "Generate a variation" in prompt:
        found = re.search(r"Input: (.+)", prompt)
        base = (found[1] if found else "").strip().rstrip(".")
        choice = int(draw("vary", prompt, seed) * len(_endings))
        return f" {base}{_endings[choice]}."
    improving = "<START>" in prompt
    if improving or request.suffix or "The instruction was" in prompt:
        verb = _verbs[int(draw("verb", prompt, seed) * len(_verbs))]
        thing = _objects[int(draw("object", prompt, seed) * len(_objects))]
        ending = _endings[int(draw("ending", prompt, seed) * len(_endings))]
        if improving:
            return f"<START>{verb} {thing}{ending}.<END>"
        text = f"{verb.lower()} {thing}{ending}"
        # What fills a gap ends where the text behind the gap goes on.
        return f" {text}" if request.suffix else f" to {text}."
    noun = last_input(prompt)
    skill = plural_skill(_instruction(prompt))
    return " " + (pluralise(noun) if draw("answer", noun, prompt) < skill else noun)


def plural_likelihood(request: Request) -> float:
    """How likely it finds a token of the answer: its skill for a plural, else what is left."""
    skill = plural_skill(_instruction(request.prompt))
    right = request.answer.strip() == pluralise(last_input(request.prompt))
    return skill if right else 1 - skill


def last_input(prompt: str) -> str:
    """What stands behind the last "Input:"."""
    inputs = re.findall(r"Input: (.*)", prompt)
    return inputs[-1].strip() if inputs else ""


def _instruction(prompt: str) -> str:
    found = re.search(r"Instruction: (.*)", prompt) or re.search(r"\n(.*)\nOutput:$", prompt)
    return found[1] if found else ""
