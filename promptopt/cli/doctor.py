"""promptopt doctor"""

from __future__ import annotations

import click

from promptopt.cli.output import say

_marks = {"fine": "✓", "wrong": "✗", "absent": "–"}


@click.command("doctor")
@click.pass_context
def command(context: click.Context) -> None:
    """Check that everything needed is in place.

    ✓ is fine, ✗ must be put right before anything can run, – is something that only some runs
    need. Leaves with 0 if nothing must be put right, else with 1.
    """
    from promptopt.cli import health

    findings = [check() for check in health.CHECKS]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        say(f"{_marks[finding.state]} {finding.what:<{width}}  {finding.details}")
        for line in finding.advice.splitlines():
            say(f"  {'':<{width}}  {line}")
    if any(finding.state == "wrong" for finding in findings):
        context.exit(1)
