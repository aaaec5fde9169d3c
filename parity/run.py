"""One run of one scenario on CPython's asyncio.

Every statement stands for one call of asyncio, named in README.md, and nothing is added around it that would take a
turn of the loop. Where CPython leaves an answer open (order of a set, equal deadlines) vloop.py closes it.
One more thing is made firm here: the reason of a cancel. CPython gives it to the first who asks a task that ended
cancelled, and not to the next ones; here all get it (`settle`).

Invariants: a run prints nothing but through `Run.emit`, so a trace is what happened and in that order; after
the loop is idle nothing more is recorded, whatever the garbage collector finishes.

Read next: interpret.py, which feeds scenarios to this.
"""

import asyncio
import contextlib

import script
import vloop
from plain import Plain
from waiting import Waiting
from values import Failed, Failure, Panic, Text, clock, describe, error_name, reason_of, render, seconds

FUEL = 20_000  # statements a run may execute
BOUND_AS_THEY_ARE = frozenset("promise context spawn soon later at done wait gathering shielding keep new".split())


class Run(Plain, Waiting):
    """One run of one scenario."""

    def __init__(self, scenario, hops=False):
        self.bodies = scenario.bodies
        self.hops = hops
        self.lines = []
        self.open = True
        self.names = {}  # what the names of the scenario stand for
        self.labels = {}  # how often a label was given
        self.tasks = {}  # task -> label, in the order of creation
        self.kept = []  # everything a callback may need: asyncio itself holds tasks weakly
        self.fuel = FUEL
        self.promises = {}  # all that were made, in order
        self.outers = []  # all gathers and shields
        self.locals = {}  # context variables by name
        self.behind = {}  # tasks in which a cancel follows errors of a group -> their cancels by then
        self.deadlines = {}  # task -> its open deadlines: whether each has expired, and was taken back by hand
        self.unsettled = {}  # tasks whose end `settle` has not seen yet

    def trace(self):
        self.loop = vloop.VirtualLoop(self.settle)
        self.loop.set_exception_handler(self.told)
        self.names["main"] = self.start("main", "main")
        while not self.loop.run_until_idle() and self.open:
            self.lines.append(f"{clock(self.loop.time())}    - loop stopped")
        stuck = [label for task, label in self.tasks.items() if not task.done()]
        unseen = self.unseen()
        words = [*(["stuck"] if stuck else []), *stuck, *(["unseen"] if unseen else []), *unseen]
        self.finish(" ".join(["idle", *words]))
        self.loop.close()
        return self.lines

    def told(self, loop, context):
        """What the exception handler is told; what nobody retrieved is counted at the end instead."""
        if isinstance(context.get("exception"), Panic) and "callback" in context["message"]:
            self.emit("(handler)", f"report {error_name(context['exception'])}")

    def unseen(self):
        """The panics and the errors of promises that nobody has looked at.

        An error of a task is a value in groundup. That a gather was cancelled is an exception in CPython, and
        nothing that anybody misses.
        """
        futures = dict.fromkeys((*self.tasks, *self.promises, *self.outers))
        return sorted(error_name(future._exception) for future in futures if self.is_unseen(future))

    @staticmethod
    def is_unseen(future):
        return future.done() and future._log_traceback and isinstance(future._exception, (Failed, Panic))

    # What is printed

    def emit(self, who, text):
        if self.open:
            turn = self.loop.iteration - (self.loop.moved_at if self.hops else 0)
            self.lines.append(f"{clock(self.loop.time())} {turn:>4} {who} {text}")

    def finish(self, text):
        if self.open:
            self.lines.append(f"{clock(self.loop.time())}    - loop {text}")
        self.open = False

    def deviates(self, rule):
        """From here on groundup does something else, and says so in NOT-HERE.md: what follows is not compared."""
        self.finish(f"deviates {rule}")
        self.loop.halted = True

    def cancel_is_pending(self):
        return asyncio.current_task(self.loop)._must_cancel

    def cancel_follows(self):
        """Whether the cancel that is pending was so when a group told its errors, and was not asked for again."""
        task = asyncio.current_task(self.loop)
        return self.cancel_is_pending() and task.cancelling() <= self.behind.get(task, 0)

    def burn(self):
        """Counts a statement; True when the run has had enough of them."""
        self.settle()
        self.fuel -= 1
        if self.fuel < 0:
            self.finish("overrun")
            self.loop.halted = True
        return self.fuel < 0

    def settle(self):
        """Gives tasks that ended cancelled their reason for good, before anybody else can ask."""
        for task in [task for task in self.unsettled if task.done()]:
            del self.unsettled[task]
            if task.cancelled():
                try:
                    task.result()
                except asyncio.CancelledError as error:
                    task._cancel_message = reason_of(error)

    # Names

    def label(self, base):
        count = self.labels[base] = self.labels.get(base, 0) + 1
        return base if count == 1 else f"{base}.{count}"

    def find(self, name, *kinds):
        if name == "me":
            found = asyncio.current_task(self.loop)
        else:
            found = self.names.get(name)
        if found is None:
            raise Failure("Unbound")
        if not isinstance(found, kinds):
            raise Failure("WrongKind")
        return found

    def value(self, word):
        return self.find(word[1:], Text).value if word.startswith("$") else word

    # Tasks and items

    def start(self, label, body, group=None, context=None):
        label = self.label(label)
        make = (group or self.loop).create_task
        task = make(self.task(label, body), context=context)
        self.tasks[task] = label
        self.unsettled[task] = True
        return task

    async def task(self, label, body):
        """What a task runs: a body, between its first line and its last."""
        self.emit(label, "start")
        try:
            returned = await self.block(label, self.bodies[body], None)
        except asyncio.CancelledError as error:
            self.emit(label, f"end: {describe(error)}")
            raise
        except (Exception, Panic) as error:
            self.emit(label, f"end: {describe(error)}")
            if self.cancel_is_pending() and not self.cancel_follows() and not isinstance(error, Panic):
                self.deviates("C09")  # the error wins; in groundup it is a value, and the cancel wins
            raise
        value = returned[0] if returned else None
        self.emit(label, f"end: {render(value)}")
        if self.cancel_follows():
            self.deviates("P06")  # the cancel wins; in groundup it follows what was told before it, and the value stands
        return value

    async def inline(self, who, body):
        returned = await self.block(who, self.bodies[body], None)
        return returned[0] if returned else None

    # Blocks

    async def block(self, who, statements, caught):
        """Runs statements in turn. Gives (value,) where one of them returned, else None."""
        for s in statements:
            if self.burn():
                await self.loop.create_future()
            if s.kind in script.PLAIN:
                self.bind(s, self.plain(who, s))
                continue
            if s.kind == "return":
                return (None if s.args[0] is None else self.value(s.args[0]),)
            if s.kind == "rethrow":
                raise caught or Failure("NothingCaught")
            if s.kind == "raise_cancelled":
                raise asyncio.CancelledError(*[word for word in s.args if word])
            if s.kind in script.BLOCKS:
                returned = await getattr(self, s.kind)(who, s, caught)
                if returned:
                    return returned
            else:
                self.bind(s, await getattr(self, "do_" + s.kind)(who, *s.args))
        return None

    def bind(self, s, result):
        if s.kind in BOUND_AS_THEY_ARE:
            name = s.into or (s.args[0] if s.kind == "spawn" else None)
        else:
            name, result = s.into, Text(result)
        if name:
            self.names[name] = result

    async def reported(self, who, what, awaitable, inline=False):
        """Awaits, and prints how it came out. A cancel is printed where it is caught or ends a task.

        A panic of what is awaited is an error for who awaits it; one of what runs inline ends this task.
        """
        try:
            value = await awaitable
        except asyncio.CancelledError:
            raise
        except Panic as panic:
            if inline:
                raise
            self.emit(who, f"{what}: {describe(panic)}")
            raise Failure(error_name(panic)) from None
        except Exception as error:
            self.emit(who, f"{what}: {describe(error)}")
            raise (Failure(error_name(error)) if isinstance(error, Failed) else error) from None
        self.emit(who, f"{what}: {render(value)}")
        return value

    # `try`, `timeout`, `group`, loops

    async def guarded(self, who, s, caught):
        try:
            return await self.block(who, s.block, caught)
        except asyncio.CancelledError as error:
            if not self.cancel_is_pending():  # one that was raised by hand leaves the pending one where it is
                self.behind.pop(asyncio.current_task(self.loop), None)
            handler, stopped = s.cancelled, error
        except Exception as error:
            handler, stopped = s.failed, error
        if handler is None:
            raise stopped
        self.emit(who, f"caught {describe(stopped)}")
        return await self.block(who, handler, stopped)

    async def timeout(self, who, s, caught):
        milliseconds, name = s.args
        what = f"timeout {name}" if name else "timeout"
        within = seconds(milliseconds)
        at = name and within is not None
        timeout = asyncio.timeout_at(self.loop.time() + within) if at else asyncio.timeout(within)
        return await self.scope(who, s, caught, what, timeout, name, self.deadline(timeout.expired))

    async def group(self, who, s, caught):
        return await self.scope(who, s, caught, f"group {s.args[0]}", vloop.TaskGroup(), s.args[0])

    @contextlib.contextmanager
    def deadline(self, expired):
        """Around a deadline: tells where CPython's count takes a cancel of the task for the deadline's own.

        That was pending when the deadline was entered, or one of those that counted by then, or the deadline's own or that
        of a deadline inside it, was taken back by hand. If one counted by then, and one came later, any one that is taken
        back may be the earlier.
        """
        task = asyncio.current_task(self.loop)
        counted, open_ones = task.cancelling(), self.deadlines.setdefault(task, [])
        pending, known = self.cancel_is_pending(), [expired, counted, False]
        open_ones.append(known)
        try:
            yield
        except TimeoutError:
            if pending or known[2]:
                self.deviates("D07")
            raise
        finally:
            open_ones.remove(known)

    def took_back(self, task, left):
        """A cancel of a task was taken back by hand: maybe one that its deadlines count on."""
        spent = False
        for known in reversed(self.deadlines.get(task, ())):
            expired, counted, doubtful = known
            spent = spent or expired()
            known[2] = doubtful or spent or left < counted or left == counted > 0

    async def scope(self, who, s, caught, what, manager, name, around=contextlib.nullcontext()):
        try:
            with around:
                async with manager as entered:
                    if name:
                        self.names[name] = entered
                    returned = await self.block(who, s.block, caught)
        except asyncio.CancelledError:
            raise
        except (Exception, BaseExceptionGroup) as error:
            self.emit(who, f"{what}: {describe(error)}")
            if isinstance(error, BaseExceptionGroup) and self.cancel_is_pending():
                task = asyncio.current_task(self.loop)
                self.behind[task] = task.cancelling()
            raise Failure(error_name(error)) from None  # with a panic in it Python would let no handler take it
        self.emit(who, f"{what}: ok")
        return returned

    async def repeat(self, who, s, caught):
        for _ in range(s.args[0]):
            returned = await self.block(who, s.block, caught)
            if returned:
                return returned

    async def while_(self, who, s, caught):
        while self.find(s.args[0], list):
            if self.burn():
                await self.loop.create_future()
            returned = await self.block(who, s.block, caught)
            if returned:
                return returned


setattr(Run, "try", Run.guarded)
setattr(Run, "while", Run.while_)
