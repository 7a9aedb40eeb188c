"""The comparison of two candidates in words, and its examples as rows."""

from __future__ import annotations

from textual.content import Content

from promptopt.results.comparison import Chosen, Comparison
from promptopt.results.numbers import counted, short, signed, signed_with_error
from promptopt.runs.state import CandidateState, candidate_name
from tui.cells import shown
from tui.example_rows import ExampleRow
from tui.prompt_text import diff_parts, short_word_diff
from tui.run_words import score_text
from tui.themes import MUTED

SIDES = ("A", "B")


def side_name(chosen: Chosen, other: Chosen) -> str:
    """A candidate's name, with its run where the other one is of another run."""
    name = candidate_name(chosen.candidate)
    return name if chosen.run_id == other.run_id else f"{name} of {shown(chosen.run_id)}"


def side_content(
    sign: str, name: str, candidate: CandidateState | None, comparison: Comparison | None
) -> Content:
    """One of the two in a line: how it came to be, and its own score, on all it was scored on."""
    if candidate is None:
        return Content.assemble(
            (f"{sign} ", "bold $accent"), (f"{name}: no candidate has a score", MUTED)
        )
    parts = [(f"{sign} ", "bold $accent"), (name, "bold")]
    parts.append((f"  {shown(candidate.operation)} at step {candidate.step}", MUTED))
    if comparison is not None:
        score = candidate.test if comparison.split == "test" else candidate.dev
        parts += [(f"  {comparison.split} ", MUTED), (score_text(score), "")]
    parts.append((f"  {counted(len(candidate.text.split()), 'word')}", MUTED))
    return Content.assemble(*parts)


def comparison_content(comparison: Comparison) -> Content:
    """The paired difference with its interval, and what it is made of."""
    difference = comparison.difference
    if comparison.unlike:
        return Content.assemble((f"not to be subtracted: {shown(comparison.unlike)}", "$warning"))
    if difference is None:
        return Content.assemble((f"no {comparison.split} example that both were scored on", MUTED))
    tone = MUTED if difference.within_noise else "$success" if difference.mean > 0 else "$error"
    parts = [
        ("A − B ", MUTED),
        (signed_with_error(difference.mean, difference.stderr), f"bold {tone}"),
    ]
    if comparison.interval is not None:
        low, high = (signed(each) for each in comparison.interval)
        parts.append((f", 95% interval {low} to {high}", MUTED))
    parts.append((f" on the same n={difference.n}", MUTED))
    if difference.within_noise:
        parts.append((", within noise", MUTED))
    same = difference.n - difference.fixed - difference.broken
    parts += [
        ("\n", ""),
        (f"A better {difference.fixed}", "$success"),
        (" · ", MUTED),
        (f"B better {difference.broken}", "$error"),
        (f" · same {same}", MUTED),
    ]
    if difference.unpaired and comparison.first is not None and comparison.second is not None:
        one, two = short(comparison.first.mean), short(comparison.second.mean)
        parts.append((f" · there A {one}, B {two}", MUTED))
        parts.append((f" · {difference.unpaired} only one was scored on, left out", MUTED))
    return Content.assemble(*parts)


def words_content(first: CandidateState, second: CandidateState) -> Content:
    """What turns the prompt of B into that of A, word by word."""
    if first.text == second.text:
        return Content.assemble(("The same text.", MUTED))
    diff = short_word_diff(second.text, first.text)
    if diff is None:
        return Content.assemble(("Too long to compare on the screen; export both.", MUTED))
    heading = f"{counted(diff.distance, 'word')} changed\n\n"
    return Content.assemble((heading, MUTED), diff_parts(diff))


def compared_rows(comparison: Comparison) -> list[ExampleRow]:
    """The examples as rows: A's answer is the prediction, B's the one before."""
    return [
        ExampleRow(
            index=at,
            number=each.index,
            input=each.example.input,
            references=each.example.references,
            choices=each.example.choices,
            prediction=each.first.text if each.first else None,
            error=each.first.error if each.first else None,
            score=each.first.score if each.first else None,
            before=each.second.score if each.second else None,
            prediction_before=each.second.text if each.second else None,
            asked=each.first is not None,
            asked_before=each.second is not None,
        )
        for at, each in enumerate(comparison.examples)
    ]
