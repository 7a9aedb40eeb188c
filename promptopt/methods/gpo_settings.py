"""Settings of GPO (Tang et al., AAAI 2025): each part of its analogy is a switch of its own."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from promptopt.methods.settings import Excess, SearchSettings

Direction = Literal["prompt_score", "reflection"]
Momentum = Literal["none", "summary", "recency", "importance", "relevance"]
Schedule = Literal["none", "fixed", "linear", "cosine"]
Refinement = Literal["generate", "edit"]

Count = Annotated[int, Meta(ge=1, le=10_000)]


class GpoSettings(SearchSettings, frozen=True, tag="gpo"):
    """Settings of GPO. The defaults are those of the paper's final method.

    What the paper sets beside the method is in the preset "gpo": the seed prompt, the second turn,
    and how the models are sampled.

    Attributes:
        direction: what the optimizer model is told about the current prompt. "prompt_score": the
            prompt and its score (P+M); "reflection": also what went wrong on a batch of train
            examples (P+M+R).
        momentum: what it is told about the way there. "none": nothing; "summary": a prompt that
            sums up the earlier ones; else some prompts of the trajectory with their scores: the
            last ("recency"), the best ("importance"), or those most like the current one
            ("relevance").
        trajectory: how many prompts of the trajectory are shown, the current one among them.
            Seven were best in the paper's appendix; its published script shows 3.
        schedule: how many words of the current prompt may change. "none": any number; "fixed":
            `max_edit` at every step; "linear", "cosine": from there down to `min_edit_share`.
        max_edit: words that may change at the beginning.
        max_edit_share: in place of `max_edit`: the share of the current prompt's words that may
            change at the beginning, in (0, 1]; 0.3 keeps the new prompt 70% similar.
        min_edit_share: the share of `max_edit` that is left at the last step, in (0, 1].
        warm_up: the share of the steps in which the budget rises first; 0.05 in the paper's
            comparison, where it did not help.
        excess: what becomes of a proposal beyond the budget that is still so when it comes back:
            it is cut down to it ("project") or turned away ("reject"). "observe" sends nothing
            back and only records distances, as the published code leaves it to the model.
        refinement: whether a new prompt is written ("generate") or the current one modified
            ("edit").
        position: where the instruction stands in the evaluation prompt: behind the input ("end"),
            before it ("begin"), or where the task's template has it ("template"). Where left out,
            it is behind the input, unless the task has a layout of its own.
        steps: how many; epochs * train / batch, rounded half up, where left out.
        epochs: passes over train.
        batch: train examples of a step; with "reflection" the current prompt is tried on them.
        candidates: prompts sampled at each step.
        exemplars: train examples that show the optimizer model where the prompt goes.
        patience: steps without a better prompt on dev after which the search ends; 0 for none.
        max_words: a proposal with more words is turned away, unless the seed prompt has even
            more; the paper states no limit.
    """

    direction: Direction = "prompt_score"
    momentum: Momentum = "relevance"
    trajectory: Annotated[int, Meta(ge=1, le=100)] = 7
    schedule: Schedule = "cosine"
    max_edit: Count = 50
    max_edit_share: Annotated[float, Meta(gt=0, le=1)] | None = None
    min_edit_share: Annotated[float, Meta(gt=0, le=1)] = 0.2
    warm_up: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    excess: Excess = "project"
    refinement: Refinement = "generate"
    position: Literal["template", "begin", "end"] | None = None
    steps: Count | None = None
    epochs: Count = 3
    batch: Count = 8
    candidates: Count = 8
    exemplars: Annotated[int, Meta(ge=0, le=100)] = 3
    patience: Annotated[int, Meta(ge=0)] = 0
    max_words: Annotated[int, Meta(ge=1)] = 200
