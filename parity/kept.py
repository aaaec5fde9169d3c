"""A set of futures that is waited for again and again, and registers with each of them once.

asyncio has no such thing: `while pending: done, pending = await wait(pending)` registers anew each time around, and
whoever began to wait meanwhile is told first. groundup's `WaitSet` keeps its place, as its list of differences says; so
the referee builds one of done-callbacks, and all else (who is told in which turn, what is done by then) is `wait`'s.

Invariants: one done-callback for each member, for as long as it is in the set; a member is counted once for each wait; one wait at a time.

Read next: vloop.py.
"""

import asyncio


def asked_to_stop(future):
    """Whether this is a gather that was cancelled: an exception in asyncio, and cancelled in groundup."""
    return getattr(future, "_cancel_requested", False)


class KeptSet:
    def __init__(self, loop):
        self.loop = loop
        self.members = []  # (how it is written, future, its callback), in the order in which they came
        self.waiter = None

    def extend(self, pairs):
        for text, future in pairs:
            self.add(text, future)

    def add(self, text, future):
        member = [text, future, None]
        self.members.append(member)
        if not future.done():
            member[2] = lambda _: self.ended(member)
            future.add_done_callback(member[2])

    def ended(self, member):
        if self.waiter is None or not any(member is counted for counted in self.uncounted):
            return
        self.uncounted = [other for other in self.uncounted if other is not member]
        self.decide([member])

    def decide(self, ended):
        for _, future, _ in ended:
            self.left -= 1
            if self.left == 0 or self.mode == asyncio.FIRST_COMPLETED:
                self.release()
            elif self.mode == asyncio.FIRST_EXCEPTION and not asked_to_stop(future):
                if not future.cancelled() and future.exception() is not None:  # it has been looked at, as by `wait`
                    self.release()

    def release(self):
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    async def wait(self, mode, timeout):
        self.mode, self.left = mode, len(self.members)
        self.waiter = waiter = self.loop.create_future()
        before = [member for member in self.members if member[1].done()]
        self.uncounted = [member for member in self.members if not member[1].done()]
        if before:
            self.loop.call_soon(lambda: self.waiter is waiter and self.decide(before))
        timer = None
        if timeout is not None:
            timer = self.loop.call_later(timeout, lambda: self.waiter is waiter and self.release())
        try:
            await waiter
        finally:
            self.waiter = None
            if timer is not None:
                timer.cancel()
        done = [member for member in self.members if member[1].done()]
        self.members = [member for member in self.members if not member[1].done()]
        return [text for text, _, _ in done], [text for text, _, _ in self.members]
