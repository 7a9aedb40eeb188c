"""promptopt models"""

from __future__ import annotations

import click


@click.group("models")
def command() -> None:
    """Get the embedded model, or see where it is."""


@command.command("pull")
def pull() -> None:
    """Download the embedded model's weights and check them."""
    from promptopt.cli.output import say
    from promptopt.llm import weights

    weights.pull(say)


@command.command("path")
def path() -> None:
    """Print where the embedded model's weights are."""
    from promptopt.cli.output import say
    from promptopt.errors import RunError
    from promptopt.llm import weights

    found = weights.find()
    if found is None:
        raise RunError("the weights are not here yet; get them with: promptopt models pull")
    say(str(found))
