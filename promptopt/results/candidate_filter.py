"""Which candidates a filter shows: words, and conditions on what is known about them.

The expressions are those of `promptopt.results.filter_syntax`. A condition on a number that a
candidate does not have, such as a score that is still to come, does not hold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from promptopt.results.filter_syntax import FilterError, Term, number_of, parse_filter
from promptopt.results.front import front, word_count
from promptopt.runs.state import SEED_CANDIDATE, CandidateState, RunState, candidate_name

Number = Callable[[CandidateState], "float | None"]
Condition = Callable[[CandidateState], object]

STATES = {
    "new": "new",
    "scoring": "scoring",
    "kept": "kept",
    "dropped": "out",
    "winner": "winner",
    "vetoed": "vetoed",
}
"""A candidate's status to the word that is shown for it; both can be asked for."""

NUMBERS: dict[str, Number] = {
    "score": lambda each: each.dev.mean if each.dev else None,
    "error": lambda each: each.dev.stderr if each.dev else None,
    "test": lambda each: each.test.mean if each.test else None,
    "n": lambda each: each.dev.n if each.dev else 0,
    "step": lambda each: each.step,
    "edits": lambda each: each.distance,
    "budget": lambda each: each.edit_budget,
    "words": lambda each: word_count(each.text),
    "failed": lambda each: each.unscored,
}
"""Fields that are numbers."""

_OTHER_NAMES = {
    "dev": "score",
    "operation": "op",
    "by": "op",
    "state": "status",
    "from": "parent",
    "distance": "edits",
    "length": "words",
    "unscored": "failed",
}

IS = (
    "best",
    "front",
    "seed",
    "winner",
    "complete",
    "partial",
    "unscored",
    "over",
    "marked",
    "vetoed",
    "mine",
    "noted",
)
"""What `is:` can ask for."""

FIELDS = (*NUMBERS, "gain", "id", "parent", "op", "status", "outcome", "is")

FIELD_NAMES = (*FIELDS, *_OTHER_NAMES)
"""All that may stand before an operator."""

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    ":": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
}

_TOLERANCE = 5e-4
"""A score is shown with three digits: `score:0.813` means what is shown as .813."""


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """A filter that has been read. An empty one shows every candidate."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def select(
        self, state: RunState, candidates: Iterable[CandidateState], marked: Collection[int] = ()
    ) -> list[CandidateState]:
        """The candidates that it shows, in the order in which they come."""
        shown = list(candidates)
        for term in self.terms:
            holds = _condition(term, state, marked)
            if term.negated:
                shown = [each for each in shown if not holds(each)]
            else:
                shown = [each for each in shown if holds(each)]
        return shown


def candidate_filter(text: str) -> CandidateFilter:
    """Read a filter.

    Raises:
        FilterError: there is no such field or value; the message says which there are.
    """
    terms = parse_filter(text)
    nothing = RunState("")
    for term in terms:
        _condition(term, nothing, ())
    return CandidateFilter(tuple(terms))


def _condition(term: Term, state: RunState, marked: Collection[int]) -> Condition:
    if not term.field:
        return _has_text(term.text)
    field = _OTHER_NAMES.get(term.field, term.field)
    if field in NUMBERS:
        return _has_number(NUMBERS[field], field, term)
    if field == "gain":
        return _has_number(_gain_in(state), field, term)
    if field not in FIELDS:
        close = get_close_matches(term.field, FIELD_NAMES, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(FIELDS)}"
        raise FilterError(f'there is no field {term.field}; {hint} (for the text: "{term.field}:")')
    if term.operator not in (":", "=", "!="):
        raise FilterError(f"{term.field} has no greater or less; write {term.field}:value")
    holds = _has_value(field, term, state, marked)
    return (lambda each: not holds(each)) if term.operator == "!=" else holds


def _has_text(text: str) -> Condition:
    wanted = text.casefold()

    @cache  # of these there are a few only; each is looked at once
    def beside(operation: str, status: str) -> bool:
        return wanted in operation.casefold() or wanted in STATES.get(status, status)

    if wanted.removeprefix("c").isdigit() or wanted == "c":
        return lambda each: (
            wanted in each.text.casefold()
            or wanted in candidate_name(each.id)
            or beside(each.operation, each.status)
        )
    return lambda each: wanted in each.text.casefold() or beside(each.operation, each.status)


def _has_number(number: Number, field: str, term: Term) -> Condition:
    tolerance = _TOLERANCE if field in ("score", "test", "error", "gain") else 0.0
    tests = [_test_of(value, field, term.operator, tolerance) for value in term.values]
    if term.operator == "!=":
        return lambda each: (
            (value := number(each)) is not None and all(test(value) for test in tests)
        )
    if len(tests) == 1:
        test = tests[0]
        return lambda each: (value := number(each)) is not None and test(value)
    return lambda each: (value := number(each)) is not None and any(test(value) for test in tests)


def _test_of(value: str, field: str, sign: str, tolerance: float) -> Callable[[float], bool]:
    low, dots, high = value.partition("..")
    if dots:
        if sign not in (":", "="):
            raise FilterError(f"a range stands after a colon: {field}:{value}")
        least = number_of(low, field) if low else float("-inf")
        most = number_of(high, field) if high else float("inf")
        if least > most:  # more digits may make it the right one
            told = f"the range {value} is the wrong way round; write {field}:{high}..{low}"
            raise FilterError(told, unfinished=True)
        return lambda given: least <= given <= most
    bound = number_of(value, field)
    if tolerance and sign in (":", "=", "!="):
        equal = sign != "!="
        return lambda given: (abs(given - bound) <= tolerance) is equal
    compare = _COMPARE[sign]
    return lambda given: compare(given, bound)


def _has_value(field: str, term: Term, state: RunState, marked: Collection[int]) -> Condition:
    values = [value.casefold() for value in term.values]
    if field == "is":
        tests = [_is(value, state, marked) for value in values]
        return tests[0] if len(tests) == 1 else lambda each: any(test(each) for test in tests)
    if field in ("id", "parent"):
        ids = {_id_of(value, field) for value in values}
        if field == "id":
            return lambda each: each.id in ids
        return lambda each: not ids.isdisjoint(each.parents)
    if field == "status":
        unknown = [each for each in values if each not in {*STATES, *STATES.values()}]
        if unknown:
            known = ", ".join(STATES)
            unfinished = any(each.startswith(unknown[0]) for each in (*STATES, *STATES.values()))
            raise FilterError(
                f"there is no status {unknown[0]}; there are {known}", unfinished=unfinished
            )
        return lambda each: each.status in values or STATES.get(each.status) in values

    @cache  # of these there are a few only; each is looked at once
    def fits(text: str) -> bool:
        return any(value in text.casefold() for value in values)

    if field == "op":
        return lambda each: fits(each.operation)
    return lambda each: fits(each.edit_outcome)


def _id_of(value: str, field: str) -> int:
    number = SEED_CANDIDATE if value == "seed" else value.removeprefix("c")
    if isinstance(number, int):
        return number
    if not number.isdecimal() or len(number) > 9:
        raise FilterError(f"{field} is a candidate such as c003; {value} is none")
    return int(number)


def _is(value: str, state: RunState, marked: Collection[int]) -> Condition:
    if value in ("best", "front"):
        best = state.best if value == "best" else None
        ids = {each.id for each in ([best] if best else front(state) if value == "front" else [])}
        return lambda each: each.id in ids
    complete = _complete_in(state)
    noted = {each.candidate for each in state.notes}
    tests: dict[str, Condition] = {
        "seed": lambda each: each.id == SEED_CANDIDATE,
        "winner": lambda each: each.id == state.winner,
        "complete": complete,
        "partial": lambda each: each.dev is not None and not complete(each),
        "unscored": lambda each: each.dev is None,
        "over": lambda each: (
            each.edit_budget is not None
            and each.distance is not None
            and each.distance > each.edit_budget
        ),
        "marked": lambda each: each.id in marked,
        "vetoed": lambda each: each.status == "vetoed",
        "mine": lambda each: each.operation == "person",
        "noted": lambda each: each.id in noted,
    }
    if value not in tests:
        unfinished = any(each.startswith(value) for each in IS)
        raise FilterError(f"nothing is {value}; there are {', '.join(IS)}", unfinished=unfinished)
    return tests[value]


def _gain_in(state: RunState) -> Number:
    """The difference to the seed prompt, only between scores on all of dev."""
    seed = state.seed_prompt
    if seed is None or seed.dev is None or not state.is_complete(seed):
        return lambda _: None
    base, complete = seed.dev.mean, _complete_in(state)
    return lambda each: each.dev.mean - base if each.dev and complete(each) else None


def _complete_in(state: RunState) -> Condition:
    """As `state.is_complete`, which looks up how long dev is for every candidate anew."""
    full = state.full_dev
    return lambda each: each.dev is not None and 0 < each.dev.n >= full - each.unscored
