"""Small files in the forms of the published benchmarks, of our own making."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tasks.files import write

Row = dict[str, Any]


def as_lines(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_examples(rows: Sequence[Row]) -> str:
    """One row a line, so that a line can be named."""
    inner = ",\n".join(json.dumps(row) for row in rows)
    return f'{{"canary": "none",\n"examples": [\n{inner}\n]}}\n'


def as_induction(rows: Sequence[Row]) -> str:
    numbered = {str(number): row for number, row in enumerate(rows, start=1)}
    return json.dumps({"metadata": {"num_examples": len(rows)}, "examples": numbered}, indent=1)


def as_csv(rows: Sequence[Row], *, header: bool = True) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(dict.fromkeys(name for row in rows for name in row))
    if header:
        writer.writerow(names)
    for row in rows:
        writer.writerow([row[name] for name in names if name in row])
    return out.getvalue()


@dataclass(frozen=True)
class Form:
    """One published form of one family.

    Attributes:
        rows: makes rows that nothing is wrong with, the `n`-th from `start` on.
        text: the text of a file of rows.
        files: the names of a task's files, in its folder; the last one is the test split.
        input, output: names of the fields.
        outside: an output that is no possible answer; None where any text is one.
        place: how an error names the row of a number, counted from 0.
    """

    rows: Callable[[int, int], list[Row]]
    text: Callable[[Sequence[Row]], str]
    files: tuple[str, ...]
    input: str
    output: str
    outside: str | None
    place: Callable[[int], str]

    def write(self, folder: Path) -> Path:
        """Write the files of one task; returns its first file."""
        for index, name in enumerate(self.files):
            write(folder / name, self.text(self.rows(index * 10, 10)))
        return folder / self.files[0]


def line(first: int) -> Callable[[int], str]:
    return lambda index: f":{index + first}"


def row_number(index: int) -> str:
    """In a file of `as_examples`, whose rows begin on its third line."""
    return f":{index + 3}, row {index + 1}"


def _rows(make: Callable[[int], Row]) -> Callable[[int, int], list[Row]]:
    return lambda start, count: [make(at) for at in range(start, start + count)]


GPO = ("train.jsonl", "eval.jsonl", "test.jsonl")


def _mmlu(at: int) -> Row:
    options = "\n".join(f"({letter}) {at + n}" for n, letter in enumerate("ABCD"))
    return {"input": f"Which is {at} + 2?\n{options}", "output": "(C)"}


def _schema(at: int) -> Row:
    asked = f'Ann{at} met Bea{at} when she was late. What does the pronoun "she" refer to?'
    return {"input": f"{asked}\n(A) Ann{at}\n(B) Bea{at}", "output": "(A)" if at % 2 else "(B)"}


FORMS: dict[str, Form] = {
    "induction": Form(
        _rows(lambda at: {"input": f"{at} {at}", "output": str(2 * at)}),
        as_induction,
        ("induce/sum.json", "execute/sum.json"),
        "input",
        "output",
        None,
        # Each of its rows takes four lines; the first begins on the sixth.
        lambda index: f':{4 * index + 6}, example "{index + 1}"',
    ),
    "bbh options": Form(
        _rows(
            lambda at: {
                "input": f"Which is {at}?\nOptions:\n(A) {at}\n(B) {at + 1}",
                "target": "(A)",
            }
        ),
        as_examples,
        ("which_number.json",),
        "input",
        "target",
        "(C)",
        row_number,
    ),
    "bbh dashes": Form(
        _rows(
            lambda at: {
                "input": f"Is {at} even?\nOptions:\n- Yes\n- No",
                "target": ("Yes", "No")[at % 2],
            }
        ),
        as_examples,
        ("even.json",),
        "input",
        "target",
        "Perhaps",
        row_number,
    ),
    "bbh numbers": Form(
        _rows(lambda at: {"input": f"{at} - 5 =", "target": str(at - 5)}),
        as_examples,
        ("minus.json",),
        "input",
        "target",
        "many",
        row_number,
    ),
    "mmlu": Form(
        _rows(
            lambda at: {
                "question": f"What is {at}, plus 2?",
                **{letter: str(at + n) for n, letter in enumerate("ABCD")},
                "answer": "C",
            }
        ),
        lambda rows: as_csv(rows, header=False),
        (
            "dev/abstract_algebra_dev.csv",
            "val/abstract_algebra_val.csv",
            "test/abstract_algebra_test.csv",
        ),
        "question",
        "answer",
        "E",
        line(1),
    ),
    "mmlu of gpo": Form(
        _rows(_mmlu),
        as_lines,
        tuple(f"virology/{name}" for name in GPO),
        "input",
        "output",
        "(E)",
        line(1),
    ),
    "gsm8k": Form(
        _rows(
            lambda at: {
                "question": f"Ann has {at} pears and buys 1000. How many has she?",
                "answer": f"{at} + 1000 = <<{at}+1000={at + 1000}>>\n#### {at + 1000:,}",
            }
        ),
        as_lines,
        ("train.jsonl", "test.jsonl"),
        "question",
        "answer",
        "She has many.\n#### many",
        line(1),
    ),
    "gsm8k of gpo": Form(
        _rows(
            lambda at: {
                "input": f"Ann has {at} pears. How many?",
                "solution": f"{at}\n#### {at}",
                "output": at,
            }
        ),
        as_lines,
        GPO,
        "input",
        "output",
        "many",
        line(1),
    ),
    "schemas of gpo": Form(_rows(_schema), as_lines, GPO, "input", "output", "(C)", line(1)),
    "schemas of the collection": Form(
        _rows(
            lambda at: {
                "text": f"Ann{at} met Bea{at} when she was late.",
                "pronoun": "she",
                "options": [f"Ann{at}", f"Bea{at}"],
                "label": at % 2,
            }
        ),
        as_lines,
        ("wsc273.jsonl",),
        "text",
        "label",
        "2",
        line(1),
    ),
    "schemas of superglue": Form(
        _rows(
            lambda at: {
                "text": f"Ann{at} met Bea{at} when she was late.",
                "target": {"span1_text": f"Ann{at}", "span2_text": "she"},
                "label": at % 2 == 0,
            }
        ),
        as_lines,
        ("train.jsonl", "val.jsonl"),
        "text",
        "label",
        "maybe",
        line(1),
    ),
    "webnlg": Form(
        _rows(
            lambda at: {
                "input": f"Write as text.\n\nTriples:\nAnn | knows | Bea{at}",
                "output": [f"Ann knows Bea{at}.", f"Bea{at} is known to Ann."],
            }
        ),
        as_lines,
        GPO,
        "input",
        "output",
        None,
        line(1),
    ),
    "truthfulqa": Form(
        _rows(
            lambda at: {
                "Type": "Own",
                "Question": f"What is above {at} clouds?",
                "Best Answer": f"The sky is, {at} times",
                "Correct Answers": f"The sky is, {at} times; Air; ",
                "Incorrect Answers": "Nothing; A roof",
            }
        ),
        as_csv,
        ("TruthfulQA_train.csv", "TruthfulQA_test.csv"),
        "Question",
        "Best Answer",
        None,
        line(2),
    ),
}
