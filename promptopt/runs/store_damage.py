"""The part of the store that looks for damage: which runs are whole, and how they can be read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from promptopt.errors import DamagedRunError
from promptopt.llm.spend import picodollars
from promptopt.runs.state import RunState
from promptopt.tasks.task import Task

RUN_COLUMNS = {
    "runs": "id",
    "spent": "run_id",
    "events": "run_id",
    "responses": "run_id",
    "predictions": "run_id",
    "commands": "run_id",
}
"""The tables with rows of runs, those that others refer to first, and the column of the name."""

WAYS = ("", "NOT INDEXED")
"""By the index, where there is one; and without it, as it may be what is damaged."""


class Whole(msgspec.Struct, frozen=True):
    """How a run that is whole can be read.

    Attributes:
        ways: for each table, what stands behind its name in a SELECT, one of `WAYS`. A table
            that cannot be read is not in it, where the run can do without.
        spent: its row in that table without the name, if only its events tell of it; else None.
    """

    ways: dict[str, str]
    spent: tuple[int | None, ...] | None = None


class DamageRows:
    """The damage of a `Store`."""

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        raise NotImplementedError

    def _each(self, sql: str, *values: object) -> Iterator[tuple]:  # type: ignore[type-arg]
        raise NotImplementedError

    def run_ids(self) -> list[str]:
        raise NotImplementedError

    def state(self, run_id: str) -> RunState:
        raise NotImplementedError

    def task(self, run_id: str) -> Task:
        raise NotImplementedError

    def roll_back(self) -> None:
        raise NotImplementedError

    def look_through(self) -> tuple[dict[str, Whole], dict[str, str]]:
        """Read all of all runs, as they are at this instant.

        Returns:
            how the runs can be read that are whole, and what is wrong with the others, by id.
        """
        whole: dict[str, Whole] = {}
        damaged: dict[str, str] = {}
        self._rows("BEGIN")  # nothing of what is written meanwhile is seen
        try:
            for run_id in self.run_ids():
                try:
                    whole[run_id] = self._examined(run_id)
                except DamagedRunError as error:
                    damaged[run_id] = str(error)
        finally:
            self.roll_back()
        return whole, damaged

    def _examined(self, run_id: str) -> Whole:
        """How a run can be read.

        Raises:
            DamagedRunError: what is wrong with it.
        """
        ways: dict[str, str] = {}
        for table in RUN_COLUMNS:
            way = self._way(table, run_id)
            if way is not None:
                ways[table] = way
            elif table not in ("spent", "commands"):  # its events tell of what was asked, too
                what = "configuration and task" if table == "runs" else table
                raise DamagedRunError(f"its {what} cannot be read")
        self._check_config(run_id, ways["runs"])
        self.task(run_id)
        state = self.state(run_id)
        lost = "SELECT 1 FROM predictions p LEFT JOIN responses r ON r.id = p.response "
        if self._rows(lost + "WHERE p.run_id = ? AND r.id IS NULL LIMIT 1", run_id):
            raise DamagedRunError("responses are missing that its predictions refer to")
        return Whole(ways, None if "spent" in ways else _spent_as_told(state))

    def _way(self, table: str, run_id: str) -> str | None:
        """How the rows of a run in a table can be read, one of `WAYS`; None where they cannot."""
        for way in WAYS:
            sql = f"SELECT * FROM {table} {way} WHERE {RUN_COLUMNS[table]} = ?"  # noqa: S608 - ours
            try:
                rows = sum(1 for _ in self._each(sql, run_id))
            except DamagedRunError:
                continue
            if rows or table not in ("runs", "spent"):  # of these each run has one
                return way
        return None

    def _check_config(self, run_id: str, way: str) -> None:
        rows = self._rows(f"SELECT config FROM runs {way} WHERE id = ?", run_id)  # noqa: S608 - ours
        try:
            msgspec.json.decode(rows[0][0])
        except msgspec.DecodeError as error:
            raise DamagedRunError(f"its configuration is damaged: {error}") from error


def _spent_as_told(state: RunState) -> tuple[int | None, ...]:
    """The row in `spent`, without the name, of a run of which it cannot be read.

    Raises:
        DamagedRunError: it has not ended. What its last calls spent is not told then, and its
            limits could not be kept.
    """
    if not state.ended:
        raise DamagedRunError("what it has spent cannot be read")
    usage = state.usage
    calls, tokens = usage.calls - usage.lost, usage.tokens - usage.lost_tokens
    money = known_money = None
    if usage.usd is not None:
        money, known_money = picodollars(usage.usd), picodollars(usage.usd - usage.lost_usd)
    known = (calls, tokens, known_money or 0, usage.prompt_tokens, usage.completion_tokens)
    return usage.calls, usage.tokens, money, *known
