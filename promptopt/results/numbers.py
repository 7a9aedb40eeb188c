"""Numbers as they are shown everywhere: scores, differences, counts and durations."""

from __future__ import annotations

import math

from promptopt.evaluation.score import Score
from promptopt.evaluation.score import short as short


def shown_score(score: Score | None) -> str:
    """ ".812 ±.023 n=300"; a dash where there is no score."""
    return str(score) if score is not None else "—"


def signed(value: float) -> str:
    """A difference of scores with its sign: "+.094", "-.010"; "±.000" where it rounds to 0."""
    if round(value, 3) == 0:
        return "±.000"
    return ("+" if value > 0 else "-") + short(abs(value))


def signed_with_error(value: float, stderr: float | None) -> str:
    """ "+.094 (± .031)"; the error is left out where it is unknown."""
    return signed(value) if stderr is None else f"{signed(value)} (± {short(stderr)})"


def interval_ends(interval: tuple[float, float]) -> tuple[str, str]:
    """ "+.033", "+.155"; an end at 0 is ".000"."""
    low, high = (signed(each).removeprefix("±") for each in interval)
    return low, high


def interval_text(interval: tuple[float, float]) -> str:
    """ "95% from +.033 to +.155"."""
    low, high = interval_ends(interval)
    return f"95% from {low} to {high}"


def gain(mine: Score | None, base: Score | None) -> str:
    """One score minus another; says so where they cannot have been on the same examples."""
    if mine is None or base is None:
        return "—"
    difference = signed(mine.mean - base.mean)
    return difference if mine.n == base.n else f"{difference} (not on the same examples)"


def counted(count: int, thing: str, things: str | None = None) -> str:
    """ "1 call", "1,204 calls"."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def duration(seconds: float) -> str:
    """ "42s", "3m 07s", "2h 05m"."""
    whole = max(0, round(seconds)) if math.isfinite(seconds) else 0
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m"
