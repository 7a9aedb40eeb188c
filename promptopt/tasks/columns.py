"""Columns: which column or field of the data plays which role."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from promptopt.errors import InputError
from promptopt.tasks.table import Table

# In order of how sure the name is: a later group is looked at only where no name of an
# earlier one is there. "source" is last, since it often says where a question came from.
INPUT_NAMES = (
    ("input", "inputs"),
    (
        "question",
        "questions",
        "text",
        "prompt",
        "sentence",
        "query",
        "problem",
        "word",
        "statement",
        "passage",
        "document",
        "review",
        "message",
    ),
    ("source", "src"),
)
OUTPUT_NAMES = (
    ("output", "outputs"),
    (
        "answer",
        "answers",
        "target",
        "targets",
        "label",
        "labels",
        "expected",
        "expectedoutput",
        "expectedanswer",
        "completion",
        "reference",
        "references",
        "response",
        "responses",
        "gold",
        "correctanswer",
        "bestanswer",
    ),
)
CHOICES_NAMES = (("choices", "options", "answerchoices", "answeroptions"),)
SPLIT_NAMES = (("split",), ("set", "subset"))

_OPTION = {"input": "--input-column", "output": "--output-column"}


@dataclass(frozen=True)
class Columns:
    """Names of columns or fields that a user chose; None is recognised by its name.

    Compared as they stand, then ignoring case, spaces, underscores and dashes.

    Attributes:
        input: the column of inputs.
        output: the column of accepted answers.
        choices: the column of options, or several columns with one option each, as a tuple
            or separated by commas; "" if no column holds options.
        split: the column that says train, dev or test; "" if none does.
    """

    input: str | None = None
    output: str | None = None
    choices: str | tuple[str, ...] | None = None
    split: str | None = None


@dataclass(frozen=True)
class Roles:
    """The columns of one table in their roles.

    Attributes:
        input, output: always there.
        choices: none, one column of lists, or a column for each option, in order.
        split: None where the data say nothing of splits.
        notes: a sentence where something was guessed.
    """

    input: str
    output: str
    choices: tuple[str, ...] = ()
    split: str | None = None
    notes: tuple[str, ...] = ()

    def fields(self) -> dict[str, str]:
        """Role to column name, for display."""
        found = {"input": self.input, "output": self.output}
        if self.choices:
            found["choices"] = ", ".join(self.choices)
        if self.split:
            found["split"] = self.split
        return found


def find_roles(table: Table, columns: Columns) -> Roles:
    """Give the columns of a table their roles.

    With two columns beside choices and split, of which at most one is recognised, the other
    takes the role that is left, and a note says so.

    Raises:
        InputError: a named column that is not there, two that could be meant, none that
            could be, or one in two roles; with the columns that there are.
    """
    split = _optional(table, columns.split, SPLIT_NAMES)
    choices = _choices(table, columns.choices)
    rest = [name for name in table.names if name != split and name not in choices]
    input_name = _chosen(table, columns.input) or _recognised(table, rest, INPUT_NAMES, "input")
    output_name = _chosen(table, columns.output) or _recognised(
        table, [name for name in rest if name != input_name], OUTPUT_NAMES, "output"
    )
    notes = []
    if len(rest) == 2 and not (input_name and output_name):
        first, second = rest
        if output_name:
            input_name = first if output_name == second else second
        elif input_name:
            output_name = second if input_name == first else first
        else:
            input_name, output_name = first, second
        notes.append(
            f"Taken as input: {input_name!r}, as output: {output_name!r}, "
            f"the only {table.unit}s there are."
            + ("" if table.lists else " The first line is taken as their names.")
        )
    if input_name is None:
        raise _unknown(table, "input")
    if output_name is None:
        raise _unknown(table, "output")
    roles = Roles(input_name, output_name, choices, split, tuple(notes))
    _check_distinct(table, roles)
    return roles


def _simple(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).lower()


def _chosen(table: Table, name: str | None) -> str | None:
    """The column that the user means by `name`."""
    if not name:
        return None
    if name in table.names:
        return name
    alike = [each for each in table.names if _simple(each) == _simple(name)]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise InputError(
            f"{table.source}: {name!r} could be any of the {table.unit}s {_listed(alike)}; "
            "write it exactly"
        )
    close = difflib.get_close_matches(
        _simple(name), {_simple(each): each for each in table.names}, n=1
    )
    hint = "; its"
    if close:
        meant = next(each for each in table.names if _simple(each) == close[0])
        hint = f"; did you mean {meant!r}? Its"
    raise InputError(
        f"{table.source} has no {table.unit} {name!r}{hint} "
        f"{table.unit}s are: {_listed(table.names)}"
    )


def _recognised(
    table: Table, names: list[str], groups: tuple[tuple[str, ...], ...], role: str
) -> str | None:
    for group in groups:
        found = [name for name in names if _simple(name) in group]
        if len(found) > 1:
            raise InputError(
                f"{table.source}: the {table.unit}s {_listed(found)} could each be the {role}; "
                f"name one with {_how_to_name(role)}; "
                f"its {table.unit}s are: {_listed(table.names)}"
            )
        if found:
            return found[0]
    return None


def _optional(table: Table, chosen: str | None, groups: tuple[tuple[str, ...], ...]) -> str | None:
    if chosen is not None:
        return _chosen(table, chosen)
    for group in groups:
        found = [name for name in table.names if _simple(name) in group]
        if found:
            return found[0]
    return None


def _choices(table: Table, chosen: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if isinstance(chosen, tuple):
        return tuple(name for each in chosen if (name := _chosen(table, each)))
    if chosen is not None:
        if "," in chosen and chosen not in table.names:
            parts = [part.strip() for part in chosen.split(",")]
            return tuple(name for part in parts if (name := _chosen(table, part)))
        name = _chosen(table, chosen)
        return (name,) if name else ()
    one = _optional(table, None, CHOICES_NAMES)
    return (one,) if one else _option_columns(table)


def _option_columns(table: Table) -> tuple[str, ...]:
    """Columns with one option each: A, B, C…; option_a…; choice1…; in their order.

    Bare letters count only beside columns that are recognised as input and output, since a
    table of two columns may well call them a and b.
    """
    simple = {_simple(name): name for name in table.names}
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    series = [
        [prefix + suffix for suffix in suffixes]
        for prefix in ("option", "choice", "answer", "opt")
        for suffixes in (letters, [str(n) for n in range(26)], [str(n) for n in range(1, 27)])
    ]
    known = {each for groups in (INPUT_NAMES, OUTPUT_NAMES) for group in groups for each in group}
    if len(known.intersection(simple)) >= 2:
        series.append(letters)
    for names in series:
        found = []
        for name in names:
            if name not in simple:
                break
            found.append(simple[name])
        if len(found) >= 2:
            return tuple(found)
    return ()


def _check_distinct(table: Table, roles: Roles) -> None:
    taken: dict[str, str] = {}
    places = [("input", roles.input), ("output", roles.output)]
    places += [("choices", name) for name in roles.choices]
    places += [("split", roles.split)] if roles.split else []
    for role, name in places:
        if name in taken:
            raise InputError(
                f"{table.source}: the {table.unit} {name!r} cannot be both {taken[name]} "
                f"and {role}; name another; its {table.unit}s are: {_listed(table.names)}"
            )
        taken[name] = role


def _unknown(table: Table, role: str) -> InputError:
    return InputError(
        f"{table.source}: no {table.unit} is known to be the {role}; name one with "
        f"{_how_to_name(role)}; its {table.unit}s are: {_listed(table.names)}"
    )


def _how_to_name(role: str) -> str:
    return f"{_OPTION[role]} (or {role}_column under [task])"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
