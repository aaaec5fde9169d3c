"""Writes protocol.txt: what CPython's generators do with random programs.

Each line of the output is `program | requests | what happened`. The tests of
this crate read the file and must observe the same; they need no Python. To
write the file anew: python3.13 protocol.py > protocol.txt

A program is the body of one generator function:

    y3         heard = yield 3       logs `<5` if 5 was sent
    c{...}     value = yield from the generator in braces; logs `=value`
    i2         value = yield from range(2)
    r4  e7     return 4, raise Err(7)
    t{..}e{..} try: .. except Err: ..            logs `!error`
    t{..}x{..} try: .. except GeneratorExit: ..
    t{..}a{..} try: .. except BaseException: ..

A request is n (next), s5 (send), t9 (throw Err(9)), T (throw GeneratorExit) or
c (close).
"""

import inspect
import random
import sys


class Err(Exception):
    pass


def name(error):
    match error:
        case Err():
            return f"err{error.args[0]}"
        case GeneratorExit():
            return "exit"
        case RuntimeError() if str(error) == "generator ignored GeneratorExit":
            return "ignored-exit"
        case AttributeError() if str(error).endswith("has no attribute 'send'"):
            return "no-send"
        case TypeError() if "just-started" in str(error):
            return "just-started"
    raise error


class Compiler:
    """Turns a program into the source of a generator function."""

    def __init__(self, text):
        self.text, self.at, self.functions = text, 0, []

    def number(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at].isdigit():
            self.at += 1
        return int(self.text[start : self.at])

    def braces(self, indent):
        assert self.text[self.at] == "{"
        self.at += 1
        lines = self.block(indent)
        self.at += 1
        return lines

    def block(self, indent):
        pad, lines = "    " * indent, []
        while self.at < len(self.text) and self.text[self.at] != "}":
            kind = self.text[self.at]
            self.at += 1
            if kind == "y":
                lines.append(f"{pad}heard((yield {self.number()}))")
            elif kind == "i":
                lines.append(f"{pad}value((yield from range({self.number()})))")
            elif kind == "r":
                lines.append(f"{pad}return {self.number()}")
            elif kind == "e":
                lines.append(f"{pad}raise Err({self.number()})")
            elif kind == "c":
                lines.append(f"{pad}value((yield from keep({self.function()}())))")
            elif kind == "t":
                lines.append(f"{pad}try:")
                lines += self.braces(indent + 1)
                which = {"e": "Err", "x": "GeneratorExit", "a": "BaseException"}
                lines.append(f"{pad}except {which[self.text[self.at]]} as error:")
                self.at += 1
                lines.append(f"{pad}    log('!' + name(error))")
                lines += self.braces(indent + 1)
        return lines + [f"{pad}pass"]

    def function(self):
        lines = self.braces(1)
        called = f"f{len(self.functions)}"
        self.functions.append("\n".join([f"def {called}():"] + lines + ["    yield from ()"]))
        return called


def make(program, log, kept):
    def heard(value):
        if value is not None:
            log(f"<{value}")

    def value(value):
        log("=" + ("-" if value is None else str(value)))

    def keep(generator):
        kept.append(generator)
        return generator

    compiler = Compiler("{" + program + "}")
    outermost = compiler.function()
    scope = dict(Err=Err, name=name, log=log, heard=heard, value=value, keep=keep)
    exec("\n".join(compiler.functions), scope)
    return scope[outermost]()


def ask(generator, request):
    if request[0] in "ns" and inspect.getgeneratorstate(generator) == inspect.GEN_CLOSED:
        try:
            next(generator)
        except StopIteration as stop:
            assert stop.value is None
        return "finished"
    try:
        match request[0]:
            case "n":
                return f"yield {next(generator)}"
            case "s":
                return f"yield {generator.send(int(request[1:]))}"
            case "t":
                return f"yield {generator.throw(Err(int(request[1:])))}"
            case "T":
                return f"yield {generator.throw(GeneratorExit())}"
            case "c":
                value = generator.close()
                return "closed" if value is None else f"closed {value}"
    except StopIteration as stop:
        return "return" if stop.value is None else f"return {stop.value}"
    except BaseException as error:
        return f"raise {name(error)}"


def observe(program, requests):
    # CPython closes a suspended generator when it is freed, which would show
    # in the log. Rust drops its locals and says nothing. So nothing is freed
    # before the log is read.
    happened, kept = [], []
    generator = make(program, happened.append, kept)
    for request in requests.split():
        happened.append(ask(generator, request))
    return "; ".join(happened)


def random_block(rng, depth):
    parts = []
    for _ in range(rng.randint(1, 3)):
        kind = rng.choices("yciret", [8, 5 if depth else 0, 1, 1, 1, 5 if depth else 0])[0]
        if kind in "yre":
            parts.append(f"{kind}{rng.randint(1, 9)}")
        elif kind == "i":
            parts.append(f"i{rng.randint(0, 2)}")
        elif kind == "c":
            parts.append("c{" + random_block(rng, depth - 1) + "}")
        else:
            body, handler = (random_block(rng, depth - 1) for _ in range(2))
            parts.append("t{" + body + "}" + rng.choice("eexxa") + "{" + handler + "}")
    return "".join(parts)


def random_requests(rng):
    requests = [] if rng.random() < 0.1 else ["n"]
    for _ in range(rng.randint(2, 7)):
        kind = rng.choices("nstTc", [6, 3, 3, 1, 2])[0]
        requests.append(kind + (str(rng.randint(1, 9)) if kind in "st" else ""))
    return " ".join(requests)


def interest(happened):
    """How much of a line is about errors that a generator noticed."""
    rare = ("!", "ignored", "no-send", "closed ")
    return sum(any(word in part for word in rare) for part in happened.split("; "))


def main():
    rng = random.Random(2024)
    print(f"# Written by protocol.py on CPython {sys.version.split()[0]}. Do not edit.")
    seen = set()
    while len(seen) < 400:
        program, requests = random_block(rng, 4), random_requests(rng)
        if len(program) > 60 or (program, requests) in seen:
            continue
        happened = observe(program, requests)
        if happened.count("finished") <= 2 and interest(happened) >= len(seen) % 4:
            seen.add((program, requests))
            print(f"{program} | {requests} | {happened}")


if __name__ == "__main__":
    sys.unraisablehook = lambda *_: None
    main()
