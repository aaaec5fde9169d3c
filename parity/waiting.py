"""The statements that wait: for time, for one thing, for several.

Whatever has a name is taken as it is: a task, a child of a group, a promise, a gather, a shield. A fresh body is
started.

Invariants: names are looked up before anything is started; tasks are started in the order of the list.

Read next: run.py.
"""

import asyncio

import shared
import vloop
from kept import KeptSet, asked_to_stop
from values import Failure, Panic, Text, describe, render, seconds

RETURN_WHEN = {"all": asyncio.ALL_COMPLETED, "first": asyncio.FIRST_COMPLETED, "error": asyncio.FIRST_EXCEPTION}


class Waiting:
    """The half of a run that suspends."""

    def waitables(self, items):
        """(how it is written, future) for each item. Names are looked up before anything is started."""
        found = []
        for item in items:
            if item.kind == "spread":
                found.extend(self.find(item.name, list))
            elif item.kind == "name":
                self.find(item.name, asyncio.Future)
                found.append((item.name, item))
            else:
                found.append((str(item), item))
        return [(text, self.make_task(item)) for text, item in found]

    def make_task(self, item):
        if isinstance(item, asyncio.Future):
            return item
        if item.kind == "fresh":
            return self.start(item.name, item.name)
        return self.find(item.name, asyncio.Future)

    async def do_yield(self, who):
        await asyncio.sleep(0)
        self.emit(who, "yield")

    async def do_sleep(self, who, milliseconds):
        await asyncio.sleep(seconds(milliseconds))
        self.emit(who, f"sleep {milliseconds}")

    async def do_await(self, who, name):
        return await self.reported(who, f"await {name}", self.find(name, asyncio.Future))

    async def do_call(self, who, body):
        return await self.reported(who, f"call {body}", self.inline(who, body), inline=True)

    async def do_gather(self, who, items):
        futures = [future for _, future in self.waitables(items)]
        return await self.reported(who, "gather", self.outer(asyncio.gather(*futures)))

    async def do_outcomes(self, who, items):
        futures = [future for _, future in self.waitables(items)]
        return await self.reported(who, "outcomes", self.without_reasons(futures))

    @staticmethod
    async def without_reasons(futures):
        """An outcome list; CPython keeps the reason of a cancel in it or not, by chance of who asked first."""
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        cancelled = asyncio.CancelledError
        return [cancelled() if isinstance(outcome, cancelled) else outcome for outcome in outcomes]

    async def do_wait(self, who, mode, within, items):
        given = self.waitables(items)
        if not given:
            raise Failure("Empty")
        futures = [future for _, future in given]
        done, pending = await vloop.wait(futures, timeout=seconds(within), return_when=RETURN_WHEN[mode])
        if mode == "error" and any(asked_to_stop(future) for future in done):
            self.deviates("W06")  # a gather that was asked to stop is an exception, and cancelled in groundup
        unseen = [future for future in done if self.is_unseen(future)]
        if mode == "error" and (len(unseen) > 1 or unseen and pending):
            self.deviates("W06")  # a callback that the wait has left behind will look at them
        once = [pair for at, pair in enumerate(given) if pair[1] not in futures[:at]]
        kept = [(text, future) for text, future in once if future in pending]
        texts = [", ".join(text for text, future in once if future in some) for some in (done, pending)]
        self.emit(who, "wait: done [%s] pending [%s]" % tuple(texts))
        return kept

    async def do_kept(self, who, name, mode, within):
        kept = self.find(name, KeptSet)
        if kept.waiter is not None:
            raise Failure("InUse")
        if not kept.members:
            raise Failure("Empty")
        done, pending = await kept.wait(RETURN_WHEN[mode], seconds(within))
        self.emit(who, "kept: done [%s] pending [%s]" % (", ".join(done), ", ".join(pending)))

    async def do_wait_for(self, who, milliseconds, item):
        if item.kind == "fresh":
            awaited = self.inline(who, item.name)
        else:
            awaited = self.find(item.name, asyncio.Future)
        waiting = self.limited(awaited, milliseconds)
        return await self.reported(who, f"wait_for {item}", waiting, inline=item.kind == "fresh")

    async def limited(self, awaited, milliseconds):
        end = None if milliseconds is None else self.loop.time() + seconds(milliseconds)
        with self.deadline(lambda: end is not None and self.loop.time() >= end):
            return await asyncio.wait_for(awaited, seconds(milliseconds))

    async def do_shield(self, who, item):
        [(text, future)] = self.waitables([item])
        return await self.reported(who, f"shield {text}", self.outer(vloop.shield(future)))

    async def do_wait_on(self, who, name, method, number):
        found, what = self.find(name, *shared.CLASSES), self.what(name, method, number)
        with self.faults(who, what):
            result = await shared.call(found, method, number)
            self.emit(who, what + shared.text(result))

    async def holding(self, who, s, caught):
        found = self.find(s.args[0], shared.Lock, shared.Semaphore)
        async with found:
            self.emit(who, f"holding {s.args[0]}")
            return await self.block(who, s.block, caught)

    async def each(self, who, s, caught):
        name, within, items = s.args
        futures = [future for _, future in self.waitables(items)]
        each = vloop.as_completed(futures, timeout=seconds(within))
        try:
            for coming in each:
                try:
                    value = await coming
                except asyncio.CancelledError:
                    raise
                except (Exception, Panic) as error:
                    value = error
                self.emit(who, f"next: {render(value)}")
                self.names[name] = Text(value)
                returned = await self.block(who, s.block, caught)
                if returned:
                    return returned
        finally:
            vloop.leave(each)
