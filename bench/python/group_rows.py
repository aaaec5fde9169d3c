"""The rows about several tasks at once on CPython.

Children end when they have yielded, or one after another in an order that is
the same for every system.

Invariants: every child is a task; a row asserts its results.
"""

import asyncio

from kit import measured, row, scattered


async def yields(n, times):
    for _ in range(times):
        await asyncio.sleep(0)
    return n


@row
async def gather(size, rounds):
    async def one_round():
        results = await asyncio.gather(*[yields(n, 3) for n in range(size)])
        assert results == list(range(size))

    return await measured(size, rounds, one_round)


def made(size):
    return list(range(size))


def shuffled(size):
    """The order in which the other programs' children end, too."""
    return sorted(range(size), key=lambda n: scattered(n, (1 << 64) - 1))


def chained(order):
    """Tasks that end in this order, once all wait: each lets the next go."""
    loop = asyncio.get_running_loop()
    gates = [loop.create_future() for _ in order]
    after = dict(zip(order, order[1:]))
    awake = len(order)

    async def member(n):
        nonlocal awake
        awake -= 1
        if not awake:
            gates[order[0]].set_result(None)
        await gates[n]
        if n in after:
            gates[after[n]].set_result(None)
        return n

    return [loop.create_task(member(n)) for n in range(len(order))]


async def wait_loop(size, rounds, children):
    async def one_round():
        pending, ended = set(children()), 0
        while pending:
            done, pending = await asyncio.wait(
                pending, return_when=asyncio.FIRST_COMPLETED
            )
            ended += len(done)
        assert ended == size

    return await measured(size, rounds, one_round)


@row
async def wait_first(size, rounds):
    return await wait_loop(size, rounds, lambda: chained(made(size)))


@row
async def wait_first_shuffled(size, rounds):
    order = shuffled(size)
    return await wait_loop(size, rounds, lambda: chained(order))


@row
async def wait_first_yields(size, rounds):
    create_task = asyncio.get_running_loop().create_task
    times = [1 + scattered(n, 100) for n in range(size)]
    return await wait_loop(
        size, rounds, lambda: [create_task(yields(n, times[n])) for n in range(size)]
    )


async def take_all(rounds, order):
    async def one_round():
        ended = []
        for next_one in asyncio.as_completed(chained(order)):
            ended.append(await next_one)
        assert ended == order

    return await measured(len(order), rounds, one_round)


@row
async def as_completed(size, rounds):
    return await take_all(rounds, made(size))


@row
async def as_completed_shuffled(size, rounds):
    return await take_all(rounds, shuffled(size))
