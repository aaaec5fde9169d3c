"""The objects that tasks share: locks, events, conditions, semaphores, barriers and queues.

A call is `on NAME METHOD`; PLAIN and WAITING have the methods that never suspend and those that may. The classes are
asyncio's own, and they do what asyncio does. They say one thing more: where groundup differs on purpose. There they call
`deviates`, which a run sets, with the rule.

* **A wait that is being cancelled** loses its turn in CPython at once, in groundup when its task runs (Y01). This shows
  where a wake-up passes over a cancelled wait, and where a newcomer finds only cancelled ones before it.
* **A cancelled wait for a condition** acquires the lock again in CPython, and ends at once in groundup (Y05). This shows
  where the lock is not free, and where it notifies another wait although it was not notified itself.
* **A cancelled wait for a barrier** wakes another one for nothing in CPython (Y07).
* **A guard releases a lock**: in groundup nothing else does (Y02).

Invariants: no class here adds a turn of the loop or removes one, or changes the order of a wake-up.

Read next: plain.py.
"""

import asyncio
import itertools
import sys

from values import Failure


def deviates_nowhere(rule):
    """Set by a run, which stops there."""


class Watched:
    """What the classes have in common: where to say that groundup differs."""

    deviates = staticmethod(deviates_nowhere)

    def passes_over(self, waiters, count=1):
        """A wake-up looks for the first waits that are not over yet: does it pass over a cancelled one?"""
        for waiter in waiters or ():
            if count == 0:
                return
            if waiter.cancelled():
                self.deviates("Y01")
            count -= not waiter.done()

    def only_cancelled(self, waiters):
        """A newcomer looks for those before it."""
        if waiters and all(waiter.cancelled() for waiter in waiters):
            self.deviates("Y01")


class Lock(Watched, asyncio.Lock):
    guarded = False  # whether a block holds it

    async def acquire(self):
        if not self._locked:
            self.only_cancelled(self._waiters)
        return await super().acquire()

    def release(self):
        if self.guarded:
            self.deviates("Y02")
        super().release()

    def _wake_up_first(self):
        self.passes_over(list(self._waiters or ())[:1])
        super()._wake_up_first()

    async def __aenter__(self):
        await self.acquire()
        self.guarded = True

    async def __aexit__(self, *_):
        self.guarded = False
        self.release()


class Semaphore(Watched, asyncio.Semaphore):
    async def acquire(self):
        if self._value > 0:
            self.only_cancelled(self._waiters)
        return await super().acquire()

    def _wake_up_next(self):
        self.passes_over(self._waiters)
        return super()._wake_up_next()


class Bounded(Semaphore, asyncio.BoundedSemaphore):
    kept = 0  # permits that tasks have, and no block

    async def acquire(self):
        taken = await super().acquire()
        self.kept += 1
        return taken

    def release(self):
        if self.kept == 0 and self._value < self._bound_value:
            self.deviates("Y02")
        self.kept = max(self.kept - 1, 0)
        super().release()

    async def __aenter__(self):
        await self.acquire()
        self.kept -= 1

    async def __aexit__(self, *_):
        try:
            super().release()
        except ValueError:
            self.deviates("Y02")


class Event(asyncio.Event):
    pass


class Condition(Watched, asyncio.Condition):
    def __init__(self, lock):
        super().__init__(lock)
        self.waiting = set()  # the tasks that are inside `wait`
        self.notified = set()  # those of them that were notified
        self.acquire = self.acquire_again

    async def acquire_again(self):
        waits, lock = asyncio.current_task() in self.waiting, self._lock
        if waits and sys.exc_info()[0] is asyncio.CancelledError and (lock.locked() or lock._waiters):
            self.deviates("Y05")
        try:
            return await lock.acquire()
        except asyncio.CancelledError:
            if waits and (lock.locked() or lock._waiters):
                self.deviates("Y05")
            raise

    async def wait(self):
        task = asyncio.current_task()
        self.waiting.add(task)
        try:
            return await super().wait()
        finally:
            self.waiting.discard(task)
            self.notified.discard(task)

    def _notify(self, n):
        self.passes_over(self._waiters, n)
        task, left = asyncio.current_task(), [waiter for waiter in self._waiters if not waiter.done()]
        if left and task in self.waiting and task not in self.notified:
            self.deviates("Y05")  # a wait is cancelled that has no notice to pass on
        super()._notify(n)
        self.notified.update(task for task in self.waiting if task._fut_waiter in left and task._fut_waiter.done())


class Barrier(Watched, asyncio.Barrier):
    def __init__(self, parties):
        super().__init__(parties)
        self._cond = Line(self)


class Line(asyncio.Condition):
    """The waits of a barrier."""

    def __init__(self, barrier):
        super().__init__()
        self.barrier = barrier

    async def wait(self):
        try:
            return await super().wait()
        except asyncio.CancelledError:
            if self._waiters:
                self.barrier.deviates("Y07")
            raise


class Queue(Watched, asyncio.Queue):
    def _wakeup_next(self, waiters):
        self.passes_over(waiters)
        super()._wakeup_next(waiters)


class Lifo(Queue, asyncio.LifoQueue):
    pass


class Priority(Queue, asyncio.PriorityQueue):
    pass


SIZED = {
    "semaphore": Semaphore,
    "bounded": Bounded,
    "barrier": Barrier,
    "queue": Queue,
    "lifo": Lifo,
    "priority": Priority,
}
CLASSES = (Lock, Event, Condition, Semaphore, Barrier, Queue)

LOCKS, QUEUES = (asyncio.Lock, asyncio.Semaphore), (asyncio.Queue,)



def look(on, _):
    """The state of an object, as a number."""
    if isinstance(on, asyncio.Barrier):
        return on.n_waiting + 10 * on.broken
    if isinstance(on, asyncio.Queue):
        return on.qsize() + 10 * on.full() + 20 * on.empty()
    if isinstance(on, Semaphore) and on._value > 0:
        on.only_cancelled(on._waiters)
    return int(on.is_set() if isinstance(on, asyncio.Event) else on.locked())


# The methods that never suspend: of which classes, and the call.
PLAIN = {
    "look": ((*LOCKS, asyncio.Event, asyncio.Barrier, *QUEUES), look),
    "release": (LOCKS, lambda on, _: on.release()),
    "set": (asyncio.Event, lambda on, _: on.set()),
    "clear": (asyncio.Event, lambda on, _: on.clear()),
    "put_nowait": (QUEUES, lambda on, number: on.put_nowait(number)),
    "get_nowait": (QUEUES, lambda on, _: on.get_nowait()),
    "task_done": (QUEUES, lambda on, _: on.task_done()),
    "shutdown": (QUEUES, lambda on, _: on.shutdown()),
    "shutdown_now": (QUEUES, lambda on, _: on.shutdown(immediate=True)),
}


async def wait(on, _):
    if not isinstance(on, asyncio.Condition):
        return await on.wait()
    async with on:
        return await on.wait()


async def wait_for(on, number):
    calls = itertools.count(1)
    async with on:
        await on.wait_for(lambda: next(calls) >= number)


async def notify(on, number):
    async with on:
        on.notify(number)


async def notify_all(on, _):
    async with on:
        on.notify_all()


# Those that may suspend.
WAITING = {
    "acquire": (LOCKS, lambda on, _: on.acquire()),
    "wait": ((asyncio.Event, asyncio.Condition, asyncio.Barrier), wait),
    "abort": (asyncio.Barrier, lambda on, _: on.abort()),
    "reset": (asyncio.Barrier, lambda on, _: on.reset()),
    "put": (QUEUES, lambda on, number: on.put(number)),
    "get": (QUEUES, lambda on, _: on.get()),
    "join": (QUEUES, lambda on, _: on.join()),
    "wait_for": (asyncio.Condition, wait_for),
    "notify": (asyncio.Condition, notify),
    "notify_all": (asyncio.Condition, notify_all),
}
NUMBERED = ("put", "put_nowait", "notify", "wait_for")  # the methods with a number


def call(on, method, number=None):
    """The result of a method that never suspends, the coroutine of another one."""
    classes, function = {**PLAIN, **WAITING}[method]
    if not isinstance(on, classes):
        raise Failure("WrongKind")
    return function(on, number)


FAULTS = {
    asyncio.QueueFull: "Full",
    asyncio.QueueEmpty: "Empty",
    getattr(asyncio, "QueueShutDown", None): "ShutDown",  # from 3.13 on
    asyncio.BrokenBarrierError: "Broken",
    RuntimeError: "Misuse",
    ValueError: "Misuse",
}


def fault(error):
    """The name of an error of an object, or None."""
    return FAULTS.get(type(error))


def text(result):
    """A result as the trace shows it. Of the calls, `get`, `get_nowait`, `look` and a barrier's `wait` give a number."""
    return "" if result is None or isinstance(result, bool) else f": {result}"
