"""The statements that never suspend: they run in tasks and in callbacks.

A callback is one plain statement, run by the loop when its turn has come. It has no task of its own, so an error
it raises ends nothing: it is printed on the callback's line.

Invariants: no method here awaits; each makes exactly one call of asyncio.

Read next: waiting.py.
"""

import asyncio
import contextlib
import contextvars

import shared
import vloop
from kept import KeptSet
from values import Callback, Failed, Failure, Panic, Text, describe, render, seconds, yes


class Plain:
    """The half of a run that needs no task."""

    def plain(self, who, s):
        return getattr(self, "do_" + s.kind)(who, s, *s.args)

    def do_say(self, who, s, *words):
        self.emit(who, " ".join(["say", *[render(self.value(word)) for word in words]]))

    def do_block(self, who, s, milliseconds):
        self.loop.block(seconds(milliseconds))

    def do_spawn(self, who, s, body, group, context):
        group = group and self.find(group, vloop.TaskGroup)
        context = context and self.find(context, contextvars.Context)
        try:
            return self.start(s.into or body, body, group, context)
        except RuntimeError:
            raise Failure("GroupClosed") from None

    def do_context(self, who, s):
        return contextvars.copy_context()

    def do_promise(self, who, s):
        promise = self.loop.create_future()
        self.promises[promise] = True
        return promise

    def promise_named(self, name):
        found = self.find(name, asyncio.Future)
        if found not in self.promises:
            raise Failure("WrongKind")
        return found

    def do_set(self, who, s, name, word):
        value = self.value(word)
        self.promise_named(name).set_result(value)

    def do_fail(self, who, s, name, error):
        self.promise_named(name).set_exception(Failed(error))

    def do_cancel(self, who, s, name, reason):
        found = self.find(name, asyncio.Future, Callback)
        if isinstance(found, Callback):
            if found.handle is None:
                raise Failure("WrongKind")
            found.handle.cancel()
            self.emit(who, f"cancel {name}")
        else:
            accepted = found.cancel(*[word for word in (reason,) if word])
            self.behind.pop(found, None)
            self.emit(who, f"cancel {name}: {yes(accepted)}")

    def do_state(self, who, s, name):
        found = self.find(name, asyncio.Future)
        if not found.done():
            text = "pending"
        else:
            try:
                text = f"value {render(found.result())}"
            except BaseException as error:
                text = describe(error)
        self.emit(who, f"state {name}: {text}")

    def do_cancelling(self, who, s, name):
        self.emit(who, f"cancelling {name}: {self.find(name, asyncio.Task).cancelling()}")

    def do_uncancel(self, who, s, name):
        found = self.find(name, asyncio.Task)
        left = found.uncancel()
        self.took_back(found, left)
        self.emit(who, f"uncancel {name}: {left}")

    def do_reschedule(self, who, s, name, milliseconds):
        deadline = self.find(name, asyncio.Timeout)
        try:
            deadline.reschedule(None if milliseconds is None else round(self.loop.time() + seconds(milliseconds), 9))
        except RuntimeError:
            raise Failure("TimeoutClosed") from None

    def do_expired(self, who, s, name):
        self.emit(who, f"expired {name}: {yes(self.find(name, asyncio.Timeout).expired())}")

    def do_add(self, who, s, name, item):
        found = self.find(name, list, KeptSet)
        if isinstance(found, KeptSet) and found.waiter is not None:
            raise Failure("InUse")
        found.extend(self.waitables([item]))

    def do_keep(self, who, s, items):
        kept = KeptSet(self.loop)
        kept.extend(self.waitables(items))
        return kept

    def do_gathering(self, who, s, items):
        futures = [future for _, future in self.waitables(items)]
        return self.outer(asyncio.gather(*futures))

    def do_shielding(self, who, s, item):
        [(_, future)] = self.waitables([item])
        return self.outer(vloop.shield(future))

    def outer(self, future):
        self.outers.append(future)
        return future

    def local(self, name):
        if name not in self.locals:
            self.locals[name] = contextvars.ContextVar(name)
        return self.locals[name]

    def do_put(self, who, s, name, word):
        self.local(name).set(self.value(word))

    def do_get(self, who, s, name):
        self.emit(who, f"get {name}: {render(self.local(name).get(None))}")

    def do_new(self, who, s, kind, size):
        if kind in shared.SIZED:
            made = shared.SIZED[kind](size)
        elif kind == "condition":
            made = shared.Condition(self.find(size, shared.Lock))
        else:
            made = shared.Lock() if kind == "lock" else shared.Event()
        made.deviates = self.deviates
        return made

    def do_on(self, who, s, name, method, number):
        found, what = self.find(name, *shared.CLASSES), self.what(name, method, number)
        with self.faults(who, what):
            result = shared.call(found, method, number)
            self.emit(who, what + shared.text(result))

    @staticmethod
    def what(name, method, number):
        return " ".join(["on", name, method, *([] if number is None else [str(number)])])

    @contextlib.contextmanager
    def faults(self, who, what):
        """Around a call of an object: its error is printed, and raised as one of the scenario."""
        try:
            yield
        except Exception as error:
            name = "WrongKind" if isinstance(error, Failure) else shared.fault(error)
            if name is None:
                raise
            self.emit(who, f"{what}: error {name}")
            raise Failure(name) from None

    def do_stop(self, who, s):
        self.loop.stop()

    def do_raise(self, who, s, error):
        raise Failure(error)

    def do_panic(self, who, s, error):
        raise Panic("!" + error)

    # Callbacks

    def callback(self, s, action):
        """A callback and the record of it. What it does is one plain statement."""
        record = Callback(self.label(s.into or s.kind))
        who = f"({record.label})"

        def run(*_):
            if self.burn():
                return
            self.emit(who, "runs")
            try:
                self.bind(action, self.plain(who, action))
            except Exception as error:
                self.emit(who, describe(error))

        record.function = run
        self.kept.append(record)
        return record

    def do_soon(self, who, s, action):
        record = self.callback(s, action)
        record.handle = self.loop.call_soon(record.function)
        return record

    def do_later(self, who, s, milliseconds, action):
        record = self.callback(s, action)
        record.handle = self.loop.call_later(seconds(milliseconds), record.function)
        return record

    def do_at(self, who, s, milliseconds, action):
        record = self.callback(s, action)
        record.handle = self.loop.call_at(seconds(milliseconds), record.function)
        return record

    def do_done(self, who, s, name, action):
        watched = self.find(name, asyncio.Future)
        record = self.callback(s, action)
        record.watched = watched
        watched.add_done_callback(record.function)
        return record

    def do_forget(self, who, s, name):
        record = self.find(name, Callback)
        if record.watched is None:
            raise Failure("WrongKind")
        self.emit(who, f"forget {name}: {record.watched.remove_done_callback(record.function)}")
