"""The header of a run: where it is, what it has used, what it has found. A line for each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from promptopt.results.expectation import expected
from promptopt.results.numbers import counted, duration, signed_with_error
from promptopt.results.spending import (
    lost_usd_text,
    shown_tokens,
    shown_usd,
    spent_usd,
    usd_text,
)
from promptopt.results.statistics import PairedDifference
from promptopt.runs.state import CandidateState, RunState, candidate_name
from tui.cells import fit, shown
from tui.run_feed import RunFeed
from tui.run_words import (
    STATUS_SIGNS,
    STATUS_TONES,
    ago,
    calls_text,
    is_tested,
    limit_text,
    score_text,
    seen_status,
    share_done,
    stage_text,
    status_word,
    waiting_text,
)
from tui.themes import MUTED

Part = tuple[str, str]
"""A piece of a line and the style of it, in the theme's variables."""

WIDE = 98
"""Cells from which on there is room for more than the least."""

SEPARATOR: Part = (" · ", "$border-blurred")

# An engine at work writes events all the time; silence this long is worth a look.
SECONDS_OF_SILENCE = 20


def header_lines(feed: RunFeed, width: int, now: float) -> list[Content]:
    """The header in lines of at most `width` cells; parts that do not fit are left out."""
    lines = [_line(_where(feed), width, _data_age(feed, now))]
    state = feed.state
    if state.ended and state.reason:
        # A line of its own: why a run ended is never what there is no room for.
        reason = (fit(shown(state.reason), width).rstrip(), f"${_tone(feed)}")
        lines.append(Content.assemble(reason))
    if seen_status(feed.status, state) == "waiting":
        told = fit(waiting_text(state, now), width).rstrip()
        lines.append(Content.assemble((told, f"${_tone(feed)}")))
    lines += [
        _line(_spent(feed, width, now), width),
        _line(_found(feed, width), width),
    ]
    tested = _tested(feed, width)
    if tested:
        lines.append(_line(tested, width))
    return lines


def _where(feed: RunFeed) -> list[list[Part]]:
    state, setup = feed.state, feed.state.setup
    status = seen_status(feed.status, state)
    word = status_word(status, feed.asked).upper()
    parts: list[list[Part]] = [
        [(f"{STATUS_SIGNS.get(status, '·')} {word}", f"bold ${_tone(feed)}")],
        [(shown(feed.run_id), "bold")],
    ]
    if asked := feed.asked_here.text:
        parts.insert(1, [(f"{asked}…", "$warning")])
    if state.stage and not state.ended:
        parts.append([("stage ", MUTED), (stage_text(state), "$primary")])
    if state.limit and not (state.ended and state.reason):
        parts.append([(limit_text(state), "$warning" if state.cut_short else MUTED)])
    if setup is not None:
        parts.append([(f"{shown(setup.method)} on {shown(setup.task)}", MUTED)])
        parts.append([(shown(setup.scored_by), MUTED)])
        parts.append([(shown(setup.task_model), MUTED)])
    if state.prompt_file:
        parts.append([("prompt in ", MUTED), (shown(state.prompt_file), MUTED)])
    return parts


def _tone(feed: RunFeed) -> str:
    return STATUS_TONES.get(seen_status(feed.status, feed.state), "foreground")


def _data_age(feed: RunFeed, now: float) -> Part:
    state = feed.state
    if feed.trouble:
        return "store cannot be read", "bold $error"
    if feed.behind:
        return f"reading event {state.last_seq:,}…", MUTED
    if state.last_at is None:
        return "no events yet", MUTED
    age = now - state.last_at
    if state.ended:
        # Marks and remarks may have come since.
        return f"ended {ago(now - (state.ended_at or state.last_at))} ago", MUTED
    if not feed.alive:
        return f"no engine, last event {ago(age)} ago", "$error"
    if feed.status == "running" and age > SECONDS_OF_SILENCE:
        return f"silent for {ago(age)}", "$warning"
    return f"live {ago(age)}", MUTED


def _spent(feed: RunFeed, width: int, now: float) -> list[list[Part]]:
    state, usage, setup = feed.state, feed.state.usage, feed.state.setup
    cap = setup.max_calls if setup is not None else None
    tone = _near(usage.calls, cap, state) if cap is not None else ""
    parts: list[list[Part]] = [[("calls ", MUTED), (calls_text(state), tone)]]
    share = share_done(state)
    if share is not None:
        # What is done of what is expected, which is mostly less than the limit.
        bar = _bar(share, 20 if width >= WIDE else 8, "$primary")
        parts.append([*bar, (f" {share:.0%}", "")])
    parts += _capped(state)
    parts.append(_count(state.rejected, "rejected", ""))
    parts.append(_count(usage.failures, "errors", "$error"))
    parts.append(_count(usage.retries, "retries", "$warning"))
    left = feed.seconds_left()
    if left is not None:
        whole = expected(state)
        most = "up to " if whole is not None and whole.bound else ""
        parts.append([("left ", MUTED), (f"{most}~{duration(left)}", "")])
    parts.append([("active ", MUTED), (duration(state.seconds_active(now)), "")])
    rate = feed.rate()
    if rate is not None:
        parts.append([(f"{rate:.1f}/s", "")])
    if feed.live and usage.in_flight:
        parts.append([(f"{usage.in_flight} in flight", "")])
    if setup is not None and setup.max_calls is not None:
        parts.append([("plan ", MUTED), (f"{setup.planned_calls:,}", "")])
    if usage.cached_calls:
        parts.append([("cached ", MUTED), (f"{usage.cached_calls:,}", "")])
    tokens = sum(shown_tokens(state))
    if tokens and (setup is None or setup.max_tokens is None):
        about = "~" if usage.untold else ""
        parts.append([("tokens ", MUTED), (about + _thousands(tokens), "")])
    usd = usd_text(state)
    if usd and (setup is None or setup.max_usd is None):
        parts.append([("cost ", MUTED), (usd, "")])
    if lost := lost_usd_text(state):
        # At the most; where there is a limit on money, it is a part of what stands against that.
        parts.append([("lost calls ", MUTED), (f"{usage.lost:,}, ≤{lost}", "")])
    return parts


def _capped(state: RunState) -> list[list[Part]]:
    """Tokens and money against their caps."""
    setup, usage = state.setup, state.usage
    parts = []
    if setup is not None and setup.max_tokens is not None:
        tone = _near(usage.tokens, setup.max_tokens, state)
        told = f"{_thousands(usage.tokens)} of {_thousands(setup.max_tokens)}"
        parts.append([("tokens ", MUTED), (told, tone)])
    if setup is not None and setup.max_usd is not None:
        usd = spent_usd(state)
        tone = _near(usd or 0.0, setup.max_usd, state)
        told = "unknown" if usd is None else shown_usd(usd)
        parts.append([("cost ", MUTED), (f"{told} of {shown_usd(setup.max_usd)}", tone)])
    return parts


def _near(spent: float, cap: float, state: RunState) -> str:
    return "$warning" if spent >= 0.9 * cap and not state.ended else ""


def _bar(share: float, cells: int, tone: str) -> list[Part]:
    """A bar that grows by halves of a cell; heavy and light, so that it needs no colour."""
    halves = round(share * cells * 2)
    filled = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return [(filled, tone), ("─" * (cells - len(filled)), "$border-blurred")]


def _count(count: int, what: str, tone: str) -> list[Part]:
    return [(f"{what} ", MUTED), (f"{count:,}", f"bold {tone}" if count and tone else "")]


def _thousands(count: int) -> str:
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1_000:,.0f}k" if count < 10_000_000 else f"{count / 1_000_000:,.1f}M"


def _found(feed: RunFeed, width: int) -> list[list[Part]]:
    state, best, seed = feed.state, feed.best, feed.state.seed_prompt
    if best is None:
        candidates = counted(len(state.candidates), "candidate")
        return [[("best ", MUTED), (f"no score yet, {candidates}", "")]]
    label = "best dev " if width >= WIDE else "dev  "
    parts = [[(label, MUTED), ("★ ", "$accent"), *_scored(state, best)]]
    parts += _gain(feed.gain("dev"), width)
    if seed is not None and seed is not best:
        parts.append([("seed ", MUTED), (score_text(seed.dev), "")])
    return parts


def _scored(state: RunState, candidate: CandidateState) -> list[Part]:
    partial = "" if state.is_complete(candidate) else "~"
    score = partial + score_text(candidate.dev)
    return [(score, "bold $accent"), (f" {candidate_name(candidate.id)}", "")]


def _gain(difference: PairedDifference | None, width: int) -> list[list[Part]]:
    if difference is None:
        return []
    tone = "$success" if difference.mean > 0 else "$error"
    part = [
        ("gain ", MUTED),
        (
            signed_with_error(difference.mean, difference.stderr),
            MUTED if difference.within_noise else f"bold {tone}",
        ),
    ]
    if width >= WIDE:
        noise = " within noise" if difference.within_noise else ""
        part.append((f"{noise} on the same n={difference.n}", MUTED))
    return [part]


def _tested(feed: RunFeed, width: int) -> list[list[Part]]:
    """The sealed split's scores, once there are any."""
    best, seed = feed.best, feed.state.seed_prompt
    if best is None or best.test is None:
        return []
    name = " " + candidate_name(best.id)
    label = "test     " if width >= WIDE else "test "
    score = ("" if is_tested(feed.state) else "~") + score_text(best.test)
    parts: list[list[Part]] = [[(label, MUTED), ("★ ", "$accent"), (score, "bold"), (name, "")]]
    parts += _gain(feed.gain("test"), width)
    if seed is not None and seed is not best and seed.test is not None:
        parts.append([("seed ", MUTED), (score_text(seed.test), "")])
    return parts


def _line(parts: Sequence[Sequence[Part]], width: int, right: Part | None = None) -> Content:
    """Parts in a line, as many as fit, with `right` at its right end."""
    if right and cell_len(right[0]) > width // 2:
        right = None
    room = width - (cell_len(right[0]) + 2 if right else 0)
    line: list[Part] = []
    used = 0
    for index, part in enumerate(parts):
        pieces = [SEPARATOR, *part] if index else list(part)
        length = sum(cell_len(text) for text, _ in pieces)
        if used + length > room:
            if index < 2 and room - used > 8:  # the status and the run's name are always there
                pieces = _cut(pieces, room - used)
                line += pieces
                used += sum(cell_len(text) for text, _ in pieces)
            break
        line += pieces
        used += length
    if right:
        line += [(" " * max(1, width - used - cell_len(right[0])), ""), right]
    return Content.assemble(*line)


def _cut(pieces: Sequence[Part], room: int) -> list[Part]:
    cut: list[Part] = []
    for text, style in pieces:
        length = cell_len(text)
        cut.append((text if length <= room else fit(text, max(0, room)), style))
        room -= min(length, room)
    return cut
