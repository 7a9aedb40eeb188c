"""Finds out in threads what would come of a draft; the latest request wins."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from textual.message import Message
from textual.widget import Widget

from promptopt.runs.data_reader import DataReader, Superseded
from tui.crash import write_crash
from tui.threads import post


class Forecaster:
    """Asks for a forecast at a time; of a request that another one has overtaken nothing is told.

    The threads die with the workbench: it does not wait for a large file that is being read.
    """

    class Told(Message):
        """A forecast has come, or what broke while it was made."""

        def __init__(self, number: int, forecast: Any, crash: str) -> None:
            super().__init__()
            self.number = number
            self.forecast = forecast
            self.crash = crash

    def __init__(self, widget: Widget, reader: DataReader) -> None:
        """`widget` gets the messages, `reader` loads the data."""
        self._widget = widget
        self._reader = reader
        self.asked = 0
        """The number of the latest request."""
        self.told = 0
        """The number of the latest request that was answered."""

    @property
    def busy(self) -> bool:
        return self.told < self.asked

    def announce(self) -> None:
        """A request will come: what is under way is not wanted any more."""
        self.asked += 1

    def ask(self, tables: Mapping[str, Any]) -> None:
        """Begin with the request that was announced last."""
        work = (self.asked, deepcopy(dict(tables)))
        threading.Thread(target=self._work, args=work, daemon=True, name="forecast").start()

    def _work(self, number: int, tables: Mapping[str, Any]) -> None:
        from promptopt.runs.forecast import forecast

        found, crash = None, ""
        try:
            found = forecast(tables, self._reader, lambda: number != self.asked)
        except Superseded:
            return
        except Exception as error:
            crash = write_crash(error)
        post(self._widget, self.Told(number, found, crash))
