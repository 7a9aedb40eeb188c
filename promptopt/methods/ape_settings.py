"""Settings of APE (Zhou et al., ICLR 2023)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta

from promptopt.methods.ape_template import check_template, gap_is_inside
from promptopt.methods.prompts import template_text
from promptopt.methods.settings import SearchSettings

STAGES = 8
"""Of so many stages each has an equal share of dev. The filter narrows 50 proposals down to the
finalists in 4 of them, and leaves about a third of the cells to be scored."""

LEAST_SUBSET = 3
"""Fewer examples tell candidates apart by chance alone."""

Mode = Literal["forward", "reverse", "custom"]
Selection = Literal[
    "adaptive_filter", "ucb1", "ucb-e", "successive_halving", "successive_rejects", "race"
]
Target = Literal["instruction", "reasoning_prefix"]


class ApeSettings(SearchSettings, frozen=True, forbid_unknown_fields=True, tag="ape"):
    """Settings of APE. The paper states neither subset size nor surviving share.

    Attributes:
        proposals: how many instructions are sampled from the optimizer model. The paper's
            default pool is 50, and 64 reach human level (section 4.1).
        demonstrations: input-output pairs shown for one proposal, drawn anew for each
            (5 in the paper).
        mode: how the optimizer model is asked (section 3.1). "forward": it goes on from "The
            instruction was"; "reverse": it fills a gap in front of the pairs; "custom": it
            completes a text of your own, given as `template`.
        forward: the meta-prompt of forward generation: the "paper"'s, or that of the published
            "code", which ends in "The instruction was to".
        template: of mode "custom": "truthfulqa", a file, or the text itself. {pairs} is where
            the pairs stand, {instruction} the gap (at the end where it is left out), {inputs}
            is "five inputs".
        target: what is searched for: an "instruction", or a "reasoning_prefix" that begins with
            "Let's" and opens the answer to every question (section 4.3).
        selection: what decides which candidate is scored on which examples next. The paper's is
            "adaptive_filter"; its published code has "ucb1". "ucb-e", "successive_halving" and
            "successive_rejects" divide a number of cells too (see `selection_share`); a "race"
            drops what is surely worse.
        subset: dev examples that a stage of the filter scores all candidates on; the subsets
            of one round never overlap. Of UCB and a race: examples of a round. An eighth of dev
            where left out, but 3 at least.
        keep: share of the candidates that survives a stage of the filter; one at least goes.
        threshold: in place of `keep`: a candidate survives a stage while its running mean is not
            below this.
        finalists: the selection ends with this many; they are scored on all of dev.
        selection_share: cells (pairs of a candidate and a dev example) that UCB, successive
            halving and successive rejects may score, as a share of all.
        exploration: of UCB: the weight of what is not known yet.
        bandit_share: of UCB: share of the candidates that a round scores.
        resample_rounds: rounds of resampling around the best (iterative APE); 0 is plain APE.
        resample_parents: how many of the best are varied in a round.
        variations: how many variations of each are sampled.

    Raises:
        ValueError: settings that contradict each other, or a template that will not do.
    """

    proposals: Annotated[int, Meta(ge=1, le=10_000)] = 50
    demonstrations: Annotated[int, Meta(ge=1, le=100)] = 5
    mode: Mode = "forward"
    forward: Literal["paper", "code"] = "paper"
    template: str | None = None
    target: Target = "instruction"
    selection: Selection = "adaptive_filter"
    subset: Annotated[int, Meta(ge=1)] | None = None
    keep: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    threshold: Annotated[float, Meta(ge=-100, le=1)] | None = None
    finalists: Annotated[int, Meta(ge=1)] = 6
    selection_share: Annotated[float, Meta(gt=0, le=1)] = 0.4
    exploration: Annotated[float, Meta(ge=0)] = 0.5
    bandit_share: Annotated[float, Meta(gt=0, le=1)] = 0.33
    resample_rounds: Annotated[int, Meta(ge=0, le=20)] = 0
    resample_parents: Annotated[int, Meta(ge=1)] = 4
    variations: Annotated[int, Meta(ge=1)] = 4

    @property
    def meta_prompt(self) -> str:
        """The text that is to be completed, with its placeholders in it."""
        if self.target == "reasoning_prefix":
            return template_text("ape_reasoning")
        if self.template is not None:
            return self.template
        if self.mode == "reverse":
            return template_text("ape_reverse")
        return template_text("ape_forward_code" if self.forward == "code" else "ape_forward")

    @property
    def fills_gap(self) -> bool:
        """Whether a proposal fills a gap that is not at the end of the text."""
        return self.target == "reasoning_prefix" or gap_is_inside(self.meta_prompt)

    @property
    def scores_reasoning(self) -> bool:
        """Whether candidates are scored by how likely they make the reasoning."""
        return self.target == "reasoning_prefix" and self.score == "log_probability"

    @property
    def filters(self) -> bool:
        """Whether the selection is the paper's filter."""
        return self.selection == "adaptive_filter"

    @property
    def stage(self) -> str:
        """What the stages of the selection are called."""
        return "filter" if self.filters else self.selection

    def examples_per_stage(self, examples: int) -> int:
        """The subset of a stage, where there are so many dev examples in all."""
        return min(examples, self.subset or max(LEAST_SUBSET, math.ceil(examples / STAGES)))

    def cells(self, pool: int, examples: int) -> int:
        """How many cells a selection with a budget may score: enough for what it has to try.

        Args:
            pool, examples: sizes of the score table.
        """
        if self.selection == "successive_halving":
            # One cell a candidate and round, of which each halves the pool.
            least = pool * max(1, (pool - 1).bit_length())
        else:
            least = pool + 1
        return max(least, round(self.selection_share * pool * examples))

    def __post_init__(self) -> None:
        if self.mode == "custom":
            if self.template is None:
                raise ValueError(
                    'mode = "custom" needs a template: "truthfulqa", a file, or a text with '
                    "{pairs} and {instruction}"
                )
            check_template(self.template)
        elif self.template is not None:
            raise ValueError(
                f'a template is there, but mode is "{self.mode}"; set mode = "custom", or leave '
                "the template out"
            )
        if self.threshold is not None and self.selection != "adaptive_filter":
            raise ValueError(
                f'a threshold belongs to the adaptive filter, and selection is "{self.selection}"; '
                "leave one of them out"
            )
        if self.target == "reasoning_prefix" and self.mode != "forward":
            raise ValueError(
                f"the search for a reasoning prefix has a template of its own; leave mode = "
                f'"{self.mode}" out'
            )
