"""Proposals beyond the edit budget: what becomes of them in a search."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
import pytest

from promptopt import _core
from promptopt.llm.model import Request, Response
from promptopt.methods.gpo import gpo
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.results.progress import ProgressLines
from promptopt.runs.events import CandidateAdded, ProposalRejected, SearchWarned

from ..evaluation.searching import TableModel, searching, table_task
from .landscapes import Landscape, Unruly

CURRENT = "one two three four five six seven eight nine ten"
FAR = "one two three four five A B C D E"
NEAR = "one two three four five six seven eight nine E"


class Answers(TableModel):
    """Proposes `first`, and `second` when it is sent back."""

    first = ""
    second = ""

    async def complete(self, request: Request) -> Response:
        prompt = request.prompt
        if request.history or "differs from the current prompt by" in prompt:
            self.asked.append(request)
            return Response(tagged(self.second))
        if prompt.startswith("Your task is"):
            self.asked.append(request)
            return Response(tagged(self.first))
        return await super().complete(request)


def tagged(text: str) -> str:
    return f"<START>{text}<END>" if text and "<" not in text else text


async def budgeted(
    first: str, second: str = "", *, api: Any = "chat", **settings: Any
) -> tuple[list[CandidateAdded], list[ProposalRejected], Answers]:
    """What became of a proposal that may differ from the current prompt by two words."""
    model = Answers(defaultdict(lambda: [True]))
    model.first, model.second = first, second
    task = table_task(1)
    task = msgspec.structs.replace(task, seed_prompt=CURRENT)
    options: dict[str, Any] = {"steps": 1, "candidates": 1, "schedule": "fixed", "max_edit": 2}
    async with searching(task, model, concurrency=1, proposer_api=api) as here:
        await gpo(here.search, GpoSettings(**(options | settings)))
        return here.events(CandidateAdded)[1:], here.events(ProposalRejected), model


def about(event: CandidateAdded) -> tuple[int | None, int | None, str]:
    return event.distance, event.edit_budget, event.edit_outcome


async def test_a_proposal_within_the_budget() -> None:
    (made,), rejected, model = await budgeted(NEAR)
    assert about(made) == (1, 2, "within")
    assert (made.text, rejected) == (NEAR, [])
    assert not any(request.history for request in model.asked)


async def test_a_proposal_beyond_it_is_sent_back_once_with_its_distance() -> None:
    (made,), rejected, model = await budgeted(f"<START>{FAR}<END>", f"<START>{NEAR}<END>")
    assert about(made) == (1, 2, "sent back")
    assert (made.text, rejected) == (NEAR, [])
    (back,) = [request for request in model.asked if request.history]
    ((said, reply),) = back.history
    assert said.startswith("Your task is to write")
    assert reply == f"<START>{FAR}<END>"
    assert "by 5 words" in back.prompt
    assert "up to 2 words" in back.prompt


async def test_a_model_that_completes_text_reads_on() -> None:
    (made,), _, model = await budgeted(f"{FAR}<END>", f"{NEAR}<END>", api="completion")
    assert about(made) == (1, 2, "sent back")
    first, back = (request.prompt for request in model.asked if "Your task" in request.prompt)
    assert first.endswith("<START> and <END>.\n\n<START>")
    assert back.startswith(f"{first}{FAR}<END>\n\nYour prompt differs")
    assert back.endswith("\n\n<START>")
    # A prompt may have several lines: not the line's end ends it, but its mark.
    stops = {request.stop for request in model.asked if "Your task" in request.prompt}
    assert stops == {("<END>",)}


@pytest.mark.parametrize("second", [f"<START>{FAR}<END>", "", "<START><END>"])
async def test_what_is_still_beyond_it_is_projected(second: str) -> None:
    (made,), rejected, model = await budgeted(FAR, second)
    assert about(made) == (2, 2, "projected")
    assert made.text == "one two three four five A B eight nine ten"
    assert rejected == []
    assert sum(bool(request.history) for request in model.asked) == 1


async def test_a_second_try_that_cannot_be_a_candidate_leaves_the_first() -> None:
    for second in ("train 3", "a" + " b" * 30):  # an input of train, an overlong one
        (made,), rejected, _ = await budgeted(FAR, second, max_words=12)
        assert about(made) == (2, 2, "projected")
        assert made.text == "one two three four five A B eight nine ten"
        assert rejected == []


async def test_a_known_proposal_is_not_sent_back() -> None:
    other = f"X {CURRENT.removeprefix('one ')}"
    model = TableModel(defaultdict(lambda: [True]))
    model.proposals = [tagged(text) for text in (NEAR, other, other, other)]
    task = msgspec.structs.replace(table_task(1), seed_prompt=CURRENT)
    options = GpoSettings(steps=2, candidates=2, schedule="fixed", max_edit=1)
    async with searching(task, model, concurrency=1) as here:
        await gpo(here.search, options)
        added, rejected = here.events(CandidateAdded), here.events(ProposalRejected)
    # The second step stands on the first proposal, two words from the other. Cut down to one,
    # that is a third, which brings nothing new when it comes again.
    assert [each.text for each in added[1:]] == [NEAR, other, NEAR.replace("one", "X")]
    assert about(added[3]) == (1, 1, "projected")
    assert [each.reason for each in rejected] == ["same as c003"]
    assert model.proposed == 4


async def test_or_rejected() -> None:
    made, (rejected,), _ = await budgeted(FAR, "a b c d e f g h", excess="reject")
    assert made == []
    assert rejected.reason == "10 words from c000, at most 2"
    assert rejected.text == "a b c d e f g h"


async def test_to_observe_only_records() -> None:
    (made,), rejected, model = await budgeted(FAR, NEAR, excess="observe")
    assert about(made) == (5, 2, "over")
    assert (made.text, rejected) == (FAR, [])
    assert not any(request.history for request in model.asked)


async def test_without_a_budget_nothing_is_over_it() -> None:
    (made,), _, model = await budgeted(FAR, NEAR, schedule="none")
    assert about(made) == (5, None, "")
    assert "may change" not in model.asked[1].prompt


async def test_what_would_be_turned_away_anyhow_is_not_sent_back() -> None:
    made, (rejected,), model = await budgeted(f"{FAR} more", NEAR, max_words=10)
    assert made == []
    assert rejected.reason == "11 words, at most 10"
    assert not any(request.history for request in model.asked)


async def test_no_candidate_is_beyond_its_budget() -> None:
    land = Landscape("smooth", dev=6)
    async with searching(land.task(), Unruly(land), seed=3) as here:
        await gpo(here.search, GpoSettings(steps=8, candidates=4, max_edit=5))
        added = here.events(CandidateAdded)[1:]
    known = {event.candidate: event.text for event in added} | {0: land.task().seed_prompt}
    for event in added:
        assert event.distance == _core.levenshtein(known[event.parents[0]], event.text)
        assert event.distance is not None
        assert event.edit_budget is not None
        assert 0 < event.distance <= event.edit_budget
    outcomes = [event.edit_outcome for event in added]
    assert {"within", "sent back", "projected"} >= set(outcomes)
    assert outcomes.count("projected") > 3


REFUSAL = "I'm sorry, but I can't help with that."


async def test_a_reply_without_marks_is_sent_back_once() -> None:
    (made,), rejected, model = await budgeted(f"<{REFUSAL}>", NEAR)
    assert about(made) == (1, 2, "sent back")
    assert (made.text, rejected) == (NEAR, [])
    (back,) = [request for request in model.asked if request.history]
    assert "no new prompt between <START> and <END>" in back.prompt


async def test_and_what_comes_back_is_held_to_the_budget() -> None:
    (made,), _, _ = await budgeted(f"<{REFUSAL}>", FAR)
    assert about(made) == (2, 2, "projected")


async def test_without_marks_again_it_is_turned_away() -> None:
    made, (rejected,), model = await budgeted(f"<{REFUSAL}>", f"<{REFUSAL}>")
    assert (made, rejected.reason) == ([], "no <START>")
    assert sum(bool(request.history) for request in model.asked) == 1


@pytest.mark.parametrize("settings", [{"schedule": "none"}, {"excess": "observe"}])
async def test_or_at_once_where_nothing_is_sent_back(settings: dict[str, Any]) -> None:
    made, (rejected,), model = await budgeted(f"<{REFUSAL}>", NEAR, **settings)
    assert (made, rejected.reason) == ([], "no <START>")
    assert not any(request.history for request in model.asked)


@pytest.mark.parametrize("api", ["chat", "completion"])
async def test_a_refusal_is_no_prompt_within_marks_either(api: Any) -> None:
    first = f"<START>{REFUSAL}<END>" if api == "chat" else f"{REFUSAL}<END>"
    made, (rejected,), _ = await budgeted(first, NEAR, api=api)
    assert (made, rejected.reason) == ([], "a refusal")


async def test_a_step_and_a_search_without_any_proposal_warn_of_it() -> None:
    model = Answers(defaultdict(lambda: [True]))
    model.first = model.second = f"<{REFUSAL}>"
    async with searching(table_task(1), model, concurrency=1) as here:
        await gpo(here.search, GpoSettings(steps=2, candidates=3))
        warned = [event.message for event in here.events(SearchWarned)]
        state = here.journal.state
    assert warned == [
        "step 1: no proposal passed (3 no <START>)",
        "step 2: no proposal passed (3 no <START>)",
        "no proposal passed the guards; the seed prompt stands alone (6 no <START>)",
    ]
    assert state.rejections == {"no <START>": 6}
    assert [each.stage for each in state.idle] == ["step 1", "step 2"]
    lines = "\n".join(ProgressLines(state).new_lines())
    assert lines.index("seed done: ") < lines.index("step 1 done: ") < lines.index("step 2 done: ")


async def test_a_step_with_a_proposal_does_not() -> None:
    model = Answers(defaultdict(lambda: [True]))
    model.first = NEAR
    async with searching(table_task(1), model, concurrency=1) as here:
        await gpo(here.search, GpoSettings(steps=1, candidates=3, schedule="none"))
        assert here.events(SearchWarned) == []
        assert here.journal.state.saved.share == 0
