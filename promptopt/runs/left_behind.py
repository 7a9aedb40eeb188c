"""What a run has used whose engine has died, which nobody is there to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from promptopt.runs.events import UsageUpdated
    from promptopt.runs.state import RunState
    from promptopt.runs.store import Store


def usage_left_behind(store: Store, state: RunState) -> UsageUpdated:
    """What stands on disk, as the next engine will tell it: what was under way is lost.

    Raises:
        StoreError: the store cannot be read.
    """
    told, spent, known = state.usage, store.spent(state.run_id), store.known(state.run_id)
    if spent.calls < told.calls:
        return told  # they were counted elsewhere
    lost = spent - known.spend
    return msgspec.structs.replace(
        told,
        calls=spent.calls,
        prompt_tokens=known.prompt_tokens,
        completion_tokens=known.completion_tokens,
        in_flight=0,
        tokens=spent.tokens,
        usd=None if told.usd is None else spent.usd,
        lost=lost.calls,
        lost_tokens=lost.tokens,
        lost_usd=lost.usd,
    )
