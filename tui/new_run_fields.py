"""The fields of the form for a new run: which option each stands for, and what is typed into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from promptopt.results.typed_number import typed_number
from promptopt.runs import choices
from promptopt.runs.choices import Known
from tui.cells import shown
from tui.price_text import price_read, price_written

Kind = Literal["text", "escaped", "column", "int", "float", "bool", "price"]


@dataclass(frozen=True, slots=True)
class Field:
    """One option of a configuration.

    Attributes:
        path: its dotted name: "task.source".
        label: before the field.
        hint: a sentence or two.
        kind: what may be typed. "escaped" is a text with \\n for a line break; "column" is one
            in which "" stands for none; "price" is a table of two numbers.
        known: what can be chosen; "columns" and "browse" are the screen's own.
    """

    path: str
    label: str
    hint: str
    kind: Kind = "text"
    known: Callable[[], list[Known]] | Literal["columns", "browse"] | None = None

    @property
    def is_number(self) -> bool:
        """Whether a number is to be typed, or several."""
        return self.kind in ("int", "float", "price")

    def written(self, value: object) -> str:
        """A value of the tables as it stands in the field."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if value == "":
            return '""'
        if self.kind == "price" and isinstance(value, Mapping):
            return shown(price_written(value))
        if not isinstance(value, str):
            return shown(str(value))
        return _escaped(value) if self.kind == "escaped" else shown(value)

    def read(self, text: str) -> Any:
        """What was typed as a value of the tables; None for nothing.

        What is no value of the field's kind stays a text: the configuration says what is wrong.
        """
        if not text.strip():
            return None
        if self.kind == "escaped":
            return _unescaped(text)
        text = text.strip()
        if text == '""':
            return ""
        if self.kind == "bool" and text in ("true", "false"):
            return text == "true"
        if self.kind == "price":
            price = price_read(text)
            return text if price is None else price
        try:
            if self.kind == "int":
                return typed_number(text, int)
            if self.kind == "float":
                return typed_number(text, float)
        except ValueError:
            pass
        return text


def _place_of(path: str, role: str) -> tuple[Field, ...]:
    """Where a model answers, by whose key, and what it costs."""
    return (
        Field(f"{path}.base_url", f"  {role} URL", "An OpenAI-compatible endpoint: http://…/v1"),
        Field(
            f"{path}.api_key_env",
            f"  {role} key in",
            "The environment variable that holds the key; the key itself never stands in a file.",
        ),
        _price_of(path, role),
    )


def _price_of(path: str, role: str) -> Field:
    return Field(
        f"{path}.price",
        f"  {role} price",
        "US dollars per million tokens of prompts / of replies, as in 0.15 / 0.60; where left out, "
        "what a list of known prices says, and nothing for what runs on this machine.",
        "price",
    )


_model = choices.models

SECTIONS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "Data",
        (
            Field(
                "task.source",
                "data",
                "A file (CSV, TSV, JSON Lines, JSON), a folder, FOLDER:TASK or a bundled task; "
                "or a TOML file with a whole configuration.",
                known="browse",
            ),
            Field("task.input_column", "inputs", "The column of the inputs.", "column", "columns"),
            Field(
                "task.output_column",
                "answers",
                "The column of the accepted answers.",
                "column",
                "columns",
            ),
            Field(
                "task.choices_column",
                "choices",
                'The column of the options, or several with commas; "" for none.',
                "column",
                "columns",
            ),
            Field(
                "task.split_column",
                "split",
                'The column that says train, dev or test; "" for none.',
                "column",
                "columns",
            ),
            Field(
                "task.answer_separator",
                "separator",
                'What stands between accepted answers in one cell; "" for nothing.',
                "column",
            ),
            Field("task.metric", "metric", "How an answer is scored.", known=choices.metrics),
            Field("task.train", "train size", "Examples that a method may show.", "int"),
            Field("task.dev", "dev size", "Examples that candidates are scored on.", "int"),
            Field("task.test", "test size", "Examples kept for the end, scored once.", "int"),
        ),
    ),
    (
        "Prompt",
        (
            Field(
                "task.seed_prompt",
                "seed prompt",
                "The instruction to start from and to compare with; \\n is a line break.",
                "escaped",
            ),
            Field(
                "task.demonstrations",
                "demonstrations",
                "Train examples that every evaluation prompt shows; 0 is zero-shot.",
                "int",
            ),
        ),
    ),
    (
        "Search",
        (
            Field(
                "preset",
                "preset",
                "The settings of a paper, behind those of this form.",
                known=choices.presets,
            ),
            Field("method.name", "method", "How to search.", known=choices.methods),
            Field("seed", "seed", "Of all random draws.", "int"),
            Field("name", "run name", "The run's id; made up where left out."),
        ),
    ),
    (
        "Models",
        (
            Field("task_model.spec", "task model", "The model that is steered.", known=_model),
            *_place_of("task_model", "its"),
            Field("task_model.max_tokens", "  max reply", "The most tokens of a reply.", "int"),
            Field(
                "optimizer_model.spec",
                "optimizer",
                "The model that writes candidates; the task model where left out.",
                known=_model,
            ),
            *_place_of("optimizer_model", "its"),
            Field(
                "judge_model.spec", "judge", "The model that grades, where no metric can.",
                known=_model,
            ),
            *_place_of("judge_model", "its"),
            Field(
                "embedder.spec",
                "embedder",
                "The model that gives vectors for similarity; words are compared where left out.",
                known=_model,
            ),
            _price_of("embedder", "its"),
        ),
    ),
    (
        "Limits",
        (
            Field("budget.max_calls", "calls", "Hard limit over all models, with retries.", "int"),
            Field("budget.max_tokens", "tokens", "Hard limit, prompts and replies.", "int"),
            Field("budget.max_usd", "dollars", "Hard limit; needs the prices.", "float"),
            Field("task_model.concurrency", "at once", "Calls under way at once.", "int"),
        ),
    ),
)  # fmt: skip
"""Headings and their fields, in the order of the form."""


def method_fields(method: str) -> tuple[Field, ...]:
    """The settings of a method as fields."""

    def kind(words: str) -> Kind:
        if words == "true | false":
            return "bool"
        if words.startswith("whole number"):
            return "int"
        return "float" if words.startswith("number") else "escaped"

    return tuple(
        Field(
            f"method.{each.name}",
            each.name,
            f"{_sentence(each.meaning)} ({each.type})",
            kind(each.type),
            (lambda values=each.values: [Known(value) for value in values])  # type: ignore[misc]
            if each.values
            else None,
        )
        for each in choices.settings_of_method(method)
    )


def _sentence(meaning: str) -> str:
    return meaning[:1].upper() + meaning[1:]


def _escaped(text: str) -> str:
    """A text on one line of characters that can be seen; `_unescaped` turns it back."""
    named = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(
        named.get(each) or (each if shown(each) == each else f"\\u{ord(each):06x}") for each in text
    )


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        named = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
        return named.get(match[1]) or chr(int(match[2], 16))

    return re.sub(r"\\(?:([nrt\\])|u(0[0-9a-f]{5}|10[0-9a-f]{4}))", character, text)
