from __future__ import annotations

import pytest

from promptopt.methods.guards import Guards
from promptopt.tasks.example import Example

from ..llm.asking import small_task

COPY = "copies a training example"


def guards(*examples: Example, seed_prompt: str = "Answer the question.") -> Guards:
    return Guards(small_task(seed_prompt=seed_prompt, train=examples))


def test_what_may_pass() -> None:
    assert guards(Example("cat", ("cats",))).refuse("Write the plural of cat.", 10) is None


@pytest.mark.parametrize("text", ["", "  \n", "...", '""'])
def test_nothing_at_all(text: str) -> None:
    assert guards().refuse(text, 10) == "empty"


# Copies


@pytest.mark.parametrize(
    "text",
    [
        "Say what fits the house by the lake best.",
        'Say what fits "The  House by\nthe lake!" best.',
        "THE HOUSE, BY THE LAKE",
        "Answer near to home when asked so.",  # a reference
    ],
)
def test_a_sentence_of_an_example(text: str) -> None:
    here = guards(
        Example("Go in. The house by the lake. It is far away.", ("near to home when asked",)),
        Example("Something else entirely is said here.", ("far",)),
    )
    assert here.refuse(text, 50) == COPY


@pytest.mark.parametrize(
    "text",
    [
        "Say what fits a house by the lake best.",  # another article
        "Say what fits the lighthouse by the lake best.",  # within a longer word
        "Say what fits the house by the lakeside best.",
        "Go in.",  # too few words
    ],
)
def test_what_only_looks_like_a_copy(text: str) -> None:
    assert guards(Example("Go in. The house by the lake.", ("near",))).refuse(text, 50) is None


def test_an_input_of_few_words_counts_as_the_whole_of_a_proposal_only() -> None:
    here = guards(Example("a cold house", ("chilly",)))
    assert here.refuse("A cold house.", 50) == COPY
    assert here.refuse("Say what a cold house is like.", 50) is None


# Pairs of an input and a reference

WORDS = (
    Example("cat", ("cats",)),
    Example("answer", ("reply", "response")),
    Example("right", ("wrong",)),
    Example("He ran home.", ("He had run home.",)),
    Example("take", ("a",)),
    Example("name", ("a",)),
    Example("bird", ("i",)),
)


@pytest.mark.parametrize(
    "text",
    [
        "Make plural: cat -> cats",
        "Make plural: cat→cats",
        "Make plural. Input: Cat\nOutput: cats",
        "Write the plural (cat becomes cats).",
        "Say He ran home. as He had run home.",
        # Of two that stand apart one alone could be chance.
        "If it is cat say wrong, if it is right say cats.",
        "Give the second letter: take - a, bird - i",
    ],
)
def test_a_pair_of_an_input_and_its_reference(text: str) -> None:
    assert guards(*WORDS).refuse(text, 50) == COPY


@pytest.mark.parametrize(
    "text",
    [
        "Write the plural of cat.",
        "Write cats, not a cat.",
        "Say whether it is right or wrong.",
        "Give an answer of one word in response.",
        "Take a word and name a letter.",  # "a" is a word of its own
        "Take the cat, answer right, name a bird.",
    ],
)
def test_a_pair_may_be_chance(text: str) -> None:
    assert guards(*WORDS).refuse(text, 50) is None


def test_a_pair_that_the_seed_prompt_shows_may_be_shown_again() -> None:
    here = guards(*WORDS, seed_prompt="Make plural: cat -> cats")
    assert here.refuse("Now make plural: cat -> cats", 50) is None
    assert here.refuse("Now make plural: right -> wrong", 50) == COPY


def test_labels_beside_short_inputs_are_no_long_pairs() -> None:
    label = "not enough of it to tell"
    here = guards(Example("the house", (label,)), Example("the lake", (label,)))
    assert here.refuse(f"Of the house say yes, or {label}.", 50) is None


@pytest.mark.parametrize(
    ("copied", "text"),
    [
        ("He doesn't live near the lake", "Say: he doesn’t live near the lake!"),
        ("He doesn’t live near the lake", "Say: he doesn't live near the lake!"),
        ("the big red ball of mine", "Say the big red—ball of mine."),
        ("the big red – ball of mine", "Say the big red ball of mine."),
    ],
)
def test_apostrophes_and_dashes_hide_no_copy(copied: str, text: str) -> None:
    assert guards(Example(copied, ("x y",))).refuse(text, 50) == COPY


def test_what_several_examples_share_describes_the_task() -> None:
    labels = "plausible and true or not plausible"
    question = "Is the following sentence plausible at all?"
    here = guards(
        Example(f"{question} A cat ate the whole green lamp.", (labels,)),
        Example(f"{question} She scored a goal in football.", ("no",)),
        Example("Something", (labels,)),
    )
    assert here.refuse(f"{question} Answer with {labels}.", 50) is None
    assert here.refuse("As in: a cat ate the whole green lamp.", 50) == COPY


def test_choices_that_several_examples_share_are_labels() -> None:
    choices = ("there is not enough information to tell", "yes")
    shared = [Example(f"question {n}", (choices[n % 2],), choices) for n in range(2)]
    text = f"Answer yes, or {choices[0]}."
    assert guards(*shared).refuse(text, 50) is None
    assert guards(shared[0]).refuse(text, 50) == COPY


def test_what_the_seed_prompt_says_may_be_said_again() -> None:
    seed_prompt = "Is the statement below about cause and effect?"
    example = Example(f"{seed_prompt} It rained on the day before.", ("no",))
    here = guards(example, seed_prompt=seed_prompt)
    assert here.refuse(f"{seed_prompt} Think first.", 50) is None
    assert here.refuse(f"{seed_prompt} It rained on the day before.", 50) == COPY


# Placeholders


def test_placeholders_of_the_seed_prompt_are_kept() -> None:
    here = guards(seed_prompt="Write {word} for <NAME>, not for <b> or {a b}.")
    assert here.refuse("Say {word} to <NAME>.", 50) is None
    assert here.refuse("Say {word} to <name>.", 50) == "lost the placeholder <NAME>"
    assert here.refuse("Say <NAME>.", 50) == "lost the placeholder {word}"


# Length


def test_the_longest_proposal() -> None:
    here = guards(seed_prompt="one two three")
    assert here.refuse("a b c d", 4) is None
    assert here.refuse("a b c d e", 4) == "5 words, at most 4"
    # A proposal as long as the seed prompt can't be too long.
    assert here.refuse("a b c", 2) is None
    assert here.refuse("a b c d", 2) == "4 words, at most 3"


def test_what_it_has_to_begin_with() -> None:
    assert guards().refuse("let's think", 9, "Let's") is None
    assert guards().refuse("Now think", 9, "Let's") == 'does not begin with "Let\'s"'


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "Sorry, I cannot do that.",
        "As an AI language model, I am unable to write prompts.",
        "I apologize, but I won't be able to.",
        "Unfortunately, I do not have access to it.",
        "I cannot provide a prompt for this.",
        '"I can\'t comply with this."',
    ],
)
def test_a_refusal_is_no_instruction(text: str) -> None:
    assert guards().refuse(text, 50) == "a refusal"


@pytest.mark.parametrize(
    "text",
    [
        "As an AI assistant, answer the question.",
        "Sorry is a word. Write its opposite.",
        "I cannot read French: translate the sentence.",
        "I can tell you more. Answer the question.",
        "Say that you cannot help where you do not know.",
    ],
)
def test_what_only_sounds_like_one_may_be(text: str) -> None:
    assert guards().refuse(text, 50) is None
