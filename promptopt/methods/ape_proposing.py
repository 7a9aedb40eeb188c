"""How APE asks for instructions: the queries of its modes, and reading what comes back."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.ape_template import GAP, Gapped, fill_template
from promptopt.methods.prompts import fill
from promptopt.methods.proposals import clean
from promptopt.methods.search import Query
from promptopt.tasks.example import Example
from promptopt.tasks.template import Template, show_input

PREFIX_OPENING = "Let's"
"""How a reasoning prefix begins (section 4.3)."""

_numbers = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_sentence = re.compile(r"(?<=[.!?])\s+|\n")

# What stands in the gap is part of a sentence that ends with the full stop.
_worked = f"Q: {{input}}\nA: {PREFIX_OPENING} {GAP}. {{output}}\n\n"


def proposal_queries(
    settings: ApeSettings,
    template: Template,
    examples: Sequence[Example],
    draws: random.Random,
    *,
    infill: bool,
) -> Iterator[Query]:
    """The queries for new instructions, each with demonstrations of its own, without end.

    Args:
        settings: the mode and the number of demonstrations.
        template: how a pair is written.
        examples: what demonstrations are drawn from; for a reasoning prefix, their references
            are the answers worked out.
        draws: what they are drawn with.
        infill: whether the optimizer model takes a text with a suffix. If not, a gap that is
            not at the end is shown to it, and it is asked what belongs there.
    """
    shown = min(settings.demonstrations, len(examples))
    while True:
        drawn = draws.sample(examples, shown)
        if settings.target == "reasoning_prefix":
            yield _reasoning_query(drawn, infill=infill)
        else:
            pairs = "".join(map(template.render_demonstration, drawn))
            text = fill_template(settings.meta_prompt, pairs, _counted(shown))
            yield _gap_query(text, infill=infill)


def opening_of(settings: ApeSettings) -> str:
    """What every candidate has to begin with."""
    return PREFIX_OPENING if settings.target == "reasoning_prefix" else ""


def reader(settings: ApeSettings, *, infill: bool) -> Callable[[str], str]:
    """What turns a reply to a query into an instruction.

    Args:
        settings: the target.
        infill: whether the reply filled a gap behind the opening of a reasoning prefix.
    """
    if settings.target == "instruction":
        return clean
    return _read_gap if infill else _read_prefix


def _gap_query(text: Gapped, *, infill: bool) -> Query:
    if not text.after:
        # White space at the end would make the model go on with half a word.
        return Query(text.before.rstrip())
    if infill:
        return Query(text.before.rstrip(), suffix=text.after)
    return Query(fill("ape_infill", text=text.shown()))


def _reasoning_query(worked: Sequence[Example], *, infill: bool) -> Query:
    if infill:
        # There can be one gap only, so there is one worked answer.
        opened = f"Q: {show_input(worked[0])}\nA: {PREFIX_OPENING}"
        before = fill("ape_reasoning", pairs=opened)
        suffix = f". {worked[0].references[0]}"
        return Query(before, suffix=suffix, begins=PREFIX_OPENING)
    layout = Template(demonstration=_worked)
    pairs = "".join(map(layout.render_demonstration, worked)).rstrip()
    text = fill("ape_reasoning", pairs=pairs)
    return Query(fill("ape_infill_reasoning", text=text), begins=PREFIX_OPENING)


def _read_prefix(reply: str) -> str:
    """The first sentence. One that does not begin as it should is for the guards to refuse."""
    text = _sentence.split(clean(reply).replace("’", "'"), maxsplit=1)[0]
    return text if not text or text[-1] in ".:!?" else f"{text}."


def _read_gap(reply: str) -> str:
    """The words of a gap behind "Let's", which a model may have repeated."""
    text = clean(reply).replace("’", "'")
    if text.casefold().startswith(PREFIX_OPENING.casefold()):
        return _read_prefix(text)
    return _read_prefix(f"{PREFIX_OPENING} {text[:1].lower()}{text[1:]}") if text else ""


def _counted(inputs: int) -> str:
    """ "one input", "five inputs", "12 inputs"."""
    number = _numbers[inputs] if inputs < len(_numbers) else str(inputs)
    return f"{number} input" if inputs == 1 else f"{number} inputs"
