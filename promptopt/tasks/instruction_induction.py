"""Loader of the Instruction Induction format (Honovich et al. 2022; used by APE).

A task is two files of one name: `induce/TASK.json` to search on and `execute/TASK.json` to
test on. Each holds {"metadata": {"num_examples": n}, "examples": {"1": {…}, "2": {…}}}. What
the fields of an example mean is told by the fields themselves, so that tasks of the family
that are not known by name load as well.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.answers import unique
from promptopt.tasks.dataset import Dataset
from promptopt.tasks.example import Example
from promptopt.tasks.json_places import row_lines
from promptopt.tasks.json_rows import kind_of
from promptopt.tasks.json_text import parse_json
from promptopt.tasks.text_file import read_text

FORMAT = "Instruction Induction"
SEARCH_FOLDER, TEST_FOLDER = "induce", "execute"

# Fields with further accepted answers; "output" is the first one and counts too.
_ACCEPTED_FIELDS = ("possible_outputs", "possible_translations", "other_rhymes")

# Where APE's evaluation uses another metric than exact match and the fields do not tell.
_METRIC_BY_NAME = {"synonyms": "contains", "informal_to_formal": "token_f1"}


def is_instruction_induction(value: Any) -> bool:
    """Whether a parsed JSON file has this format: `examples` is an object of objects."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("examples"), dict)
        and isinstance(value.get("metadata", {}), dict)
    )


def is_annotations(value: Any) -> bool:
    """Whether a parsed JSON file holds the family's human instructions for a task."""
    return isinstance(value, dict) and set(value) == {"annotations"}


def task_names(folder: Path) -> list[str]:
    """The tasks in a folder that holds `induce/` and `execute/`; empty if it is none."""
    names = {path.stem for path in (folder / SEARCH_FOLDER).glob("*.json")}
    names |= {path.stem for path in (folder / TEST_FOLDER).glob("*.json")}
    return sorted(names)


def load_instruction_induction(path: Path, value: Any) -> Dataset:
    """The task that the file at `path`, parsed as `value`, belongs to.

    If the file of the same name in the sibling folder exists, both are loaded: train and dev
    are drawn out of `induce`, and `execute` is the test split. Otherwise all splits are drawn
    out of the one file.

    Raises:
        InputError: an example without known fields, or with an empty or wrong one, by its key.
    """
    folder = path.absolute().parent
    sides = {SEARCH_FOLDER: path, TEST_FOLDER: path}
    paired = folder.name in sides
    if paired:
        other = TEST_FOLDER if folder.name == SEARCH_FOLDER else SEARCH_FOLDER
        # Of "induce/sum.json" seen from within the folder, the sibling is "../execute/sum.json".
        sides[other] = (
            path.parent.parent / other / path.name
            if path.parent.name == folder.name
            else folder.parent / other / path.name
        )
        paired = sides[other].is_file()
    if not paired:
        examples, fields, notes = _examples(value, path)
        given = {"": examples}
        metric = _metric(path.stem, value)
    else:
        values = {
            side: value if each == path else parse_json(read_text(each), str(each))
            for side, each in sides.items()
        }
        for side, each in sides.items():
            if not is_instruction_induction(values[side]):
                raise InputError(f"{each}: expected the {FORMAT} format, as in {path}")
        search, fields, notes = _examples(values[SEARCH_FOLDER], sides[SEARCH_FOLDER])
        test, _, test_notes = _examples(values[TEST_FOLDER], sides[TEST_FOLDER])
        notes += test_notes
        given = {"": search, "test": test}
        metric = _metric(path.stem, values[SEARCH_FOLDER])
    return Dataset(path.stem, str(path), FORMAT, fields, given, metric, tuple(notes))


def _metric(name: str, value: Any) -> str:
    """The metric of APE's evaluation: by the fields where they tell, else by the task's name.

    Source: Zhou et al. 2023, appendix; the sets are word lists in any order, and one concept
    or formal sentence can be said in many ways.
    """
    fields = set(next(iter(value["examples"].values())))
    if "items" in fields:
        return "token_f1"
    if "category_items" in fields or {"letter", "words"} <= fields:
        return "exact_set"
    return _METRIC_BY_NAME.get(name, "exact_match")


def _examples(value: Any, source: Path) -> tuple[tuple[Example, ...], dict[str, str], list[str]]:
    """Examples, the fields that they were read from, and notes."""
    short = f"{source.parent.name}/{source.name}" if source.parent.name else source.name
    rows = value["examples"]
    if not rows:
        raise InputError(f"{source} holds no examples")
    notes = []
    stated = value.get("metadata", {}).get("num_examples")
    if stated is not None and stated != str(len(rows)):
        notes.append(f"{short} says it has {stated} examples, but holds {len(rows)}.")
    examples = []
    fields: dict[str, str] = {}
    blanks = 0
    lines = row_lines(read_text(source))["examples"]
    for line, (key, row) in zip(lines, rows.items(), strict=True):
        where = f'{source}:{line}, example "{key}"'
        if not isinstance(row, dict):
            raise InputError(f"{where}: expected an object, found {kind_of(row)}")
        example, found = _example(row, where)
        examples.append(example)
        fields.update(found)
        blanks += any(not each.strip() for name in _ACCEPTED_FIELDS for each in row.get(name, ()))
    if blanks:
        notes.append(f"Blank accepted answers were left out of {blanks} examples of {short}.")
    echoes = sum(each.input in each.references for each in examples)
    if echoes:
        notes.append(
            f"In {echoes} of {len(examples)} examples of {short} the input itself is an "
            "accepted answer: an instruction that repeats it scores there."
        )
    return tuple(examples), fields, notes


def _example(row: dict[str, Any], where: str) -> tuple[Example, dict[str, str]]:
    if "cause" in row and "effect" in row:
        return _cause_and_effect(row, where)
    if "items" in row and "concept" in row:
        # All items: the list is the question, and one fewer makes some of them ambiguous.
        shown = ", ".join(_texts(row, "items", where))
        concepts = [_text(row, "concept", where)]
        if "all_common_concepts" in row:
            concepts += _texts(row, "all_common_concepts", where)
        fields = {"input": "items", "output": "concept, all_common_concepts"}
        return Example(shown, unique(concepts)), fields
    if "input" in row and "output" in row:
        answers = (
            _texts(row, "output", where)
            if isinstance(row["output"], list)
            else [_text(row, "output", where)]
        )
        used = ["output"]
        for name in _ACCEPTED_FIELDS:
            if name in row:
                # Published files have a blank among the further answers here and there.
                answers += _texts(row, name, where, blanks=True)
                used.append(name)
        example = Example(_text(row, "input", where, strip=False), unique(answers))
        return example, {"input": "input", "output": ", ".join(used)}
    known = "input and output, cause and effect, or items and concept"
    raise InputError(f"{where}: expected the fields {known}; found: {', '.join(row) or 'none'}")


def _cause_and_effect(row: dict[str, Any], where: str) -> tuple[Example, dict[str, str]]:
    """Two sentences; which is the cause? Their order is drawn from the sentences themselves."""
    cause, effect = _text(row, "cause", where), _text(row, "effect", where)
    swapped = random.Random(f"cause and effect\n{cause}\n{effect}").random() < 0.5
    first, second = (effect, cause) if swapped else (cause, effect)
    shown = f"Sentence 1: {first} Sentence 2: {second}"
    return Example(shown, (cause,)), {"input": "cause, effect", "output": "cause"}


def _text(row: dict[str, Any], name: str, where: str, *, strip: bool = True) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise InputError(f'{where}, field "{name}": expected a text, found {kind_of(value)}')
    if not value.strip():
        raise InputError(f'{where}, field "{name}": it is empty')
    return value.strip() if strip else value


def _texts(row: dict[str, Any], name: str, where: str, *, blanks: bool = False) -> list[str]:
    """The texts of a list field; blank ones are wrong, or left out if `blanks` allows them."""
    values = row[name]
    if not isinstance(values, list):
        raise InputError(f'{where}, field "{name}": expected a list, found {kind_of(values)}')
    if blanks:
        values = [value for value in values if not (isinstance(value, str) and not value.strip())]
    elif not values:
        raise InputError(f'{where}, field "{name}": the list is empty')
    return [_text({name: value}, name, where) for value in values]
