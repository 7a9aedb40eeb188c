"""Settings of APE (Zhou et al., ICLR 2023)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class ApeSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="ape"
):
    """Settings of APE. The paper states neither subset size nor surviving share.

    Attributes:
        proposals: how many instructions are sampled from the optimizer model. The paper's
            default pool is 50, and 64 reach human level (section 4.1).
        demonstrations: input-output pairs shown for one proposal, drawn anew for each
            (5 in the paper).
        subset: dev examples that a stage of the filter scores all candidates on; the subsets
            of one round never overlap.
        keep: share of the candidates that survives a stage, in (0, 1).
        finalists: the filter stops at this many; they are scored on all of dev.
        resample_rounds: rounds of resampling around the best (iterative APE); 0 is plain APE.
        resample_parents: how many of the best are varied in a round.
        variations: how many variations of each are sampled.
        forward: the meta-prompt of forward generation: the "paper"'s, or that of the published
            "code", which ends in "The instruction was to".
        max_words: a proposal with more words is turned away.
    """

    proposals: Annotated[int, Meta(ge=1, le=10_000)] = 50
    demonstrations: Annotated[int, Meta(ge=1, le=100)] = 5
    subset: Annotated[int, Meta(ge=1)] = 10
    keep: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    finalists: Annotated[int, Meta(ge=1)] = 4
    resample_rounds: Annotated[int, Meta(ge=0, le=20)] = 0
    resample_parents: Annotated[int, Meta(ge=1)] = 4
    variations: Annotated[int, Meta(ge=1)] = 4
    forward: Literal["paper", "code"] = "paper"
    max_words: Annotated[int, Meta(ge=1)] = 100
