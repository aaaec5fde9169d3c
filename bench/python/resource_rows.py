"""The rows about memory, depth and generators on CPython.

They need no loop, or hold very many things at once and must leave without
taking them apart: the process ends by `os._exit` as soon as its line is printed.

Invariants: bytes are the growth of the resident set, as in the other programs.
"""

import asyncio
import collections
import os

from kit import Meter, measured, row

DEPTH = 100


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def leave(name, meter, size, held):
    """Print the line and end the process without any taking apart."""
    ops, cpu, wall, held = meter.stop(size, held)
    system = type(asyncio.get_running_loop()).__module__.split(".")[0]
    print(
        f"row={name} system={system} ops={ops} cpu_ns={cpu} wall_ns={wall} bytes={held}",
        flush=True,
    )
    os._exit(0)


@row
async def idle_task(size, rounds):
    loop = asyncio.get_running_loop()

    async def idle(n):
        held = (n, n, n, n, n, n, n, n)
        await loop.create_future()
        return held

    tasks = [None] * size
    meter = Meter()
    before = resident_bytes()
    for n in range(size):
        tasks[n] = loop.create_task(idle(n))
    await asyncio.sleep(0)
    leave("idle_task", meter, size, resident_bytes() - before)


@row
async def timer(size, rounds):
    loop = asyncio.get_running_loop()
    handles = [None] * size
    meter = Meter()
    before = resident_bytes()
    for n in range(size):
        handles[n] = loop.call_later(3600 + n * 7e-6, print)
    leave("timer", meter, size, resident_bytes() - before)


@row
async def deep_await(size, rounds):
    async def level(above):
        if above:
            return await level(above - 1)
        for _ in range(size):
            await asyncio.sleep(0)

    async def one_round():
        await level(DEPTH)

    return await measured(size, rounds, one_round)


def squares(end):
    for n in range(end):
        yield n * n


@row
async def generator_sum(size, rounds):
    async def one_round():
        total = 0
        for value in squares(size):
            total += value

    return await measured(size, rounds, one_round)


@row
async def interleave(size, rounds):
    strands = min(size, 1000)
    each = size // strands

    async def one_round():
        total = 0
        waiting = collections.deque(squares(each) for _ in range(strands))
        while waiting:
            generator = waiting.popleft()
            try:
                total += next(generator)
            except StopIteration:
                continue
            waiting.append(generator)

    return await measured(each * strands, rounds, one_round)
