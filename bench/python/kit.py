"""What the rows on CPython share: the table of rows, the meter, one order.

Invariants: one round is done before the meter starts. The pseudo-random numbers
are those of the other programs.
"""

import time

ROWS = {}


def row(function):
    """Make a coroutine function `(size, rounds) -> (ops, cpu, wall, bytes)` a row."""
    ROWS[function.__name__] = function
    return function


class Meter:
    """CPU and wall time of one stretch."""

    def __init__(self):
        self.wall = time.perf_counter_ns()
        self.cpu = time.process_time_ns()

    def stop(self, ops, held=None):
        cpu = time.process_time_ns() - self.cpu
        wall = time.perf_counter_ns() - self.wall
        return ops, cpu, wall, held


async def measured(ops, rounds, one_round):
    """Run one round unmeasured, then `rounds` under the meter; `ops` in each."""
    await one_round()
    meter = Meter()
    for _ in range(rounds):
        await one_round()
    return meter.stop(ops * rounds)


def scattered(index, below):
    """The same pseudo-random numbers as the other programs use (SplitMix64)."""
    mask = (1 << 64) - 1
    mixed = ((index + 2) * 0x9E3779B97F4A7C15) & mask
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
    return (mixed ^ (mixed >> 31)) % below
