"""Reads scenarios: text into statements.

The language is described in README.md. A line is one statement; words are separated by white space; a word that
starts with `#` begins a comment; a statement that has a body of statements runs to its `end`. Nothing depends
on indentation.

Invariants: a scenario that parses has a body called `main`, and every body it spawns, calls or passes exists.

Read next: run.py, which runs what was read here.
"""

from typing import NamedTuple, Optional

import shared
from words import Item, Mistake, Words

MODES = ("all", "first", "error")


class Statement(NamedTuple):
    kind: str
    into: Optional[str] = None  # the X of `X = ...`
    args: tuple = ()
    block: tuple = ()
    cancelled: Optional[tuple] = None  # the handlers of `try`
    failed: Optional[tuple] = None


class Scenario(NamedTuple):
    name: str
    bodies: dict


def one_item(words):
    item = words.item()
    if item.kind == "spread":
        words.at -= 1
        words.mistake("one name or body()")
    return item


def within(words):
    return words.milliseconds() if words.accept("within") else None


def mode(words):
    if words.peek() not in MODES:
        words.mistake("all, first or error")
    return words.take("a mode")


def new(words):
    """An object: its kind, and its size or the name of its lock."""
    kind = words.peek()
    if kind in shared.SIZED:
        return words.take("a kind"), words.number_of("a size")
    if kind not in ("lock", "event", "condition"):
        words.mistake("the kind of an object")
    words.take("a kind")
    return kind, words.name("a lock") if kind == "condition" else None


def on(words):
    """A call of an object: its name, the method, and the method's number."""
    name, method = words.name("an object"), words.peek()
    if method not in shared.PLAIN and method not in shared.WAITING:
        words.mistake("a method")
    words.take("a method")
    return name, method, words.number_of("a number") if method in shared.NUMBERED else None


# Statements that never suspend; they may stand in a callback. Each reads its arguments.
PLAIN = {
    "say": lambda w: w.rest(),
    "block": lambda w: (w.milliseconds(),),
    "spawn": lambda w: (w.name("a body"), w.after("in", "a group"), w.after("with", "a context")),
    "context": lambda w: (),
    "promise": lambda w: (),
    "set": lambda w: (w.name("a promise"), w.take("a value")),
    "fail": lambda w: (w.name("a promise"), w.name("the name of an error")),
    "cancel": lambda w: (w.handle(), w.take("a reason") if w.peek() else None),
    "state": lambda w: (w.handle(),),
    "cancelling": lambda w: (w.handle(),),
    "uncancel": lambda w: (w.handle(),),
    "reschedule": lambda w: (w.name("a timeout"), w.milliseconds(may_be_none=True)),
    "expired": lambda w: (w.name("a timeout"),),
    "add": lambda w: (w.name("a list"), one_item(w)),
    "soon": lambda w: (action(w),),
    "later": lambda w: (w.milliseconds(), action(w)),
    "at": lambda w: (w.milliseconds(), action(w)),
    "done": lambda w: (w.name(), action(w)),
    "forget": lambda w: (w.name("a done-callback"),),
    "raise": lambda w: (w.name("the name of an error"),),
    "panic": lambda w: (w.name("the name of an error"),),
    "gathering": lambda w: (w.items(),),
    "shielding": lambda w: (one_item(w),),
    "put": lambda w: (w.name("the name of a local"), w.take("a value")),
    "get": lambda w: (w.name("the name of a local"),),
    "new": new,
    "on": on,
    "stop": lambda w: (),
    "keep": lambda w: (w.items(),),
}

# Statements for tasks only: those that may suspend, and those that steer a body.
TASK_ONLY = {
    "yield": lambda w: (),
    "sleep": lambda w: (w.milliseconds(),),
    "await": lambda w: (w.name(),),
    "call": lambda w: (w.name("a body"),),
    "gather": lambda w: (w.items(),),
    "outcomes": lambda w: (w.items(),),
    "wait": lambda w: (mode(w), within(w), w.items()),
    "kept": lambda w: (w.name("a kept set"), mode(w), within(w)),
    "wait_for": lambda w: (w.milliseconds(may_be_none=True), one_item(w)),
    "shield": lambda w: (one_item(w),),
    "return": lambda w: (w.take("a value") if w.peek() else None,),
    "rethrow": lambda w: (),
}

# Statements with a body of their own, up to `end`.
BLOCKS = {
    "try": lambda w: (),
    "timeout": lambda w: (w.milliseconds(may_be_none=True), w.name() if w.accept("as") else None),
    "group": lambda w: (w.name(),),
    "each": lambda w: (w.name(), within_completed(w), w.items()),
    "holding": lambda w: (w.name("a lock or a semaphore"),),
    "repeat": lambda w: (w.number_of("how many times"),),
    "while": lambda w: (w.name("a list"),),
}

BINDS = frozenset(
    "spawn context promise soon later at done await call gather outcomes wait wait_for shield gathering shielding keep new".split()
)
NEEDS_A_NAME = ("promise", "context", "gathering", "shielding", "keep", "new")


def within_completed(words):
    if not (words.accept("in") and words.accept("completed")):
        words.mistake("in completed")
    return within(words)


def action(words):
    done = statement(words, PLAIN, "a statement that cannot suspend")
    if done.kind == "raise_cancelled":
        raise Mistake(f"line {words.number}: a callback is no task, it cannot end cancelled")
    if done.kind == "wait_on":
        raise Mistake(f"line {words.number}: {done.args[1]} may suspend, so it cannot stand in a callback")
    return done


def statement(words, kinds, expected="a statement"):
    """One statement without its blocks."""
    into = None
    if len(words.words) > words.at + 1 and words.words[words.at + 1] == "=":
        into = words.name()
        words.at += 1
        if words.peek() not in BINDS:
            words.mistake("something that gives a value or a handle")
    kind = words.peek()
    if kind not in kinds:
        words.mistake(expected)
    words.at += 1
    if kind in NEEDS_A_NAME and into is None:
        words.at -= 1
        words.mistake(f"NAME = before {kind}")
    if kind == "raise" and words.accept("cancelled"):
        return Statement("raise_cancelled", None, (words.take("a reason") if words.peek() else None,))
    args = kinds[kind](words)
    if kind == "on" and args[1] in shared.WAITING:
        kind = "wait_on"
    return Statement(kind, into, args)


class Reader:
    def __init__(self, text):
        self.lines, self.at = [], 0
        for number, line in enumerate(text.splitlines(), 1):
            words = []
            for word in line.split():
                if word.startswith("#"):
                    break
                words.append(word)
            if words:
                self.lines.append(Words(number, words))

    def next(self, inside):
        if self.at >= len(self.lines):
            raise Mistake(f"the text ends inside {inside}: an `end` is missing")
        self.at += 1
        return self.lines[self.at - 1]

    def block(self, inside, closers=("end",)):
        """Statements up to a closing word; gives them and that word."""
        statements = []
        while True:
            words = self.next(inside)
            kind = words.peek()
            if kind in closers and len(words.words) == 1:
                return tuple(statements), kind
            if kind in BLOCKS:
                statements.append(self.nest(words))
            else:
                statements.append(statement(words, {**PLAIN, **TASK_ONLY}))
                words.done()

    def nest(self, words):
        kind = words.take("a block")
        args = BLOCKS[kind](words)
        words.done()
        if kind != "try":
            return Statement(kind, None, args, self.block(kind)[0])
        block, closer = self.block(kind, ("cancelled", "failed"))
        cancelled = failed = None
        if closer == "cancelled":
            cancelled, closer = self.block(kind, ("failed", "end"))
        if closer == "failed":
            failed, closer = self.block(kind)
        return Statement(kind, None, args, block, cancelled, failed)

    def scenario(self):
        words = self.next("a scenario")
        if not words.accept("scenario"):
            words.mistake("scenario NAME")
        name = words.name("the scenario's name")
        words.done()
        bodies = {}
        while self.at < len(self.lines) and self.lines[self.at].peek() == "task":
            words = self.next("a scenario")
            words.accept("task")
            body = words.name("the body's name")
            words.done()
            if body in bodies:
                raise Mistake(f"line {words.number}: the body {body} is there twice")
            bodies[body] = self.block(f"task {body}")[0]
        check(name, bodies)
        return Scenario(name, bodies)


def mentions(block):
    """The bodies that a block runs."""
    for s in block:
        if s.kind in ("spawn", "call"):
            yield s.args[0]
        for arg in s.args:
            for item in arg if isinstance(arg, tuple) and not isinstance(arg, (Item, Statement)) else (arg,):
                if isinstance(item, Item) and item.kind == "fresh":
                    yield item.name
                elif isinstance(item, Statement):
                    yield from mentions((item,))
        for inner in (s.block, s.cancelled or (), s.failed or ()):
            yield from mentions(inner)


def check(name, bodies):
    if "main" not in bodies:
        raise Mistake(f"scenario {name} has no `task main`")
    for block in bodies.values():
        for body in mentions(block):
            if body not in bodies:
                raise Mistake(f"scenario {name} runs the body {body}, which it does not have")


def read(text):
    """All scenarios of a text, in order."""
    reader, scenarios = Reader(text), []
    while reader.at < len(reader.lines):
        scenarios.append(reader.scenario())
    return scenarios
