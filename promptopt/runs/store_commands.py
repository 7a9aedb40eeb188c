"""The part of the store in which viewers ask and engines answer."""

from __future__ import annotations

import time

from promptopt.runs.commands import AnyCommand, decode_command, encode_command
from promptopt.runs.events import Answer, decode_event
from promptopt.runs.records import Command


class CommandRows:
    """The commands of a `Store`."""

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        raise NotImplementedError

    def send_command(self, run_id: str, command: AnyCommand) -> int:
        """Ask something of the run's engine; returns the command's id."""
        rows = self._rows(
            "INSERT INTO commands (run_id, at, command) VALUES (?, ?, ?) RETURNING id",
            run_id,
            time.time(),
            encode_command(command),
        )
        return int(rows[0][0])

    def open_commands(self, run_id: str) -> list[Command]:
        """Commands that the engine has not taken yet, oldest first."""
        rows = self._rows(
            "SELECT id, command FROM commands WHERE run_id = ? AND taken_at IS NULL ORDER BY id",
            run_id,
        )
        return [Command(number, decode_command(text)) for number, text in rows]

    def take_commands(self, run_id: str, up_to: int) -> None:
        """Mark commands as taken, all up to and with id `up_to`."""
        self._rows(
            "UPDATE commands SET taken_at = ? WHERE run_id = ? AND id <= ? AND taken_at IS NULL",
            time.time(),
            run_id,
            up_to,
        )

    def is_taken(self, command_id: int) -> bool:
        rows = self._rows("SELECT taken_at FROM commands WHERE id = ?", command_id)
        return bool(rows) and rows[0][0] is not None

    def answer(self, run_id: str, command_id: int) -> Answer | None:
        """The event that answers a command; None where there is none yet, or never will be."""
        if not self.is_taken(command_id):
            return None
        # The newest first: it came just now.
        rows = self._rows(
            "SELECT event FROM events WHERE run_id = ? AND json_extract(event, '$.command') = ? "
            "ORDER BY seq DESC LIMIT 1",
            run_id,
            command_id,
        )
        event = decode_event(rows[0][0]) if rows else None
        return event if isinstance(event, Answer) else None
