"""What keeps the form from becoming a run, told by its fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from promptopt.results.typed_number import comma_hint
from promptopt.runs.config_file import is_configuration
from promptopt.runs.forecast import Forecast
from tui.new_run_fields import Field
from tui.price_text import PRICE_HINT
from tui.run_draft import RunDraft
from tui.taken_name import taken_problem


def in_words_of_the_form(
    found: Forecast, draft: RunDraft, fields: Sequence[Field], *, name_is_taken: bool, key: str
) -> Forecast:
    """A forecast whose problem says what to do in the form.

    Args:
        found: of the draft.
        fields: of the form.
        name_is_taken: whether a run has the name that the draft gives to its own.
        key: that opens what is named in the field of the data.
    """
    source = str(draft.get("task.source") or "").strip()
    if found.place == "data" and found.data is None and is_configuration(source):
        told = f"{source} is a configuration: {key} in its field opens it"
        return msgspec.structs.replace(found, problem=told, around=())
    if not found.problem and name_is_taken and found.config is not None:
        told = taken_problem(str(found.config.name))
        return msgspec.structs.replace(found, problem=told, place="search")
    for field in fields:
        value = draft.get(field.path)
        if field.is_number and isinstance(value, str) and _names(found.problem, field.path):
            hint = PRICE_HINT if field.kind == "price" else comma_hint(value)
            told = f"{found.problem}; {hint}" if hint else found.problem
            return msgspec.structs.replace(found, problem=told)
    return found


def wrong_fields(found: Forecast, fields: Sequence[Field]) -> list[str]:
    """The options that the problem names, in the order of the form."""
    problem = found.problem
    named = [field.path for field in fields if _names(problem, field.path)]
    model = re.match(r"(\w+): ", problem)
    if found.place == "models" and model:
        named = [f"{model[1]}.spec"]
        variable = found.usual.get(f"{model[1]}.api_key_env", "")
        if variable and re.search(rf"\b{re.escape(variable)}\b", problem):
            named.append(f"{model[1]}.api_key_env")
    if priced := re.search(r"set price = .* under \[(\w+)\]", problem):
        named.append(f"{priced[1]}.price")
    if found.place == "data" and not named:
        return ["task.metric" if "metric" in problem else "task.source"]
    return named


def _names(problem: str, path: str) -> bool:
    if path == "name":  # a word that stands in many a sentence
        return problem.startswith("name: ") or "the run name " in problem
    return re.search(rf"(?<![\w.]){re.escape(path)}\b", problem) is not None
