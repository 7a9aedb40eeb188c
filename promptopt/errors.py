"""The errors that a user can be told about.

Everything promptopt raises on purpose is a `PromptoptError`. Its message is one plain
sentence or two: what was wrong, where it stands (file, line, row or option) and what to
do. The commands print that message without a traceback and leave with `exit_status`.
"""


class PromptoptError(Exception):
    """Base of all errors that promptopt explains to its user."""

    exit_status = 1


class InputError(PromptoptError):
    """The request or one of its files is wrong; nothing was started or written."""

    exit_status = 2


class RunError(PromptoptError):
    """A run could not go on."""


class StoreError(PromptoptError):
    """The store cannot be opened, read or written."""


class FullDiskError(StoreError):
    """There is no room on the disk for what the store was to hold."""


class LostRunError(StoreError):
    """A run is not, or no longer, this engine's to write to."""


class DamagedRunError(StoreError):
    """What the store holds of one run cannot be read; the others can."""
