"""Loads the data of a run that is being set up, and keeps what was loaded last."""

from __future__ import annotations

import contextlib
import gc
import itertools
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from promptopt.errors import InputError

if TYPE_CHECKING:
    from promptopt.tasks.columns import Columns
    from promptopt.tasks.dataset import Dataset
    from promptopt.tasks.splits import Splits, SplitSizes

LARGE = 4_000_000
"""Bytes of a file from which on only one is read at a time."""

MANY = 50_000
"""Examples from which on the garbage collector is kept away."""

Draw = Callable[["Dataset", "SplitSizes", int], "Splits"]
"""Divides data into splits of these sizes by a seed."""


class Superseded(Exception):  # noqa: N818 - no error: it ends a work whose result nobody wants
    """What was asked for is not wanted any more."""


class DataReader:
    """Loads data, and keeps what it loaded last until the file is another one.

    To be used from several threads.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._kept: tuple[object, Dataset | InputError] | None = None
        self._drawn: tuple[Dataset, SplitSizes, int, Splits] | None = None

    def load(
        self,
        source: str,
        columns: Columns | None = None,
        *,
        metric: str | None = None,
        answer_separator: str | None = None,
        superseded: Callable[[], bool] = lambda: False,
    ) -> Dataset:
        """`promptopt.tasks.load.load_dataset`, but quick where the same was loaded before.

        Raises:
            InputError: as there; or `source` is a pipe or a device, whose reading might never end.
            Superseded: `superseded` said so before the reading began.
        """
        from promptopt.tasks.load import with_metric

        size, stamp = _stamp(source)
        key = (source, columns, answer_separator, stamp)
        if size < LARGE:
            dataset = self._load(key)
        else:
            with self._one_at_a_time:
                if superseded():
                    raise Superseded
                with _without_collector():
                    dataset = self._load(key)
        return with_metric(dataset, metric) if metric else dataset

    def _load(self, key: tuple[str, Columns | None, str | None, object]) -> Dataset:
        from promptopt.tasks.load import load_dataset

        kept = self._kept
        if kept is None or kept[0] != key:
            source, columns, separator, _ = key
            self._kept = self._drawn = None  # two large ones would not fit beside each other
            found: Dataset | InputError
            try:
                found = load_dataset(source, columns, answer_separator=separator)
            except InputError as error:
                found = error
            self._kept = kept = (key, found)
        if isinstance(kept[1], InputError):
            raise kept[1].with_traceback(None)
        return kept[1]

    def draw(self, dataset: Dataset, sizes: SplitSizes, seed: int) -> Splits:
        """`promptopt.tasks.splits.draw_splits`, but quick where the same was drawn before.

        Raises:
            InputError: as there.
        """
        from promptopt.tasks.splits import draw_splits

        last = self._drawn
        many = sum(map(len, dataset.given.values())) > MANY
        # With another metric the examples are the very same ones.
        if last is None or last[0].given is not dataset.given or last[1:3] != (sizes, seed):
            with _without_collector() if many else contextlib.nullcontext():
                last = (dataset, sizes, seed, draw_splits(dataset, sizes, seed))
            kept = self._kept and self._kept[1]
            # Of data that another request has replaced nothing is held any more.
            if kept and not isinstance(kept, InputError) and kept.given is dataset.given:
                self._drawn = last
        return last[3]


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the garbage collector from looking through millions of examples, which stops everything.

    They hold no cycles, so that there is nothing for it to find.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _stamp(source: str) -> tuple[int, object]:
    """The size of the data, and what changes whenever they do.

    Raises:
        InputError: they are a pipe or a device.
    """
    try:
        path = Path(source).expanduser()
        if not path.exists() and ":" in source:
            path = Path(source.rpartition(":")[0]).expanduser()
        files = sorted(itertools.islice(path.rglob("*"), 5_000)) if path.is_dir() else [path]
        found = [(str(file), file.stat()) for file in files]
    except (OSError, ValueError, RuntimeError):  # no name of a file; a bundled task's
        return 0, None
    if files == [path] and not stat.S_ISREG(found[0][1].st_mode):
        raise InputError(f"{source} is a pipe or a device; save the data as a file")
    stamp = tuple((name, each.st_mtime_ns, each.st_size) for name, each in found)
    return sum(each.st_size for _, each in found), stamp
