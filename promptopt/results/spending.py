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
    """US dollars that the run has spent; None where the price of a model is not known."""
    usd = state.usage.usd
    # Older runs did not count money.
    return 0.0 if usd is None and is_free(state) else usd


def cost_text(state: RunState) -> str:
    """ "at no cost", "$0.0123", "at a cost that is not known"; "" before anything was asked."""
    if is_free(state) and not spent_usd(state):
        return "at no cost"
    usd = spent_usd(state)
    if usd is None:
        return "at a cost that is not known" if state.usage.calls else ""
    if state.usage.untold:
        return f"about {shown_usd(likely_usd(state) or 0.0)} and at most {shown_usd(usd)}"
    return shown_usd(usd)


def likely_usd(state: RunState) -> float | None:
    """US dollars spent, calls of which no tokens were told estimated; None where not known."""
    usd = spent_usd(state)
    return None if usd is None else max(0.0, usd - state.usage.untold_excess)


def usd_text(state: RunState) -> str:
    """ "$0.0123", "~$0.0123" where it is estimated; "" where nothing or not known."""
    usd = likely_usd(state)
    if not usd:
        return ""
    return f"{'~' if state.usage.untold else ''}{shown_usd(usd)}"


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


def spent_parts(state: RunState) -> list[str]:
    """Tokens and money as far as they are capped, and money where it is known, spent so far.

    "12,400 of 50,000 tokens", "$0.0123 of $1.00"; while the run goes on, what it may come to:
    "$0.0123, up to ~$0.31 in all".
    """
    setup, usage = state.setup, state.usage
    if setup is None:
        return []
    parts = []
    going_on = not state.ended and usage.calls > 0
    if setup.max_tokens is not None:
        part = f"{usage.tokens:,} of {setup.max_tokens:,} tokens"
        if going_on and usage.forecast_tokens is not None:
            part += f", up to ~{min(usage.forecast_tokens, setup.max_tokens):,} in all"
        parts.append(part)
    usd = spent_usd(state)
    if setup.max_usd is not None or usd:
        part = shown_usd(usd) if usd is not None else "unknown"
        if setup.max_usd is not None:
            part += f" of {shown_usd(setup.max_usd)}"
        else:
            part = usd_text(state) or part
        if going_on and usage.forecast_usd is not None:
            most = usage.forecast_usd if setup.max_usd is None else setup.max_usd
            part += f", up to ~{shown_usd(min(usage.forecast_usd, most))} in all"
        parts.append(part)
    return parts


def limits_line(state: RunState) -> str:
    """What stands against limits on tokens and money; "" where there are none.

    "counted against the limits, lost calls at their most: 17,139 of 20,000 tokens"
    """
    setup = state.setup
    if setup is None or (setup.max_tokens is None and setup.max_usd is None):
        return ""
    whose = "lost calls" + (" and those without usage" if state.usage.untold else "")
    return f"counted against the limits, {whose} at their most: {', '.join(spent_parts(state))}"
