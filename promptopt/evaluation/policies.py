"""The selection policies by name, with what each can be told."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from promptopt._core import Selection

Count = Annotated[int, Meta(ge=1)]


class _Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name"):
    def start(self, candidates: int, examples: int) -> Selection:
        """A selection among so many candidates on so many examples, gone through in order.

        Nothing in it is drawn, so it asks for the same cells again where it is told the same.
        """
        raise NotImplementedError


class _Budgeted(_Policy, frozen=True):
    """A policy that divides a number of cells among the candidates.

    Attributes:
        budget: cells in all; None for a quarter of them. Never less than the policy needs: it
            is raised to that where it is too small for the pool.
    """

    budget: Count | None = None

    def cells(self, candidates: int, examples: int, least: int) -> int:
        budget = self.budget or candidates * examples // 4
        return max(budget, least)


class AdaptiveFilter(_Policy, frozen=True, tag="adaptive_filter"):
    """APE's filter: the better part of the candidates goes on to further examples.

    Attributes:
        examples_per_stage: examples that a stage adds.
        keep: share of the candidates that survives a stage.
        few: it ends when this many are left.
    """

    examples_per_stage: Count = 10
    keep: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    few: Count = 4

    def start(self, candidates: int, examples: int) -> Selection:
        return Selection.adaptive_filter(
            candidates,
            examples,
            self.examples_per_stage,
            keep=self.keep,
            few=self.few,
            complete=False,
            shuffle=False,
        )


class _Ucb(_Budgeted, frozen=True):
    """Upper confidence bounds.

    Attributes:
        exploration: the weight of what is not known yet.
        candidates_per_round: how many a round scores. Their calls are made at the same time.
        examples_per_round: on how many further examples each.
    """

    exploration: Annotated[float, Meta(ge=0)] = 0.5
    candidates_per_round: Count = 4
    examples_per_round: Count = 5

    def start(self, candidates: int, examples: int) -> Selection:
        return Selection.ucb(
            candidates,
            examples,
            self.cells(candidates, examples, candidates),
            variant=self._variant(),
            exploration=self.exploration,
            candidates_per_round=self.candidates_per_round,
            examples_per_round=self.examples_per_round,
            shuffle=False,
        )

    def _variant(self) -> Literal["ucb1", "ucb-e"]:
        raise NotImplementedError


class Ucb1(_Ucb, frozen=True, tag="ucb1"):
    def _variant(self) -> Literal["ucb1", "ucb-e"]:
        return "ucb1"


class UcbE(_Ucb, frozen=True, tag="ucb-e"):
    def _variant(self) -> Literal["ucb1", "ucb-e"]:
        return "ucb-e"


class SuccessiveHalving(_Budgeted, frozen=True, tag="successive_halving"):
    """Rounds of equal budget, after each of which one in `divisor` stays."""

    divisor: Annotated[int, Meta(ge=2)] = 2

    def start(self, candidates: int, examples: int) -> Selection:
        rounds, left = 0, candidates
        while left > 1:
            left = -(-left // self.divisor)
            rounds += 1
        budget = self.cells(candidates, examples, candidates * max(rounds, 1))
        return Selection.successive_halving(
            candidates, examples, budget, divisor=self.divisor, shuffle=False
        )


class SuccessiveRejects(_Budgeted, frozen=True, tag="successive_rejects"):
    """Phases, after each of which the worst candidate goes."""

    def start(self, candidates: int, examples: int) -> Selection:
        budget = self.cells(candidates, examples, candidates + 1)
        return Selection.successive_rejects(candidates, examples, budget, shuffle=False)


class Race(_Policy, frozen=True, tag="race"):
    """All on the same further examples; each goes as soon as it is surely worse than the best.

    Attributes:
        bound: what "surely" rests on.
        error: the probability with which the best may go.
        examples_per_round: examples between two decisions.
    """

    bound: Literal["hoeffding", "empirical_bernstein"] = "empirical_bernstein"
    error: Annotated[float, Meta(gt=0, lt=1)] = 0.05
    examples_per_round: Count = 10

    def start(self, candidates: int, examples: int) -> Selection:
        return Selection.race(
            candidates,
            examples,
            bound=self.bound,
            error=self.error,
            examples_per_round=self.examples_per_round,
            shuffle=False,
        )


Policy = AdaptiveFilter | Ucb1 | UcbE | SuccessiveHalving | SuccessiveRejects | Race
"""Any of them; decoded by its `name`."""

POLICIES: dict[str, type[Policy]] = {
    str(policy.__struct_config__.tag): policy
    for policy in (AdaptiveFilter, Ucb1, UcbE, SuccessiveHalving, SuccessiveRejects, Race)
}
