"""The models of a run: each backend opened once, however many roles it plays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from promptopt.llm.backends import open_model
from promptopt.llm.client import ModelClient
from promptopt.llm.model import Model, Role
from promptopt.llm.places import Places
from promptopt.llm.sampling import concurrency_of
from promptopt.llm.settings import ModelSettings

DRAIN_SECONDS = 10.0
"""How long a run that has failed waits for the calls that are still out."""

MakeClient = Callable[[Model, Role, Places], ModelClient]
"""(backend, role, places for calls at once) to a client."""


@contextlib.asynccontextmanager
async def opened(
    settings: Mapping[Role, ModelSettings], make: MakeClient
) -> AsyncIterator[dict[Role, ModelClient]]:
    """A client for each role, over backends that are closed when the context ends.

    Roles with the same endpoint, asked in the same manner, share one backend and its places.

    Raises:
        InputError: a model cannot exist as it is named.
        FatalError: one cannot be started.
    """
    backends: list[tuple[ModelSettings, Model, Places]] = []
    clients: dict[Role, ModelClient] = {}
    async with contextlib.AsyncExitStack() as stack:
        for role, named in settings.items():
            model = open_model(named)
            for known, backend, places in backends:
                if backend.identity == model.identity and _alike(known, named):
                    clients[role] = make(backend, role, places)
                    break
            else:
                places = Places(concurrency_of(named))
                backends.append((named, model, places))
                clients[role] = make(model, role, places)
        for _, backend, _ in backends:
            stack.push_async_callback(backend.close)
            await backend.start()
        try:
            yield clients
        finally:
            await asyncio.gather(*(each.drain(DRAIN_SECONDS) for each in clients.values()))


def _alike(one: ModelSettings, other: ModelSettings) -> bool:
    """Whether two models with the same endpoint are to be asked in the same manner."""
    if one.kind == "local":
        return True  # the weights are loaded once; one slot serves all
    manner = ("timeout", "api_key_env", "concurrency")
    return all(getattr(one, name) == getattr(other, name) for name in manner)
