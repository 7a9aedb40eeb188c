"""How large an APE search is, which depends on what it may cost."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.methods.ape_plan import fit_dev, fit_proposals, fit_rounds
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.search import Search

SPARE = 0.1
"""Of the calls of a comparison that is made larger: what is kept for retries."""


class Fitting:
    """The settings and dev examples of a search that comes to its end within its budget.

    Attributes:
        settings: what was asked for, or less of it.
        rows: the dev examples that candidates are scored on.
    """

    def __init__(self, search: Search, asked: ApeSettings) -> None:
        self.settings = fit_proposals(asked, search.sizes, search.affordable)
        self.rows: Sequence[int] = search.dev_order()
        self._search = search
        self._asked = asked
        self._all: Sequence[int] = self.rows
        self._replans: int | None = None

    def limit_to(self, rows: Sequence[int]) -> None:
        """Leave out what cannot be scored on."""
        self.rows = self._all = rows

    def take_in(self, pool: Sequence[Candidate], step: int) -> list[Candidate]:
        """Take in what a person asks for, right before `pool` is scored in round `step`.

        How much of dev is affordable is settled when there is a first pool, and again with the
        number of rounds whenever the budget was changed.
        """
        pool = self._search.take_in(pool, step=step)
        if self._replans != self._search.replans:
            if self._replans is not None:
                self._fit_rounds(len(pool), step)
            self._replans = self._search.replans
            self._fit_rows(len(pool), step)
        return pool

    def widen(self, finalists: Sequence[Candidate]) -> None:
        """Give the last comparison as many dev examples as the calls still reach for.

        Proposals that were turned away have left calls behind. Some are kept for retries, without
        which the comparison would not come to its end.
        """
        evaluator, affordable = self._search.evaluator, self._search.spare
        if affordable is None:
            return
        sizes = range(len(self.rows) + 1, len(self._all) + 1)
        more = bisect_right(
            sizes,
            affordable,
            key=lambda size: ceil(
                (1 + SPARE) * evaluator.missing(finalists, self._all[:size], "dev")
            ),
        )
        self.rows = self._all[: len(self.rows) + more]

    def _fit_rounds(self, pool: int, step: int) -> None:
        left = self._asked.resample_rounds - step
        sizes = msgspec.structs.replace(self._search.sizes, dev=len(self._all))
        rounds = fit_rounds(self.settings, left, pool, sizes, self._search.affordable)
        self.settings = msgspec.structs.replace(self.settings, resample_rounds=step + rounds)

    def _fit_rows(self, pool: int, step: int) -> None:
        """Settle the dev examples that the calls reach for; tells what had to be made smaller."""
        search, settings, asked = self._search, self.settings, self._asked
        sizes = msgspec.structs.replace(search.sizes, dev=len(self._all))
        rest = msgspec.structs.replace(settings, resample_rounds=settings.resample_rounds - step)
        examples = fit_dev(rest, pool, sizes, search.affordable)
        if settings != asked or examples < len(self._all):
            told = (
                f"the calls reach for {settings.proposals} of {asked.proposals} proposals and "
                f"{examples} of {len(self._all)} dev examples"
            )
            if settings.resample_rounds < asked.resample_rounds:
                told += f", for {settings.resample_rounds} of {asked.resample_rounds} rounds"
            search.journal.limited(search.limit, told, cut=True)
        self.rows = self._all[:examples]
