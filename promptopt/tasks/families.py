"""The published families of tasks that are recognised, and by what."""

from __future__ import annotations

from collections.abc import Mapping

from promptopt.tasks.big_bench_hard import read_big_bench_hard
from promptopt.tasks.gsm8k import read_gsm8k
from promptopt.tasks.mmlu import read_mmlu
from promptopt.tasks.reading import Reading
from promptopt.tasks.table import Table
from promptopt.tasks.truthful_qa import read_truthful_qa
from promptopt.tasks.webnlg import read_webnlg
from promptopt.tasks.winograd import read_winograd

FAMILIES = {
    "Instruction Induction": "induce/TASK.json and execute/TASK.json: rules that examples show",
    "BIG-Bench Hard": "TASK.json with input and target: options, yes or no, numbers, …",
    "MMLU": "SUBJECT_dev.csv, _val, _test without a header, or a folder for each subject",
    "GSM8K": "worked solutions that end in #### and a number",
    "Winograd schemas": "what a pronoun refers to: GPO's form, WSC273 or SuperGLUE",
    "WebNLG": "triples to be put in words, with several accepted texts",
    "TruthfulQA": "CSV with Best Answer, Correct Answers and Incorrect Answers",
}
"""Name to what its files hold."""


def recognise(tables: Mapping[str, Table]) -> Reading | None:
    """The reading of the family that the tables belong to, by their form; None if to none.

    Args:
        tables: by split, or one under "".

    Raises:
        InputError: a row that is not as the family has it, by file, line and field.
    """
    return (
        read_truthful_qa(tables)
        or read_gsm8k(tables)
        or read_webnlg(tables)
        or read_winograd(tables)
        or read_mmlu(tables)
        or read_big_bench_hard(tables)
    )
