"""Writes sync.txt: what CPython's locks, events, semaphores, barriers and queues do with random programs.

Each line of the output is `objects | task | task .. | what happened`. The tests of this crate read the
file and must observe the same; they need no Python. To write the file anew: python3.13 sync.py > sync.txt

The objects: s2 = the semaphore begins with 2, b3 = the barrier has 3 parties, q1 = the queue has room for 1;
F, P or L after it is its order. A task is a row of operations:

    y  z3      sleep(0), sleep(3)
    l  u       acquire the lock, release it
    w  S  C    wait for the event, set it, clear it
    p  v       acquire the semaphore, release it
    B  A  R    wait for the barrier, abort it, reset it
    +5 -       put 5, get; with nowait: *5 /
    d  j  h  H task_done, join, shutdown, shutdown(immediate=True)
    c          acquire the lock, wait for the condition, release the lock
    n1 N       acquire the lock, notify 1, release the lock; N notifies all
    k1         cancel task 1

Of each operation, the log has task, operation, result and iteration: `a0@2` `b1=5@3` `b2!shut@4`. `a~@5` is
a task that was cancelled. The last word lists the tasks that are not done after a thousand seconds.
"""

import asyncio
import gc
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "parity"))
import shared as methods  # noqa: E402
from vloop import VirtualLoop  # noqa: E402

NAMES = "abcdefgh"
QUEUES = {"F": asyncio.Queue, "P": asyncio.PriorityQueue, "L": asyncio.LifoQueue}
FAMILIES = ["lllluuuuyk", "wwwSCyk", "ppppvvvyk", "BBBBBARyk", "+++---*/djyk", "++--*/hHdjyk", "ccnNluy", "lluuwSCppvv+-yk"]


def word(op, dice, tasks):
    match op:
        case "+" | "*":
            return f"{op}{dice.randrange(5)}"
        case "z":
            return f"z{dice.randrange(1, 4)}"
        case "n":
            return f"n{dice.randrange(1, 3)}"
        case "k":
            return f"k{dice.randrange(tasks)}"
    return op


def program(dice):
    objects = f"s{dice.randrange(3)} b{dice.randrange(1, 4)} q{dice.randrange(1, 3)}{dice.choice('FFPL')}"
    tasks = dice.randrange(2, 6)
    family = dice.choice(FAMILIES) + ("z" if dice.random() < 0.3 else "")
    rows = [[word(dice.choice(family), dice, tasks) for _ in range(dice.randrange(1, 6))] for _ in range(tasks)]
    return objects, rows


# Of each operation on an object: which object, and the method, as `parity` has them.
METHODS = {
    "l": ("lock", "acquire"),
    "u": ("lock", "release"),
    "w": ("event", "wait"),
    "S": ("event", "set"),
    "C": ("event", "clear"),
    "p": ("semaphore", "acquire"),
    "v": ("semaphore", "release"),
    "B": ("barrier", "wait"),
    "A": ("barrier", "abort"),
    "R": ("barrier", "reset"),
    "+": ("queue", "put"),
    "-": ("queue", "get"),
    "*": ("queue", "put_nowait"),
    "/": ("queue", "get_nowait"),
    "d": ("queue", "task_done"),
    "j": ("queue", "join"),
    "h": ("queue", "shutdown"),
    "H": ("queue", "shutdown_now"),
    "c": ("condition", "wait"),
    "n": ("condition", "notify"),
    "N": ("condition", "notify_all"),
}


class Shared:
    def __init__(self, objects):
        semaphore, barrier, queue = objects.split()
        self.lock = asyncio.Lock()
        self.condition = asyncio.Condition(self.lock)
        self.event = asyncio.Event()
        self.semaphore = asyncio.Semaphore(int(semaphore[1:]))
        self.barrier = asyncio.Barrier(int(barrier[1:]))
        self.queue = QUEUES[queue[-1]](int(queue[1:-1]))

    async def do(self, op, tasks):
        number = int(op[1:] or 0)
        match op[0]:
            case "y":
                await asyncio.sleep(0)
            case "z":
                await asyncio.sleep(number)
            case "k":
                tasks[number].cancel()
            case letter:
                name, method = METHODS[letter]
                result = methods.call(getattr(self, name), method, number)
                result = await result if method in methods.WAITING else result
                return None if isinstance(result, bool) else result


def fault(error):
    return {"ShutDown": "shut"}.get(name := methods.fault(error), name.lower())


def run(objects, rows):
    loop = VirtualLoop()
    log = []
    tasks = []

    async def act(name, row, shared):
        try:
            for number, op in enumerate(row):
                try:
                    result = await shared.do(op, tasks)
                    result = "" if result is None else f"={result}"
                except Exception as error:
                    result = f"!{fault(error)}"
                log.append(f"{name}{number}{result}@{loop.iteration}")
        except asyncio.CancelledError:
            log.append(f"{name}~@{loop.iteration}")
            raise

    async def main():
        shared = Shared(objects)
        for name, row in zip(NAMES, rows):
            tasks.append(loop.create_task(act(name, row, shared)))
        await asyncio.sleep(1000)
        log.append("".join(name for name, task in zip(NAMES, tasks) if not task.done()) or "-")
        return list(log)

    loop.set_exception_handler(lambda *_: None)  # the tasks that are left are destroyed while pending
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


if __name__ == "__main__":
    sys.unraisablehook = lambda _: None
    gc.disable()
    dice = random.Random(6)
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1500):
        objects, rows = program(dice)
        log = run(objects, rows)
        gc.collect()  # so that no finalizer of this program runs during the next one
        print(" | ".join([objects, *(" ".join(row) for row in rows), " ".join(log)]))
