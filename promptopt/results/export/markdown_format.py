"""Markdown: a report for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from promptopt.results.candidates import lineage
from promptopt.results.front import objectives_of
from promptopt.results.method_text import method_text, settings_text
from promptopt.results.numbers import (
    counted,
    duration,
    gain,
    interval_text,
    shown_score,
    signed_with_error,
)
from promptopt.results.spending import cost_text, tokens_text
from promptopt.results.verdict import paired_details, verdict
from promptopt.results.visible import visible
from promptopt.runs.state import SEED_CANDIDATE, CandidateState, candidate_name

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource


def render(source: ExportSource) -> str:
    """The prompt in a fenced block, its scores beside the seed prompt's, and how it was found.

    Characters that cannot be seen are shown by stand-ins, and a note says so: a report is
    read, and may be read in a terminal.
    """
    sections = [
        _title(source),
        *_prompt(source),
        *_scores(source),
        *_as_sent(source),
        *_origin(source),
        *_lineage(source),
    ]
    return "\n\n".join(sections) + "\n"


def fenced(text: str) -> str:
    """`text` in a code block whose fence is longer than any run of backticks inside."""
    shown = visible(text, newlines=True)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def inline(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown or HTML would act on."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&])", r"\\\1", visible(text))


def _title(source: ExportSource) -> str:
    setup = source.state.setup
    return f"# Prompt for {inline(setup.task if setup else source.state.run_id)}"


def _prompt(source: ExportSource) -> list[str]:
    candidate = source.candidate
    sections = [fenced(candidate.text)]
    if visible(candidate.text, newlines=True) != candidate.text:
        sections.append(
            "The prompt holds tabs or characters that cannot be seen, shown here by stand-ins; "
            "the text and JSON exports hold it exactly."
        )
    if candidate.id == source.state.winner:
        sections.append(verdict(source.state, source.difference))
    elif source.state.winner is None:
        sections.append(
            "The search has not come to its end; this candidate was not compared on test."
        )
    else:
        winner = candidate_name(source.state.winner)
        sections.append(f"This is not the winner of the run, which is {winner}.")
    return sections


def _scores(source: ExportSource) -> list[str]:
    state, candidate = source.state, source.candidate
    metric = f" ({inline(state.setup.scored_by)})" if state.setup else ""
    rows = ["| | dev | test |", "|---|---|---|", _row("this prompt", candidate)]
    if state.seed_prompt is not None and candidate.id != SEED_CANDIDATE:
        rows.append(_row("seed prompt", state.seed_prompt))
        dev = gain(candidate.dev, state.seed_prompt.dev)
        test = gain(candidate.test, state.seed_prompt.test)
        rows.append(f"| gain | {dev} | {test} |")
    for name in objectives_of(state):
        scores = [candidate.objectives.get(split, {}).get(name) for split in ("dev", "test")]
        shown = " | ".join(map(shown_score, scores))
        rows.append(f"| {inline(name)}, {candidate_name(candidate.id)} | {shown} |")
    sections = [f"## Scores{metric}", "\n".join(rows)]
    difference = source.difference
    if difference is not None and candidate.id != SEED_CANDIDATE:
        size = signed_with_error(difference.mean, difference.stderr)
        noise = "; within the noise" if difference.within_noise else ""
        if (interval := difference.interval) is not None:
            size += f", {interval_text(interval)}"
        sections.append(f"Paired difference on test: {size}, {paired_details(difference)}{noise}.")
    sections.append(
        "± is the standard error, n the number of examples. Candidates were chosen on dev, so "
        "that dev flatters the chosen one; test was scored once, at the end."
    )
    return sections


def _as_sent(source: ExportSource) -> list[str]:
    task = source.task
    if task is None:
        return []
    whole = task.template.frame(source.candidate.text, task.demonstrations)
    return [
        "## As it was sent",
        "The scores belong to the whole of this; each example stood in the place of the "
        "placeholder.",
        fenced(whole),
    ]


def _row(name: str, candidate: CandidateState) -> str:
    label = f"{name}, {candidate_name(candidate.id)}"
    return f"| {label} | {shown_score(candidate.dev)} | {shown_score(candidate.test)} |"


def _origin(source: ExportSource) -> list[str]:
    state, candidate, setup = source.state, source.candidate, source.state.setup
    lines = [f"- run: {inline(state.run_id)}, {inline(state.status)}"]
    if state.reason:
        lines.append(f"- reason: {inline(state.reason)}")
    if state.limit:
        how = "cut short" if state.cut_short else "made smaller"
        lines.append(f"- {how} by the limit: {inline(state.limit)}")
    if setup is not None:
        lines += [
            f"- method: {inline(method_text(setup))}, seed {setup.seed}",
            f"- settings other than the method's own: {inline(settings_text(setup)) or 'none'}",
            f"- task model: {inline(setup.task_model)}",
            f"- optimizer model: {inline(setup.optimizer_model)}",
            f"- examples: train {setup.train}, dev {setup.dev}, test {setup.test}",
        ]
    made = f"- made by: {inline(candidate.operation)} in step {candidate.step}"
    if candidate.distance is not None:
        made += f", {counted(candidate.distance, 'word')} from its parent"
    if candidate.edit_budget is not None:
        made += f" of {counted(candidate.edit_budget, 'word')} allowed"
    if candidate.edit_outcome:
        made += f" ({inline(candidate.edit_outcome)})"
    lines.append(made)
    lines.append(f"- candidates: {len(state.candidates)}, and {state.rejected} rejected")
    usage = state.usage
    cost = cost_text(state)
    cost = f", {cost}" if cost else ""
    lines.append(
        f"- usage: {counted(usage.calls, 'call')}, {usage.cached_calls:,} answered from the "
        f"store, {tokens_text(state)}{cost}"
    )
    if state.last_at is not None:
        lines.append(f"- working time: {duration(state.seconds_active(state.last_at))}")
    return ["## How it was found", "\n".join(lines)]


def _lineage(source: ExportSource) -> list[str]:
    line = lineage(source.state, source.candidate)
    if len(line) < 2:
        return []
    items = [
        f"{number}. {candidate_name(each.id)}, {inline(each.operation)}, "
        f"dev {shown_score(each.dev)}: {inline(each.text)}"
        for number, each in enumerate(line, 1)
    ]
    return ["## Lineage", "\n".join(items)]
