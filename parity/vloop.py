"""asyncio's own event loop on a clock that never waits.

The referee of the parity check is CPython, so as much of CPython as possible must stay as it is: its loop,
its tasks and futures, its combinators. Five things are replaced, because they would make two runs of one
program differ, would hide something, or would make a run take as long as its sleeps:

* **the clock.** Time is a whole number of nanoseconds. It moves when the loop would block (straight to the
  next timer) and when a program blocks on purpose, and at no other moment.
* **ties.** Timers with the same deadline fire in the order in which they were set. CPython's heap leaves
  that order open.
* **what is left behind.** An `as_completed` that is left early keeps its timer; `leave` takes that back.
* **failures at a shield.** A failure that meets a cancel there is retrieved by nobody, and 3.13 says that it was; 3.14
  reports it, and so does groundup.
* **sets.** `wait`, `as_completed` and `TaskGroup` keep their members in sets, whose order follows from addresses
  in memory. Here both run from the very source of this Python, with sets that keep the order of insertion.

Invariants: `iteration` is the number of turns of the loop so far, the present one included; nothing here adds
a turn or removes one. When nothing is ready and no timer is set the loop raises `Idle` and does not hang.

Read next: run.py, which runs scenarios on this loop.
"""

import ast
import asyncio
import inspect
import textwrap

BILLION = 1_000_000_000


class Idle(Exception):
    """Nothing is ready and no timer is set: nothing can happen any more."""


class Deadline(float):
    """A timer's deadline, in seconds, that also knows how many were made before it."""

    made = 0

    def __new__(cls, seconds):
        self = super().__new__(cls, round(seconds, 9))
        Deadline.made += 1
        self.rank = Deadline.made
        return self

    def __lt__(self, other):
        return (float(self), self.rank) < (float(other), other.rank)


class Jump:
    """Stands where a loop has its selector: where others wait for I/O, it moves the clock."""

    def __init__(self, loop):
        self.loop = loop

    def select(self, timeout):
        if timeout is None or self.loop.halted:
            raise Idle
        if timeout > 0:
            self.loop.now_ns = self.loop.next_deadline_ns()
            self.loop.moved_at = self.loop.iteration
        return []

    def close(self):
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """CPython's loop, with `Jump` for a selector and `Deadline`s for timers."""

    def __init__(self, before_each_iteration=lambda: None):
        super().__init__()
        self.before_each_iteration = before_each_iteration
        self._selector = Jump(self)
        self._clock_resolution = 1e-9
        self.now_ns = 0
        self.iteration = 0
        self.moved_at = 1  # the iteration in which the clock last jumped
        self.halted = False

    def time(self):
        return self.now_ns / BILLION

    def next_deadline_ns(self):
        return round(self._scheduled[0].when() * BILLION)

    def call_at(self, when, callback, *args, context=None):
        return super().call_at(Deadline(when), callback, *args, context=context)

    def block(self, seconds):
        """What a blocking sleep does: time passes, and nobody else runs."""
        self.now_ns += round(seconds * BILLION)

    def run_until_idle(self):
        """Runs; True if nothing can happen any more, False if it was stopped."""
        try:
            self.run_forever()
        except Idle:
            return True
        return self.halted

    def _run_once(self):
        self.before_each_iteration()
        self.iteration += 1
        super()._run_once()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass


class InsertionSet(dict):
    """As much of a set as asyncio needs, in the order of insertion."""

    def __init__(self, items=()):
        super().__init__((item, True) for item in items)

    def add(self, item):
        self[item] = True

    def discard(self, item):
        self.pop(item, None)

    def remove(self, item):
        del self[item]


class KeepOrder(ast.NodeTransformer):
    """Puts `InsertionSet` in the place of every set that a piece of source makes."""

    def visit_SetComp(self, node):
        self.generic_visit(node)
        members = ast.GeneratorExp(node.elt, node.generators)
        return ast.Call(ast.Name("InsertionSet", ast.Load()), [members], [])

    def visit_Name(self, node):
        return ast.Name("InsertionSet", node.ctx) if node.id == "set" else node


class KeepFailures(ast.NodeTransformer):
    """Takes out of `shield` that it retrieves the failure of a task while it is cancelled itself."""

    def visit_If(self, node):
        self.generic_visit(node)
        return ast.If(node.test, [ast.Return()], []) if ast.unparse(node.test) == "outer.cancelled()" else node


def made_again(change, module, *names):
    """The named functions and classes of `module`, made again from their source with a change."""
    space = dict(vars(module), InsertionSet=InsertionSet)
    for name in names:
        if hasattr(module, name):  # private classes come and go between versions
            tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(module, name))))
            tree = ast.fix_missing_locations(change.visit(tree))
            exec(compile(tree, f"<{module.__name__}.{name}, changed>", "exec"), space)
    return space


as_completed = made_again(KeepOrder(), asyncio.tasks, "_AsCompletedIterator", "as_completed")["as_completed"]
TaskGroup = made_again(KeepOrder(), asyncio.taskgroups, "TaskGroup")["TaskGroup"]
wait = made_again(KeepOrder(), asyncio.tasks, "wait", "_wait")["wait"]
shield = made_again(KeepFailures(), asyncio.tasks, "shield")["shield"]


def leave(each):
    """Takes back the timer and the callbacks of an `as_completed` that is not read to its end.

    asyncio offers no way to do so: what is left of it goes on to fire into nothing, and keeps the loop busy. Before
    3.13 there is not even an object to ask.
    """
    timer = getattr(each, "_timeout_handle", None)
    if timer is not None:
        timer.cancel()
    for future in getattr(each, "_todo", ()):
        future.remove_done_callback(each._handle_completion)
