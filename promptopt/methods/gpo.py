"""GPO: gradient-inspired prompt optimization (Tang et al., AAAI 2025)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.llm.errors import BudgetExhausted
from promptopt.methods.edit_budget import EditBudget
from promptopt.methods.gpo_meta import meta_prompt, summary_prompt
from promptopt.methods.gpo_plan import (
    Extent,
    asked_extent,
    fit,
    grown,
    refit,
    step_calls,
    step_name,
)
from promptopt.methods.gpo_reflection import reflect, train_batches
from promptopt.methods.gpo_reply import END, START, read_on, read_prompt
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.rejections import by_reason
from promptopt.methods.search import Query, Search
from promptopt.methods.stage import finish_stage
from promptopt.methods.step_size import edit_budget
from promptopt.methods.trajectory import Trajectory, Visited
from promptopt.tasks.example import Example


async def gpo(search: Search, settings: GpoSettings) -> Candidate:
    """Descend from the seed prompt, a step at a time, and take the best prompt of the way.

    Returns:
        The candidate with the highest mean on the whole dev split; ties to the older one. The
        seed prompt takes part, so the winner is never worse on dev than it.

    Raises:
        BudgetExhausted: retries used the calls up; what was scored so far stands.
    """
    offered = search.take_in([], step=0)
    descent = Descent(search, settings, _fitted(search, settings), offered)
    await descent.begin()
    step, over = 0, False
    while not over:
        try:
            while descent.goes_on(step) and (samples := descent.start_step(step + 1)):
                step += 1
                await descent.descend(samples, step)
            over = not await descent.end(step)
        except BudgetExhausted as end:
            # Calls that were refused are made in their own stage, where a limit was raised since.
            if not (end.planned and descent.go_on_behind(step)):
                raise
    if len(search.candidates) == 1 and search.rejections:
        search.journal.warned(
            "no proposal passed the guards; the seed prompt stands alone "
            f"({by_reason(search.rejections)})"
        )
    return descent.best


class Descent:
    """The state of one search.

    Attributes:
        rows: the dev examples that every candidate is scored on.
        best: the best candidate so far.
        extent: how large it is; changes where a person changes what it may cost.
    """

    def __init__(
        self,
        search: Search,
        settings: GpoSettings,
        extent: Extent,
        offered: Sequence[Candidate] = (),
    ) -> None:
        self.rows = search.dev_order()[: extent.dev]
        self.extent = extent
        self.best = search.seed_prompt
        self._search = search
        self._settings = settings
        self._offered = list(offered)  # by a person, for the next step
        self._replans = search.replans
        # A model that completes text goes on behind the mark.
        self._read = read_on if search.completes else read_prompt
        self._trajectory = Trajectory(search.embedder)
        self._summary: Visited | None = None
        train = search.task.train
        self._batches = train_batches(len(train), settings.batch, search.rng("train batches"))
        shown = min(settings.exemplars, len(train))
        self._exemplars: list[Example] = search.rng("exemplars").sample(train, shown)

    @property
    def current(self) -> Visited:
        return self._trajectory.current

    @property
    def words(self) -> int:
        """Words of the current prompt."""
        return len(self.current.candidate.text.split())

    async def begin(self) -> None:
        """Score the seed prompt and stand on it."""
        search, seed = self._search, self._search.seed_prompt
        search.journal.stage_started("seed", 0, search.evaluator.missing([seed], self.rows, "dev"))
        await search.evaluate([seed], self.rows, step=0)
        self._trajectory.add(self._visited(seed))
        self._finish("seed", 0, [seed], [])

    def goes_on(self, step: int) -> bool:
        """Whether there is a step after this one: as asked for, or as many as the calls reach for.

        What the steps so far have left of their calls makes more of them.
        """
        search, patience = self._search, self._settings.patience
        if patience and step and step - self.best.step >= patience:
            return False
        self.extent = grown(self._settings, search.sizes, self.extent, step + 1, search.spare)
        return step < self.extent.steps

    def start_step(self, step: int) -> int:
        """Announce a step; returns how many candidates the calls reach for in it, at most all.

        0 of them where there is to be none.

        What a person asks for is taken in before.
        """
        search = self._search
        self._take_in(step, step)
        if step > self.extent.steps:
            return 0
        calls, each = step_calls(self._settings, search.sizes, step, len(self.rows))
        calls += search.evaluator.missing(self._offered, self.rows, "dev")
        samples = self.extent.candidates
        if search.affordable is not None:
            samples = max(0, min(samples, (search.affordable - calls) // each))
        if samples:
            search.journal.stage_started(step_name(step), step, calls + samples * each)
        else:
            search.journal.limited(
                search.limit, f"the calls reach for {step - 1} of {self.extent.steps} steps"
            )
        return samples

    async def descend(self, samples: int, step: int) -> None:
        """Make a step: propose as many candidates, score them, move on to the best.

        Raises:
            BudgetExhausted: the calls ran out in the midst of it.
        """
        settings, search = self._settings, self._search
        budget = edit_budget(settings, step, self.extent.steps, self.words)
        shown = await self.remember(step)
        search.journal.step_planned(
            step,
            budget.words if budget is not None else None,
            [each.candidate.id for each in shown],
            self.current.candidate.id,
        )
        reflection = await self.reflect(step)
        proposals = await self.propose(samples, shown, reflection, budget, step)
        await search.evaluate(proposals, self.rows, step=step)
        self.move(proposals, step)

    async def remember(self, step: int) -> list[Visited]:
        """Momentum: the prompts of the past that the optimizer model is shown."""
        if self._settings.momentum == "summary":
            return await self._summarise(step)
        return await self._trajectory.retrieve(self._settings.momentum, self._settings.trajectory)

    async def reflect(self, step: int) -> str | None:
        """Direction: what is wrong with the current prompt, if that is to be told."""
        rows = next(self._batches)
        if self._settings.direction != "reflection":
            return None
        return await reflect(self._search, self.current.candidate, rows, step)

    async def propose(
        self,
        samples: int,
        shown: Sequence[Visited],
        reflection: str | None,
        budget: EditBudget | None,
        step: int,
    ) -> list[Candidate]:
        """Refinement: sample prompts, held to the edit budget. Known ones come back, too.

        A person's, which need not keep to it, stand beside them.
        """
        offered, self._offered = self._offered, []
        settings, search = self._settings, self._search
        prompt = meta_prompt(
            shown=shown,
            current=self.current,
            exemplars=self._exemplars,
            template=search.task.template,
            refinement=settings.refinement,
            budget=budget,
            reflection=reflection,
        )
        before = search.rejections.copy()
        made = await search.propose(
            [Query(prompt, (self.current.candidate,), opening=START, closing=END)] * samples,
            operation=settings.refinement,
            step=step,
            max_words=settings.max_words,
            read=self._read,
            edit_budget=budget,
            reuse=True,
        )
        if not made:
            reasons = by_reason(search.rejections - before) or "no reply came"
            search.journal.warned(f"{step_name(step)}: no proposal passed ({reasons})")
        return list(dict.fromkeys([*offered, *made]))

    def move(self, proposals: Sequence[Candidate], step: int) -> None:
        """Go on to the best proposal that was never the current prompt, even if it is worse."""
        ranked = self._search.evaluator.ranked(proposals, self.rows)
        following = [each for each in map(self._visited, ranked) if each.score is not None]
        new = [each for each in following if each.candidate not in self._trajectory]
        if new:
            self._trajectory.add(new[0])
        dropped = [each for each in ranked if each not in self._trajectory]
        self._finish(step_name(step), step, ranked, dropped)

    async def end(self, step: int) -> bool:
        """Score what a person has offered since the last step, as far as the calls reach.

        Returns:
            Whether what the search may cost was changed meanwhile, so that it perhaps goes on.
        """
        search = self._search
        while True:
            if self._take_in(step, step + 1):
                return True
            offered, self._offered = self._offered, []
            missing = search.evaluator.missing(offered, self.rows, "dev")
            if not offered:
                return False
            if search.affordable is not None and missing > search.affordable:
                names = " ".join(f"c{each.id:03d}" for each in offered)
                search.journal.limited(search.limit, f"no calls are left to score {names}")
                return False
            search.journal.stage_started("final", step, missing)
            await search.evaluate(offered, self.rows, step=step)
            self._finish("final", step, offered, [])

    def go_on_behind(self, step: int) -> bool:
        """Whether what the search may cost was changed since the calls ran out in a step.

        What is left to score of it is scored in the next one then.
        """
        candidates = self._search.candidates
        missing = self._search.evaluator.missing
        self._offered = [each for each in candidates if missing([each], self.rows, "dev")]
        return self._take_in(step, step + 1)

    def _take_in(self, step: int, following: int) -> bool:
        """Take in what a person asks for, right before a stage starts.

        Args:
            step: that the stage belongs to.
            following: the step that is about to be made, if one is.

        Returns:
            Whether what the search may cost was changed.
        """
        search = self._search
        self._offered = search.take_in(self._offered, step=step)
        self._trajectory.keep(search.standing(search.candidates))
        if self._summary and not search.standing([self._summary.candidate]):
            self._summary = None
        self.best = search.evaluator.ranked(search.standing(search.candidates), self.rows)[0]
        if search.replans == self._replans:
            return False
        self._replans = search.replans
        self.extent = refit(self._settings, search.sizes, self.extent, following, search.affordable)
        _tell_if_smaller(search, self._settings, self.extent)
        return True

    async def _summarise(self, step: int) -> list[Visited]:
        """One prompt in place of the earlier ones, scored as what it is."""
        search, current = self._search, self.current
        previous = self._summary or self._trajectory.previous
        if previous is None:
            return [current]
        made = await search.propose(
            [
                Query(
                    summary_prompt(previous, current),
                    (previous.candidate, current.candidate),
                    opening=START,
                    closing=END,
                )
            ],
            operation="summary",
            step=step,
            max_words=self._settings.max_words,
            read=self._read,
            reuse=True,
        )
        await search.evaluate(made, self.rows, step=step)
        for candidate in made:
            self._summary = self._visited(candidate)
        return [self._summary or previous, current]

    def _visited(self, candidate: Candidate) -> Visited:
        """A candidate with its score on a scale from 0 to 1."""
        score = self._search.evaluator.score_on(candidate, self.rows)
        if score is None:
            return Visited(candidate, None)
        likelihood = self._settings.score == "log_probability"
        return Visited(candidate, math.exp(score.mean) if likelihood else score.mean)

    def _finish(
        self, stage: str, step: int, compared: Sequence[Candidate], dropped: Sequence[Candidate]
    ) -> None:
        search, rows = self._search, self.rows
        self.best = search.evaluator.ranked(search.standing(search.candidates), rows)[0]
        finish_stage(
            search,
            stage,
            step,
            rows,
            compared=compared,
            survivors=sorted({self.best, self.current.candidate}, key=lambda each: each.id),
            leader=self.best,
            dropped=[each for each in dropped if each != self.best],
        )


def _fitted(search: Search, settings: GpoSettings) -> Extent:
    """How large the search may be; says so where that is less than asked."""
    extent = fit(settings, search.sizes, search.affordable)
    _tell_if_smaller(search, settings, extent)
    return extent


def _tell_if_smaller(search: Search, settings: GpoSettings, extent: Extent) -> None:
    asked = asked_extent(settings, search.sizes)
    if extent != asked:
        search.journal.limited(
            search.limit,
            f"the calls reach for at least {extent.steps} of {asked.steps} steps with "
            f"{extent.candidates} of {asked.candidates} candidates each, on {extent.dev} of "
            f"{asked.dev} dev examples",
            cut=True,
        )
