"""The rows on CPython, on asyncio or uvloop.

    python rows.py asyncio yield_one 1000000 1

Each row is what a Python programmer would write for the work that the row
names; the line printed is the one that every benchmark program prints. The
rows are plain functions here and in the other files, by name, so that adding
one is adding a function.

Invariants: the loop is up and one round is done before the meter starts; a row
asserts its own result; exit code 3 means there is no such row, 2 a wrong
command line.
"""

import asyncio
import collections
import sys
import threading

import group_rows  # noqa: F401, adds its rows
import resource_rows  # noqa: F401, adds its rows
from kit import ROWS, Meter, measured, row, scattered

# --- tasks and callbacks -------------------------------------------------


@row
async def spawn_join(size, rounds):
    async def number(n):
        return n

    create_task = asyncio.get_running_loop().create_task

    async def one_round():
        tasks = [create_task(number(n)) for n in range(size)]
        total = 0
        for task in tasks:
            total += await task
        assert total == size * (size - 1) // 2

    return await measured(size, rounds, one_round)


async def yielding(size, rounds, tasks):
    each = size // tasks

    async def yields():
        for _ in range(each):
            await asyncio.sleep(0)

    async def one_round():
        await asyncio.gather(*[yields() for _ in range(tasks)])

    return await measured(each * tasks, rounds, one_round)


@row
async def yield_many(size, rounds):
    return await yielding(size, rounds, min(size, 1000))


@row
async def yield_one(size, rounds):
    return await yielding(size, rounds, 1)


@row
async def one_shot(size, rounds):
    loop = asyncio.get_running_loop()

    async def receive(value):
        return await value

    async def one_round():
        values = [loop.create_future() for _ in range(size)]
        tasks = [loop.create_task(receive(value)) for value in values]
        await asyncio.sleep(0)
        for n, value in enumerate(values):
            value.set_result(n)
        total = 0
        for task in tasks:
            total += await task
        assert total == size * (size - 1) // 2

    return await measured(size, rounds, one_round)


@row
async def call_soon_chain(size, rounds):
    loop = asyncio.get_running_loop()

    async def one_round():
        end = loop.create_future()

        def link(left):
            if left:
                loop.call_soon(link, left - 1)
            else:
                end.set_result(None)

        loop.call_soon(link, size - 1)
        await end

    return await measured(size, rounds, one_round)


@row
async def call_soon_fanout(size, rounds):
    loop = asyncio.get_running_loop()

    async def one_round():
        end = loop.create_future()
        left = size

        def one():
            nonlocal left
            left -= 1
            if not left:
                end.set_result(None)

        for _ in range(size):
            loop.call_soon(one)
        await end

    return await measured(size, rounds, one_round)


# --- timers --------------------------------------------------------------


@row
async def timer_drop(size, rounds):
    lengths = [(1 + scattered(n, 10_000)) / 1000 for n in range(size)]

    async def one_round():
        for length in lengths:
            sleep = asyncio.sleep(length)
            sleep.send(None)
            sleep.close()

    return await measured(size, rounds, one_round)


@row
async def timer_set_cancel(size, rounds):
    lengths = [(1 + scattered(n, 10_000)) / 1000 for n in range(size)]

    async def one_round():
        sleeps = [asyncio.sleep(length) for length in lengths]
        for sleep in sleeps:
            sleep.send(None)
        for sleep in sleeps:
            sleep.close()

    return await measured(size, rounds, one_round)


@row
async def timer_fire(size, rounds):
    lengths = [scattered(n, 200) / 1000 for n in range(size)]

    async def one_round():
        await asyncio.gather(*[asyncio.sleep(length) for length in lengths])

    return await measured(size, rounds, one_round)


@row
async def timeout(size, rounds):
    async def one_round():
        for _ in range(size):
            async with asyncio.timeout(3600):
                await asyncio.sleep(0)

    return await measured(size, rounds, one_round)


# --- threads -------------------------------------------------------------


@row
async def cross_thread_wake(size, rounds):
    loop = asyncio.get_running_loop()
    trips = size * rounds
    asked = collections.deque()
    bell = threading.Semaphore(0)

    def answering():
        for _ in range(trips):
            bell.acquire()
            loop.call_soon_threadsafe(asked.popleft().set_result, None)

    thread = threading.Thread(target=answering)
    thread.start()
    meter = Meter()
    for _ in range(trips):
        answer = loop.create_future()
        asked.append(answer)
        bell.release()
        await answer
    measured = meter.stop(trips)
    thread.join()
    return measured


@row
async def remote_wake(size, rounds):
    loop = asyncio.get_running_loop()
    tasks = min(size, 1000)
    turns = size * rounds // tasks
    gates = [loop.create_future() for _ in range(tasks)]
    ran = threading.Event()
    left = tasks

    async def member(n):
        nonlocal left
        for _ in range(turns):
            await gates[n]
            gates[n] = loop.create_future()
            left -= 1
            if not left:
                left = tasks
                ran.set()

    def waking():
        for _ in range(turns):
            for gate in list(gates):
                loop.call_soon_threadsafe(gate.set_result, None)
            ran.wait()
            ran.clear()

    members = [loop.create_task(member(n)) for n in range(tasks)]
    await asyncio.sleep(0)
    thread = threading.Thread(target=waking)
    meter = Meter()
    thread.start()
    await asyncio.gather(*members)
    measured = meter.stop(turns * tasks)
    thread.join()
    return measured


def run(system, name, size, rounds):
    """Run one row on one loop; what it measured."""
    if system == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    else:
        factory = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(ROWS[name](size, rounds))


def main(args):
    try:
        system, name, *numbers = args
        size, rounds = [int(n) for n in (numbers + ["1"])[:2]]
    except ValueError:
        sys.exit("usage: rows.py asyncio|uvloop ROW SIZE [ROUNDS]")
    if name not in ROWS:
        sys.stderr.write(f"{system} does not serve the row {name}\n")
        sys.exit(3)
    ops, cpu, wall, held = run(system, name, size, rounds)
    held = "-" if held is None else held
    print(f"row={name} system={system} ops={ops} cpu_ns={cpu} wall_ns={wall} bytes={held}")


if __name__ == "__main__":
    main(sys.argv[1:])
