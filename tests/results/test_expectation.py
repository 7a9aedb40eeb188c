"""How many calls are expected, by what the steps have taken and not by what they might take."""

from __future__ import annotations

from promptopt.results.expectation import Expected, expected
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

STEPS, TEST = 12, 122


class Story:
    """A GPO run of 12 steps of up to 504 calls, as it tells of itself."""

    def __init__(self, max_calls: int | None = None) -> None:
        self.state = RunState("live")
        self.calls = 0
        self.tell(ev.EngineStarted(1, 1, "0.1.0"))
        self.tell(
            ev.SearchStarted(
                *("plurals", "exact_match", "gpo", 0, "Go.", 30, 61, 61, "m", "m"),
                planned_calls=61 + STEPS * 504 + TEST,
                max_calls=max_calls,
            )
        )
        self.tell(ev.CostEstimated(1_000, 1_000, None, True, STEPS, TEST))
        self.tell(ev.CandidateAdded(0, "Go.", "seed", 0))
        self.stage("seed", 0, 61, 61)

    def tell(self, event: ev.Event) -> None:
        self.state.apply(self.state.last_seq + 1, 100.0 + self.state.last_seq, event)

    def use(self, calls: int) -> None:
        self.calls += calls
        self.tell(ev.UsageUpdated(calls=self.calls))

    def stage(self, name: str, step: int, most: int, took: int) -> None:
        self.tell(ev.StageStarted(name, step, most))
        self.use(took)
        self.tell(ev.StageFinished(name, step))

    def steps(self, last: int, took: int = 75) -> None:
        for step in range(len(self.state.steps) + 1, last + 1):
            self.tell(ev.StepPlanned(step, 5, (0,), 0))
            self.stage(f"step {step}", step, 504, took)

    @property
    def expected(self) -> Expected:
        found = expected(self.state)
        assert found is not None
        return found


def test_the_plan_is_a_bound_until_steps_have_been_made() -> None:
    story = Story()
    assert story.expected.told == "≤6,231"
    story.steps(1)
    assert story.expected == Expected(6_231, bound=True, steps=STEPS)


def test_steps_to_come_take_what_the_last_ones_took() -> None:
    story = Story()
    story.steps(8)
    whole = 61 + STEPS * 75 + TEST
    assert story.expected == Expected(whole, bound=False, steps=STEPS)
    assert story.expected.told == f"~{whole:,}"
    # In the middle of a step its own calls are counted once.
    story.tell(ev.StepPlanned(9, 5, (0,), 0))
    story.tell(ev.StageStarted("step 9", 9, 504))
    story.use(40)
    assert story.expected.calls == whole
    story.use(100)  # it takes more than the others
    assert story.expected.calls == whole + 65


def test_the_test_is_exact() -> None:
    story = Story()
    story.steps(STEPS)
    story.tell(ev.WinnerChosen(0))
    story.tell(ev.StageStarted("test", STEPS, 61))  # the seed prompt won: one prompt is tested
    assert story.expected == Expected(61 + STEPS * 75 + 61, bound=False, steps=STEPS)
    story.use(61)
    assert story.expected.calls == story.calls


def test_a_limit_leaves_room_for_fewer_steps() -> None:
    story = Story(max_calls=700)
    assert story.expected.calls == 700
    story.steps(4)
    # 361 are made, 122 are kept for the test: two more steps of 75 and a rest.
    assert story.expected == Expected(361 + 2 * 75 + TEST, bound=False, steps=6)


def test_a_search_without_steps_is_bound_by_its_plan_or_its_limit() -> None:
    for cap, most in ((None, 6_231), (1_200, 1_200), (9_000, 6_231)):
        story = Story(cap)
        story.stage("filter 1", 1, 300, 200)
        assert story.expected == Expected(most, bound=True)


def test_steps_that_are_known_already_foretell_nothing() -> None:
    story = Story()
    story.steps(3)
    story.steps(5, took=0)  # gone through with the replies of before
    assert story.expected.calls == 61 + 3 * 75 + (STEPS - 5) * 75 + TEST
