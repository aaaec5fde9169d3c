"""One line of a scenario as words, taken from the left.

Names, numbers and items look the same wherever they stand, so what they may look like is said here once.

Invariants: what does not fit raises `Mistake`, which names the line, what was expected there and what was found.

Read next: script.py, which makes statements of these words.
"""

import re
from typing import NamedTuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")
SPAN = re.compile(r"[0-9]+(\.[0-9]{0,2}[1-9])?\Z", re.ASCII)
RESERVED = frozenset("me none within in as end cancelled failed loop".split())


class Mistake(Exception):
    """A scenario that cannot be read."""


class Item(NamedTuple):
    """Something to wait for: a bound name, a fresh run of a body `b()`, or all members of a list `*rest`."""

    kind: str  # "name", "fresh" or "spread"
    name: str

    def __str__(self):
        return {"name": "%s", "fresh": "%s()", "spread": "*%s"}[self.kind] % self.name


class Words:
    """The words of one line, taken from the left."""

    def __init__(self, number, words):
        self.number, self.words, self.at = number, words, 0

    def mistake(self, expected):
        found = self.words[self.at] if self.at < len(self.words) else "the end of the line"
        raise Mistake(f"line {self.number}: expected {expected}, found {found}")

    def peek(self):
        return self.words[self.at] if self.at < len(self.words) else None

    def take(self, expected):
        if self.at >= len(self.words):
            self.mistake(expected)
        self.at += 1
        return self.words[self.at - 1]

    def accept(self, word):
        if self.peek() == word:
            self.at += 1
            return True
        return False

    def name(self, expected="a name"):
        word = self.peek()
        if word is None or not NAME.match(word) or word in RESERVED:
            self.mistake(expected)
        return self.take(expected)

    def after(self, word, expected):
        """The name after a word, if that stands here."""
        return self.name(expected) if self.accept(word) else None

    def handle(self):
        return "me" if self.accept("me") else self.name()

    def time_of(self, expected):
        """Milliseconds, with up to three places after the point: 10, 0.25."""
        word = self.peek()
        if word is None or not SPAN.match(word):
            self.mistake(expected)
        word = self.take(expected)
        return float(word) if "." in word else int(word)

    def number_of(self, expected):
        word = self.peek()
        if word is None or not (word.isascii() and word.isdigit()):
            self.mistake(expected)
        return int(self.take(expected))

    def milliseconds(self, may_be_none=False):
        if may_be_none and self.accept("none"):
            return None
        return self.time_of("milliseconds")

    def rest(self):
        words, self.at = tuple(self.words[self.at :]), len(self.words)
        return words

    def item(self):
        word = self.peek() or ""
        if word.startswith("*"):
            kind, name = "spread", word[1:]
        elif word.endswith("()"):
            kind, name = "fresh", word[:-2]
        else:
            kind, name = "name", word
        if not NAME.match(name) or name in RESERVED:
            self.mistake("a name, body() or *list")
        self.at += 1
        return Item(kind, name)

    def items(self):
        items = []
        while self.peek() is not None:
            items.append(self.item())
        return tuple(items)

    def done(self):
        if self.peek() is not None:
            self.mistake("the end of the line")
