"""A run in plain lines, for logs, pipes and terminals without escape codes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from promptopt.results.front import objectives_of
from promptopt.results.going_on import going_on
from promptopt.results.method_text import method_text
from promptopt.results.numbers import counted, duration, gain, shown_score
from promptopt.results.spending import (
    caps_text,
    cost_text,
    estimate_text,
    limits_line,
    spent_parts,
    tokens_text,
)
from promptopt.results.trouble import TroubleLines
from promptopt.results.verdict import others_above, verdict
from promptopt.results.visible import visible
from promptopt.results.waiting import seen_status, waiting_text
from promptopt.runs.state import (
    SEED_CANDIDATE,
    CurvePoint,
    IdleStage,
    RunState,
    candidate_name,
)
from promptopt.tasks.task import regime

if TYPE_CHECKING:
    from pathlib import Path

    from promptopt.evaluation.score import Score
    from promptopt.results.statistics import PairedDifference
    from promptopt.runs.state import CandidateState

_splits = ("dev", "test", "test-other")


class ProgressLines:
    """Says what is new in a state, a line for each stage and each thing that matters.

    Whoever shows the progress keeps the state up to date and asks for `new_lines` at its own
    pace. There is never a line for a single call or a single candidate. Every line begins with
    the working time of the run and is safe for a terminal.

    Args:
        told: how many lines of the state's log are of before and not told again: the warnings of an
            engine that is gone. That an endpoint is out which still is, is.
    """

    def __init__(self, state: RunState, told: int = 0) -> None:
        self._state = state
        self._started = False
        self._stage: tuple[str, int] = ("", 0)
        self._points = 0
        self._idle = 0
        self._log_lines = told
        self._told = TroubleLines()
        self._winner: int | None = None
        self._status = "new"
        self._attempt = 0
        self._waits = waiting_text(state) if told else ""

    def new_lines(self) -> list[str]:
        """The lines for what happened since the last call; none if nothing did."""
        state = self._state
        if len(state.curve) < self._points or len(state.idle) < self._idle:
            # The search was begun anew.
            self._points, self._idle, self._winner, self._stage = 0, 0, None, ("", 0)
        lines = [
            *self._start(),
            *self._trouble(),
            *self._selected(),
            *self._new_stage(),
            *self._chosen(),
            *self._new_status(),
        ]
        elapsed = duration(state.seconds_active(state.last_at)) if state.last_at else "0s"
        return [f"{elapsed:>7}  {visible(line)}" for line in lines]

    def _start(self) -> list[str]:
        state, lines = self._state, []
        if state.attempt > max(1, self._attempt):
            lines.append(f"resumed, attempt {state.attempt}")
        self._attempt = state.attempt
        if self._waits:
            lines.append(f"waiting: {self._waits}")
            self._waits = ""
        setup = state.setup
        if setup is not None and not self._started:
            self._started = True
            about = f", {estimate_text(state)}" if state.estimate is not None else ""
            lines.append(
                f"{method_text(setup)} on {setup.task} ({setup.scored_by}): train {setup.train}, "
                f"dev {setup.dev}, test {setup.test}; up to {setup.planned_calls:,} calls{about}"
                f"{caps_text(state)}"
            )
        return lines

    def _trouble(self) -> list[str]:
        new = self._state.log_total - self._log_lines
        self._log_lines = self._state.log_total
        recent = list(self._state.log)[-new:] if new else []
        found = [line for line in recent if line.level in ("warning", "error")]
        # How a run ended is said by its status.
        found = [line for line in found if not line.text.startswith("run failed")]
        return self._told.of(found, ended=self._state.ended)

    def _selected(self) -> list[str]:
        curve, idle = self._state.curve, self._state.idle
        done = [(number, 0, _point_line(each)) for number, each in enumerate(curve)][self._points :]
        done += [(each.points, -1, _idle_line(each)) for each in idle[self._idle :]]
        self._points, self._idle = len(curve), len(idle)
        return [line for *_, line in sorted(done, key=lambda each: each[:2])]

    def _new_stage(self) -> list[str]:
        state = self._state
        if (state.stage, state.step) == self._stage or not state.stage:
            return []
        self._stage = (state.stage, state.step)
        # The stage of a step is called by its number already; that of the last ones tells nothing.
        named = state.stage == f"step {state.step}" or state.stage.startswith(("final", "test"))
        step = f", step {state.step}" if state.step and not named else ""
        known = len(state.candidates)
        so_far = f"; {counted(known, 'candidate')} so far" if known > 1 else ""
        return [f"{state.stage}{step}: up to {counted(state.stage_calls, 'call')}{so_far}"]

    def _chosen(self) -> list[str]:
        state = self._state
        if state.winner == self._winner or state.winner is None:
            return []
        self._winner = state.winner
        best = state.candidates[state.winner]
        whose = ", the seed prompt" if best.id == SEED_CANDIDATE else ""
        name = candidate_name(best.id)
        return [f"winner on dev: {name}{whose}, {shown_score(best.dev)}"]

    def _new_status(self) -> list[str]:
        state, before = self._state, self._status
        self._status = state.status
        if state.status == before:
            return []
        said = {
            "paused": "paused",
            "stopping": "stopping: waiting for the calls in flight",
            "done": "done",
            "stopped": "stopped",
            "failed": "failed",
        }
        if state.status == "running":
            return ["going on"] if before == "paused" else []
        line = said.get(state.status, state.status)
        return [f"{line}: {state.reason}" if state.reason else line]


def status_line(state: RunState, now: float) -> str:
    """Where a live run stands, in one line; empty before its first stage.

    Args:
        now: the time, in seconds since the epoch.
    """
    if state.setup is None or not state.stage:
        return ""
    calls = state.usage.calls
    limit = state.setup.max_calls or state.setup.planned_calls
    status = seen_status(state.status, state)
    doing = f"waiting, {waiting_text(state, now)}" if status == "waiting" else status
    parts = [
        duration(state.seconds_active(now)),
        state.stage if status == "running" else f"{state.stage}, {doing}",
        f"{calls:,} of up to {min(limit, state.setup.planned_calls):,} calls",
    ]
    parts += spent_parts(state)
    if state.usage.retries or state.usage.failures:
        parts.append(
            f"{counted(state.usage.retries, 'retry', 'retries')}, {state.usage.failures:,} failed"
        )
    best = state.best
    if best is not None and best.dev is not None:
        parts.append(f"best {candidate_name(best.id)} {shown_score(best.dev)}")
    return f"{parts[0]:>7}  " + " · ".join(parts[1:])


def final_lines(
    state: RunState,
    difference: PairedDifference | None = None,
    *,
    status: str | None = None,
    prompt_file: Path | None = None,
    now: float | None = None,
) -> list[str]:
    """What stands at the end of a run: the prompt, its scores, and what they are worth.

    Args:
        difference: winner minus seed prompt on test, from `stored_difference`.
        status: stands for the state's own, where more is known (an engine that has died).
        prompt_file: where `state.prompt_file` is found.
        now: the time, in seconds since the epoch, to tell for how long an endpoint is out.
    """
    status = status or state.status
    reason = f": {visible(state.reason)}" if state.reason else ""
    lines = [f"run {visible(state.run_id)} {seen_status(status, state)}{reason}"]
    if seen_status(status, state) == "waiting":
        lines.append(waiting_text(state, now))
    if state.limit:
        how = "cut the search short" if state.cut_short else "made the search smaller"
        lines.append(f"the limit {visible(state.limit)} {how}")
    best = state.best
    if best is not None:
        title = "best prompt" if state.winner is not None else "best prompt so far"
        lines += ["", f"{title}, {candidate_name(best.id)}:"]
        lines += [f"    {line}" for line in visible(best.text, newlines=True).split("\n")]
        lines += ["", *_score_lines(state)]
    lines += ["", verdict(state, difference)]
    if others := others_above(state):
        lines.append(others)
    lines.append(usage_line(state))
    limits = limits_line(state)
    if limits:
        lines.append(limits)
    run = shlex.quote(visible(state.run_id))
    if command := going_on(state, status):
        lines.append(f"go on with:  {command}")
    if prompt_file is not None:
        lines.append(f"it stands in: {visible(str(prompt_file))}")
    if best is not None:
        lines.append(f"take it out: promptopt export {run} --format text -o prompt.txt")
    return lines


def usage_line(state: RunState) -> str:
    """ "312 calls (20 more answered from the store), …" """
    usage = state.usage
    cached = f" ({usage.cached_calls:,} more answered from the store)" if usage.cached_calls else ""
    failed = f", {usage.failures:,} failed" if usage.failures else ""
    cost = cost_text(state)
    cost = f", {cost}" if cost else ""
    seconds = state.seconds_active(state.last_at) if state.last_at else 0.0
    return (
        f"{counted(usage.calls, 'call')}{cached}{failed}, {tokens_text(state)}{cost}, "
        f"{duration(seconds)}"
    )


def _score_lines(state: RunState) -> list[str]:
    best, seed = state.best, state.seed_prompt
    setup = state.setup
    heads = ["dev", "test"]
    if setup is not None and setup.other_demonstrations is not None:
        heads = ["dev", f"test {regime(setup.demonstrations or 0)}"]
        heads.append(f"test {regime(setup.other_demonstrations)}")
    rows = [["", *heads]]

    def scores(candidate: CandidateState) -> list[Score | None]:
        return [candidate.dev, candidate.test, candidate.test_other][: len(heads)]

    if best is not None and best.id != SEED_CANDIDATE:
        rows.append([candidate_name(best.id), *map(shown_score, scores(best))])
    if seed is not None:
        rows.append(["seed prompt", *map(shown_score, scores(seed))])
    if best is not None and seed is not None and best.id != SEED_CANDIDATE:
        rows.append(["gain", *map(gain, scores(best), scores(seed))])
    if best is not None:
        for name in objectives_of(state):
            parts = [best.objectives.get(split, {}).get(name) for split in _splits[: len(heads)]]
            rows.append([f"{candidate_name(best.id)} {visible(name)}", *map(shown_score, parts)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads) + 1)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _point_line(point: CurvePoint) -> str:
    seed = f", seed prompt {shown_score(point.seed)}" if point.seed else ""
    return (
        f"{point.stage} done: best {shown_score(point.best)}, mean {point.mean:.3f}{seed}, "
        f"after {counted(point.calls, 'call')}"
    )


def _idle_line(stage: IdleStage) -> str:
    return (
        f"{stage.stage} done: no proposal to score, best {shown_score(stage.best)}, "
        f"after {counted(stage.calls, 'call')}"
    )
