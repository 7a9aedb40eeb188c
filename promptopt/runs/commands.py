"""Commands: what a person can ask of a run. The engine answers each with an event."""

from __future__ import annotations

import msgspec

from promptopt.errors import StoreError


class Command(msgspec.Struct, frozen=True, tag_field="do", omit_defaults=True):
    """Base of all commands."""

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.__struct_config__.tag)


class Pause(Command, frozen=True, tag="pause"):
    """Send nothing new; what is in flight is drained."""


class Unpause(Command, frozen=True, tag="unpause"):
    """Go on sending."""


class Stop(Command, frozen=True, tag="stop"):
    """End the run in order; it can be resumed."""


class SetLimit(Command, frozen=True, tag="set"):
    """Let a limit of the budget be another one; None for no limit.

    `limit` is an option of the `[budget]` table; `value` is a whole number but for dollars.
    """

    limit: str
    value: int | float | None


class SetConcurrency(Command, frozen=True, tag="set-concurrency"):
    """Let so many calls to each endpoint be under way at once, from 1 to 1,024."""

    concurrency: int


class Add(Command, frozen=True, tag="add"):
    """Take a person's candidate in; `parent` is the candidate that it was edited from."""

    text: str
    parent: int | None = None


class Veto(Command, frozen=True, tag="veto"):
    """Rule a candidate out."""

    candidate: int


class Remark(Command, frozen=True, tag="note"):
    """Keep a remark, on a candidate or on the run."""

    text: str
    candidate: int | None = None


class Mark(Command, frozen=True, tag="mark"):
    """Mark a candidate, to find it again, to compare it or to export it; or unmark it."""

    candidate: int
    marked: bool = True


AnyCommand = Pause | Unpause | Stop | SetLimit | SetConcurrency | Add | Veto | Remark | Mark

OF_THE_ENGINE = (Pause, Unpause, Stop)
"""Commands that are about an engine process: without one there is nothing to do, and one that an
engine left behind is not for the next one."""

OF_THE_RECORD = (Remark, Mark)
"""Commands that no search takes any notice of: they hold at any time, after its end too."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


def encode_command(command: Command) -> str:
    """One command as JSON."""
    return _encoder.encode(command).decode()


def decode_command(text: str) -> AnyCommand:
    """The command that `encode_command` wrote, or an earlier version as a bare name.

    Raises:
        StoreError: the text is none.
    """
    try:
        if text in ("pause", "unpause", "stop"):
            return _decoder.decode(msgspec.json.encode({"do": text}))
        return _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise StoreError(f"a command in the store is damaged: {error}") from error
