"""What a run has spent against its caps, and what it will come to, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.llm.spend import shown_usd as shown_usd
from promptopt.results.numbers import counted

if TYPE_CHECKING:
    from promptopt.runs.state import RunState

_FREE = ("local", "scripted")


def is_free(state: RunState) -> bool:
    """Whether every model of the run runs on this machine."""
    if state.setup is None:
        return False
    return all(model.partition(":")[0] in _FREE for model in state.setup.models.values())


def spent_usd(state: RunState) -> float | None:
    """US dollars that the run has spent at the most, as they count against its limit.

    None where the price of a model is not known.
    """
    usd = state.usage.usd
    # Older runs did not count money.
    return 0.0 if usd is None and is_free(state) else usd


def cost_text(state: RunState) -> str:
    """ "at no cost", "$0.0123", "at a cost that is not known"; "" before anything was asked.

    "$4.82 and at most $5.90 more for 51 lost calls" where some may have cost something.
    """
    usage, usd, likely = state.usage, spent_usd(state), likely_usd(state)
    if is_free(state) and not usd:
        return "at no cost"
    if usd is None or likely is None:
        return "at a cost that is not known" if usage.calls else ""
    told = shown_usd(likely)
    if usage.untold:
        most = shown_usd(likely + usage.untold_excess)
        told = (
            f"about {told}, at most {most},"
            if usage.lost_usd
            else f"about {told} and at most {most}"
        )
    if usage.lost_usd:
        lost = counted(usage.lost, "lost call")
        told += f" and at most {shown_usd(usage.lost_usd)} more for {lost}"
    return told


def likely_usd(state: RunState) -> float | None:
    """US dollars spent on calls that were not lost; None where not known.

    Of calls of which no tokens were told, it is estimated.
    """
    usd, usage = spent_usd(state), state.usage
    if usd is None:
        return None
    # Whole picodollars, as they are counted.
    return max(0.0, round(usd - usage.untold_excess - usage.lost_usd, 12))


def usd_text(state: RunState) -> str:
    """ "$0.0123", "~$0.0123" where it is estimated; "" where nothing or not known.

    Lost calls are left out (see `lost_usd_text`).
    """
    usd = likely_usd(state)
    if not usd:
        return ""
    return f"{'~' if state.usage.untold else ''}{shown_usd(usd)}"


def lost_usd_text(state: RunState) -> str:
    """ "$5.90", the most that lost calls have cost; "" where that is nothing or not known."""
    known = spent_usd(state) is not None
    return shown_usd(state.usage.lost_usd) if known and state.usage.lost_usd else ""


def shown_tokens(state: RunState) -> tuple[int, int]:
    """Tokens of prompts and of completions, estimated where no endpoint told them."""
    usage = state.usage
    return (
        usage.prompt_tokens + usage.untold_prompt_tokens,
        usage.completion_tokens + usage.untold_completion_tokens,
    )


def tokens_text(state: RunState) -> str:
    """ "12,345 prompt and 678 completion tokens", and whether that is an estimate."""
    prompt, completion = shown_tokens(state)
    told = f"{prompt:,} prompt and {completion:,} completion tokens"
    untold = state.usage.untold
    if not untold:
        return told
    calls = counted(untold, "call")
    return f"about {told} (estimated: the endpoint told nothing of {calls})"


def caps_text(state: RunState) -> str:
    """The caps that are set: ", limit 2,000 calls, 50,000 tokens, $1.00"; "" where none is."""
    setup = state.setup
    if setup is None:
        return ""
    caps = []
    if setup.max_calls is not None:
        caps.append(f"{setup.max_calls:,} calls")
    if setup.max_tokens is not None:
        caps.append(f"{setup.max_tokens:,} tokens")
    if setup.max_usd is not None:
        caps.append(shown_usd(setup.max_usd))
    return f", limit {', '.join(caps)}" if caps else ""


def estimate_text(state: RunState) -> str:
    """What the run was expected to take: "about 98,000 tokens, $0.0345"; "" if nobody said."""
    expected = state.estimate
    if expected is None:
        return ""
    tokens = expected.prompt_tokens + expected.completion_tokens
    money = f", {shown_usd(expected.usd)}" if expected.usd else ""
    unknown = ", at a price that is not known" if expected.usd is None else ""
    return f"about {tokens:,} tokens{money}{unknown}"


def spent_parts(state: RunState, *, lost: bool = True) -> list[str]:
    """Tokens and money as far as they are capped, and money where it is known, spent so far.

    "12,400 of 50,000 tokens", "$0.0123 of $1.00"; while the run goes on, what it may come to:
    "$0.0123, up to ~$0.31 in all".

    Args:
        lost: whether to say how much of it may be for lost calls.
    """
    setup, usage = state.setup, state.usage
    if setup is None:
        return []
    parts = []
    lost_tokens = f"{usage.lost_tokens:,}" if lost and usage.lost_tokens else ""
    lost_usd = lost_usd_text(state) if lost else ""
    going_on = not state.ended and usage.calls > 0
    if setup.max_tokens is not None:
        part = f"{usage.tokens:,} of {setup.max_tokens:,} tokens{_for_lost(lost_tokens)}"
        if going_on and usage.forecast_tokens is not None:
            part += f", up to ~{min(usage.forecast_tokens, setup.max_tokens):,} in all"
        parts.append(part)
    usd = spent_usd(state)
    if setup.max_usd is not None or usd:
        part = shown_usd(usd) if usd is not None else "unknown"
        if setup.max_usd is not None:
            part += f" of {shown_usd(setup.max_usd)}{_for_lost(lost_usd)}"
        else:
            part = usd_text(state) or shown_usd(0.0)
            part += f" and at most {lost_usd} more for lost calls" if lost_usd else ""
        if going_on and usage.forecast_usd is not None:
            most = usage.forecast_usd if setup.max_usd is None else setup.max_usd
            part += f", up to ~{shown_usd(min(usage.forecast_usd, most))} in all"
        parts.append(part)
    return parts


def _for_lost(amount: str) -> str:
    return f" (at most {amount} of it for lost calls)" if amount else ""


def limits_line(state: RunState) -> str:
    """What stands against limits on tokens and money; "" where there are none.

    "counted against the limits, lost calls at their most: 17,139 of 20,000 tokens"
    """
    setup = state.setup
    if setup is None or (setup.max_tokens is None and setup.max_usd is None):
        return ""
    parts = spent_parts(state, lost=False)
    whose = "lost calls" + (" and those without usage" if state.usage.untold else "")
    return f"counted against the limits, {whose} at their most: {', '.join(parts)}"
