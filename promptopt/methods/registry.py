"""The methods by name: their settings, their plans, and where they are implemented."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from promptopt.errors import InputError
from promptopt.methods import ape_plan, gpo_plan
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.plan import PlannedStage, Sizes

if TYPE_CHECKING:
    from promptopt.evaluation.candidate import Candidate
    from promptopt.methods.search import Search

MethodSettings = ApeSettings | GpoSettings
"""The settings of any method: a union that is told apart by the name."""


class Method(msgspec.Struct, frozen=True):
    """A search that a run can be asked for.

    Attributes:
        name: as in `[method] name`.
        summary: one sentence about it.
        source: where it was published.
        settings: the type of its settings; their tag is the name.
        plan: (settings, sizes) to the stages with the most calls of each.
        plan_within: the same with how many calls are affordable, as the third.
        function: "module:name" of the search, imported when it is used.
        rest: (settings, sizes, names of the finished stages, dev examples of the last one) to what
            a higher limit lets a search do that one has ended: "more" from there on, "none", or all
            of it "anew".
    """

    name: str
    summary: str
    source: str
    settings: type[msgspec.Struct]
    plan: Callable[[Any, Sizes], list[PlannedStage]]
    plan_within: Callable[[Any, Sizes, int | None], list[PlannedStage]]
    function: str
    rest: Callable[[Any, Sizes, Collection[str], int], Literal["more", "none", "anew"]]

    async def search(self, search: Search, settings: MethodSettings) -> Candidate:
        """Run the method; returns the candidate that it chooses."""
        module, _, name = self.function.partition(":")
        run: Callable[..., Awaitable[Candidate]] = getattr(importlib.import_module(module), name)
        return await run(search, settings)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "ape",
            "Proposes instructions from examples, filters them in stages, varies the best.",
            "Zhou et al., ICLR 2023",
            ApeSettings,
            ape_plan.plan,
            ape_plan.plan_within,
            "promptopt.methods.ape:ape",
            lambda *_: "anew",  # what makes it smaller is settled at its beginning
        ),
        Method(
            "gpo",
            "Improves a prompt step by step, shown its trajectory, within a shrinking edit budget.",
            "Tang et al., AAAI 2025",
            GpoSettings,
            gpo_plan.plan,
            gpo_plan.plan_within,
            "promptopt.methods.gpo:gpo",
            gpo_plan.rest,
        ),
    )
}


def method_of(settings: MethodSettings) -> Method:
    """The method that these are the settings of."""
    return METHODS[str(settings.__struct_config__.tag)]


def method_name(settings: MethodSettings) -> str:
    """What the method of these settings is called."""
    return method_of(settings).name


def changed_settings(settings: MethodSettings) -> dict[str, Any]:
    """The settings that are not as the method has them by itself, by name, as JSON values."""
    usual = type(settings)()
    return {
        name: msgspec.to_builtins(getattr(settings, name))
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(usual, name)
    }


def settings_type(name: str, where: str) -> type[msgspec.Struct]:
    """The settings of the method called `name`.

    Raises:
        InputError: there is no such method.
    """
    if name in METHODS:
        return METHODS[name].settings
    close = difflib.get_close_matches(name, METHODS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(METHODS)}"
    raise InputError(f"{where}: unknown method {name!r}; {hint}")
