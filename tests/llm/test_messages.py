"""What is said of calls that failed: by which endpoint, once, and in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.llm.errors import FatalError, RetryableError, SkippedError
from promptopt.llm.failures import LONGEST_REASON, Failures
from promptopt.llm.limits import EndpointLimits
from promptopt.runs.events import CallRetried

from .asking import ask_for, asking, endpoint_model
from .endpoint import Behaviour, Endpoint, cut_short, fails, hangs, resets, says, sends
from .test_limits import Clock

BEHAVIOURS: dict[str, tuple[Behaviour, str]] = {
    "429": (fails(429, "slow down"), "HTTP 429: slow down ({url})"),
    "500": (fails(500, "oh dear"), "HTTP 500: oh dear ({url})"),
    "silence": (hangs, "no answer within 1 s ({url})"),
    "reset": (resets, "the connection to {url} was lost: closed without a reply"),
    "cut short": (cut_short, "the connection to {url} was lost: in the middle of a reply"),
    "no reply": (sends("<p>Hi</p>", "text/html"), "{url} answered what is no completion: <p>Hi"),
}


@pytest.mark.parametrize(("behaviour", "said"), BEHAVIOURS.values(), ids=BEHAVIOURS)
async def test_each_names_its_endpoint_once(
    tmp_path: Path, behaviour: Behaviour, said: str
) -> None:
    told: list[str] = []
    clock = Clock()
    with Endpoint(says("fine")) as endpoint:
        limits = EndpointLimits(
            endpoint.url, patience=60.0, tell=told.append, clock=clock, sleep=clock.sleep
        )
        model = endpoint_model(endpoint.url, timeout=1.0)
        async with asking(tmp_path, model, limits=limits) as here:
            await here.client.ask(ask_for("first"))
            # Where nobody answers, so often that the endpoint counts as out.
            times = 4 if "no completion" in said else 6
            endpoint.script.extend([behaviour] * times)
            assert (await here.client.ask(ask_for("second"))).response is not None
            retried = [event.reason for event in here.events(CallRetried)]
        assert len(retried) == times
        assert all(each.startswith(said.format(url=endpoint.url)) for each in retried)
        assert [each.count(endpoint.url) for each in retried] == [1] * times
        assert [each.count(endpoint.url) for each in told] == [1] * len(told)
        assert told or times == 4


async def test_who_expects_tls_is_told_that_there_is_none() -> None:
    with Endpoint() as endpoint:
        url = endpoint.url.replace("http:", "https:")
        model = endpoint_model(url)
        await model.start()
        with pytest.raises(RetryableError) as caught:
            await model.complete(ask_for())
        await model.close()
    assert str(caught.value) == f"cannot reach {url}: no TLS: wrong version number"


def test_a_reason_is_counted_with_its_like_of_an_earlier_engine() -> None:
    failures = Failures("task")
    failures.answered_before()
    reason = "odd " * 80
    failures.given_up_before(reason)
    assert failures.given_up(SkippedError(reason), 1) is None
    assert failures.why.startswith("2 × odd ")
    assert "," not in failures.why


def test_a_long_reason_is_cut_between_words_and_says_so() -> None:
    failures = Failures("task")
    ended = failures.given_up(RetryableError("odd " * 200), 5)
    failures.answered()
    for _ in range(8):
        ended = failures.given_up(RetryableError("odd " * 200), 5)
    assert isinstance(ended, FatalError)
    assert str(ended).endswith("odd …")
    assert len(str(ended)) < LONGEST_REASON + 100
