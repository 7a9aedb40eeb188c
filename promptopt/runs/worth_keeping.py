"""Which requests a store keeps the text of."""

from __future__ import annotations

from promptopt.llm.model import Request, Role


def worth_keeping(role: Role, request: Request) -> str | None:
    """What was sent, unless it stands elsewhere.

    A task model's prompt follows from template, candidate and example, and an embedder is sent
    a candidate's text. What an optimizer or a judge was asked, and what a task model was told
    after its first reply, stands nowhere else.
    """
    return request.transcript() if role in ("optimizer", "judge") or request.history else None
