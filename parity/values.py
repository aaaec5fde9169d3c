"""What a scenario's names can stand for, and how values and errors are printed.

Both sides of the parity check print the same few shapes: a word, `none`, a list, `error NAME`, `cancelled REASON`.
Everything that is shown goes through `render`, `describe` or `error_name`, so that the shapes are fixed here alone.

Invariants: an exception that no rule of the language explains is shown as INTERNAL, and is a fault of the
interpreter.

Read next: plain.py.
"""

import asyncio


class Failure(Exception):
    """An error raised by a scenario, or by a statement that cannot do what it says."""


class Failed(Failure):
    """The error with which a promise was failed, as long as no task has raised it again."""


class Panic(BaseException):
    """What stands for a panic: no handler takes it, it ends the task, and whoever awaits that has an error."""


class Text:
    """A value: a word, nothing, or a list of values."""

    def __init__(self, value):
        self.value = value


class Callback:
    """What call_soon, call_later, call_at and add_done_callback leave behind."""

    def __init__(self, label):
        self.label, self.handle, self.watched, self.function = label, None, None, None


def reason_of(error):
    return error.args[0] if error.args and error.args[0] else None


def describe(error):
    """An error or a cancel, as the trace shows it."""
    if isinstance(error, asyncio.CancelledError):
        reason = reason_of(error)
        return "cancelled" if reason is None else f"cancelled {reason}"
    return f"error {error_name(error)}"


def error_name(error):
    if isinstance(error, (Failure, Panic)):
        return error.args[0]
    if isinstance(error, BaseExceptionGroup):
        return "group[%s]" % ", ".join(error_name(inner) for inner in error.exceptions)
    if isinstance(error, TimeoutError):
        return "Timeout"
    if isinstance(error, asyncio.InvalidStateError):
        return "InvalidState"
    if isinstance(error, RuntimeError) and str(error).startswith("Task cannot await on itself"):
        return "AwaitsItself"
    return f"INTERNAL {error!r}"


def render(value):
    if value is None:
        return "none"
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(render, value))
    if isinstance(value, BaseException):
        return describe(value)
    return value


def yes(flag):
    return "yes" if flag else "no"


def clock(seconds):
    """A time as the trace shows it: milliseconds, and microseconds where there are some."""
    text = f"{seconds:.6f}"
    return text[:-3] if text.endswith("000") else text


def seconds(milliseconds):
    return None if milliseconds is None else milliseconds / 1000
