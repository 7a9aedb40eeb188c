from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.tasks.example import Example
from promptopt.tasks.template import Template, option_letter, show_input

texts = st.text("ab {}\\n") | st.sampled_from(["{input}", "{output}", "{instruction}", "{{input}}"])


def test_the_default_prompt() -> None:
    shown = [Example("month", ("months", "mths")), Example("ox", ("oxen",))]
    prompt = Template().render("Write the plural.", Example("cat", ("cats",)), shown)
    assert prompt == (
        "Instruction: Write the plural.\n\n"
        "Input: month\nOutput: months\n\nInput: ox\nOutput: oxen\n\n"
        "Input: cat\nOutput:"
    )


@given(instruction=texts, question=texts, shown=texts)
def test_what_is_inserted_is_not_searched(instruction: str, question: str, shown: str) -> None:
    template = Template("{input}/{demonstrations}/{instruction}/{other}", "<{output}{input}>")
    prompt = template.render(instruction, Example(question, ("x",)), [Example(shown, (shown,))])
    assert prompt == f"{question}/<{shown}{shown}>/{instruction}/{{other}}"


def test_choices_are_lettered() -> None:
    example = Example("Colour?", ("green",), ("red", "green"))
    assert show_input(example) == "Colour?\nOptions:\n(A) red\n(B) green"
    assert show_input(Example("Colour?", ("green",))) == "Colour?"
    dashed = Example("Even?", ("Yes",), ("Yes", "No"), lettered=False)
    assert show_input(dashed) == "Even?\nOptions:\n- Yes\n- No"
    assert [option_letter(index) for index in (0, 25)] == ["A", "Z"]
    for index in (-1, 26):
        with pytest.raises(ValueError, match=f"option {index} has no letter"):
            option_letter(index)


@pytest.mark.parametrize(
    ("template", "demonstrations", "said"),
    [
        (Template("{input}"), 0, "lacks {instruction}"),
        (Template("{instruction} {inputs}"), 0, "lacks {input}"),
        (Template("{instruction} {input}"), 2, "lacks {demonstrations}"),
        (Template(demonstration="{input}"), 0, "demonstration lacks {output}"),
    ],
)
def test_a_template_that_lacks_something(
    template: Template, demonstrations: int, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        template.check(demonstrations=demonstrations)
    assert said in str(caught.value)
    Template().check(demonstrations=3)
    Template("{instruction}{input}").check()
