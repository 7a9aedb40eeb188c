"""What the screen of a new run says about the data and the cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from promptopt.results.numbers import counted
from promptopt.results.spending import shown_usd
from promptopt.runs.forecast import Forecast
from promptopt.runs.preview import Preview
from tui.cells import fit, folded, shown
from tui.themes import MUTED

if TYPE_CHECKING:
    from promptopt.runs.cost_estimate import CostEstimate

PRICE_UNKNOWN = "price unknown"
LINE_CELLS = 200


def hint_text(hint: str, width: int, lines: int, choose: str, more: str) -> Content:
    """The explanation of a field, in so many lines.

    Args:
        choose: which key chooses a value, "" where there is nothing to choose.
        more: which key tells it whole; shown where it is cut.
    """
    start = f"{choose}  " if choose else ""
    folds = folded(start + shown(hint), width, lines)
    if len(folded(start + shown(hint), width, lines + 1)) > lines:
        ending = f"  {more}"
        room = width - cell_len(ending)
        folds[-1] = fit(folds[-1].removesuffix("…").rstrip() + "…", room) + ending
    text = "\n".join(folds)
    return Content.assemble((text[: len(start)], "$accent"), (text[len(start) :], MUTED))


def data_summary(found: Forecast | None) -> Content:
    """One line about the data."""
    if found is None:
        return Content.styled("reading…", MUTED)
    data = found.data
    if data is None:
        problem = found.problem if found.place in ("data", "configuration") else ""
        return Content.styled(shown(problem) or "no data yet", "$error" if problem else MUTED)
    sizes = [f"{split} {count}" for split, count in data.counts.items()]
    parts = [data.format, *(sizes or [counted(data.total, "example")]), data.metric]
    return Content.assemble((shown(data.name), "bold"), " · ", shown(" · ".join(parts)))


def cost_summary(found: Forecast | None, busy: bool) -> Content:
    """One line about the cost, or about what keeps the run from starting."""
    if found is None:
        return Content("")
    parts: list[Content] = []
    if found.cost is not None:
        cost = found.cost
        text = f"at most {counted(cost.calls, 'call')} · {_tokens(cost)} · {money(cost.usd)}"
        parts.append(Content.styled(text, "bold"))
    if found.problem and found.data is not None:
        parts.append(Content.styled(shown(found.problem), "$error"))
    if busy:
        parts.append(Content.styled("estimating…", MUTED))
    return Content("  ").join(parts)


def cost_line(found: Forecast) -> str:
    """The estimate in one sentence, for the question before the start."""
    cost = found.cost
    if cost is None:
        return "What it will cost is not known."
    about = "" if cost.exact else "about "
    said = f"At most {counted(cost.calls, 'call')}, retries not counted: {about}"
    said += f"{cost.prompt_tokens:,} prompt and {cost.completion_tokens:,} completion tokens, "
    return said + ("at a price that is not known." if cost.usd is None else f"{money(cost.usd)}.")


def start_text(found: Forecast) -> Content:
    """What a person should have seen before the start."""
    lines = [data_summary(found)]
    if found.config is not None:
        usual = found.usual
        models = dict.fromkeys(
            usual[path] for path in ("task_model.spec", "optimizer_model.spec") if path in usual
        )
        text = f"{usual.get('method.name', '')} with {', '.join(models)}"
        lines.append(Content(shown(text)))
    lines += [Content(cost_line(found)), *_limits(found)]
    of_data = found.data.notes if found.data else ()
    notes = [note for note in found.notes if note not in of_data]
    return Content("\n").join([*lines, *_notes(notes)])


def cost_text(found: Forecast | None, width: int) -> Content:
    """The whole estimate, stage by stage."""
    if found is None:
        return Content("")
    lines: list[Content] = []
    if found.problem and found.data is not None:
        lines += [Content.styled(shown(found.problem), "$error"), Content("")]
    if found.cost is None:
        if not lines:
            lines.append(Content.styled("Choose data to see what a run of them will cost.", MUTED))
        return Content("\n").join(lines)
    lines.append(Content(cost_line(found)))
    lines += _limits(found)
    lines.append(Content(""))
    lines += _stages(found.cost, width)
    notes = [note for note in found.notes if found.data is None or note not in found.data.notes]
    if notes:
        lines += [Content(""), *_notes(notes)]
    return Content("\n").join(lines)


def _limits(found: Forecast) -> list[Content]:
    if found.config is None:
        return []
    caps = found.config.budget
    said = [
        f"{caps.max_calls:,} calls" if caps.max_calls is not None else "",
        f"{caps.max_tokens:,} tokens" if caps.max_tokens is not None else "",
        money(caps.max_usd) if caps.max_usd is not None else "",
    ]
    text = ", ".join(each for each in said if each) or "none"
    return [Content.assemble(("hard limits: ", MUTED), text)]


def _stages(cost: CostEstimate, width: int) -> list[Content]:
    """A table with a line for each stage; narrow, it drops the tokens."""
    rows = [("stage", "step", "calls", "tokens", "money")]
    rows += [
        (
            shown(each.stage),
            str(each.step),
            f"{each.calls:,}",
            f"{each.prompt_tokens + each.completion_tokens:,}",
            money(each.usd).removeprefix("price "),
        )
        for each in cost.stages
    ]
    if width < 46:
        rows = [(stage, step, calls, "", usd) for stage, step, calls, _, usd in rows]
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    lines = []
    for number, row in enumerate(rows):
        cells = [fit(row[0], min(widths[0], 20))]
        cells += [fit(row[at], widths[at], "right") for at in range(1, 5) if widths[at]]
        lines.append(Content.styled("  ".join(cells), MUTED if number == 0 else ""))
    return lines


def data_text(found: Forecast | None) -> Content:
    """How the data were understood."""
    data = found.data if found is not None else None
    if found is None or data is None:
        return Content.styled("Nothing was understood yet.", MUTED)
    fields = ", ".join(f"{role} from {name}" for role, name in data.fields.items())
    of_data = " (suggested by the data)" if data.metric == data.suggested else ""
    lines = [
        _line("format", f"{data.format}: {fields}"),
        _line("metric", f"{data.metric}{of_data}: {data.meaning}"),
        _line("splits", _splits(data)),
    ]
    if data.removed:
        lines.append(_line("removed", counted(data.removed, "duplicate")))
    if data.unused:
        lines.append(_line("unused", f"{counted(data.unused, 'example')}; set sizes to use them"))
    return Content("\n").join([*lines, *_notes(data.notes)])


def _splits(data: Preview) -> str:
    if not data.counts:
        return f"{counted(data.total, 'example')}, not divided"
    text = ", ".join(f"{split} {count:,}" for split, count in data.counts.items())
    return f"{text} of {counted(data.total, 'example')}; test stays sealed"


def trouble_text(found: Forecast) -> Content:
    """Why the data cannot be read, with the lines of the file around the place."""
    lines = [Content.styled(shown(found.problem), "$error")]
    if found.around:
        lines.append(Content(""))
    for number, text, named in found.around:
        sign = "▸" if named else " "
        line = f"{sign} {number:>6}  {shown(text[:LINE_CELLS])}"
        lines.append(Content.styled(line, "bold" if named else MUTED))
    return Content("\n").join(lines)


def _line(name: str, text: str) -> Content:
    return Content.assemble((f"{name:<8} ", MUTED), shown(text))


def _notes(notes: Sequence[str]) -> list[Content]:
    return [Content.assemble(("note     ", MUTED), shown(note)) for note in notes]


def _tokens(cost: CostEstimate) -> str:
    about = "" if cost.exact else "about "
    return f"{about}{cost.prompt_tokens + cost.completion_tokens:,} tokens"


def money(usd: float | None) -> str:
    """ "$0.12", or that it is not known."""
    return PRICE_UNKNOWN if usd is None else shown_usd(usd)
