# A cancel is delivered one iteration later, innermost first, one iteration a level outward.
async def inner(cleanup):
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        say("inner is cancelled")
        if cleanup:
            await asyncio.sleep(cleanup)
            say("inner has cleaned up")
        raise


async def level(name, awaited):
    try:
        await awaited
    except asyncio.CancelledError:
        say(f"{name} is cancelled")
        raise


async def observe(task):
    try:
        say("observed", await task)
    except asyncio.CancelledError as error:
        say("observed a cancel", *error.args)


async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        say("stubborn goes on")
    await asyncio.sleep(1)
    return "stubborn's value"


async def main():
    loop = asyncio.get_running_loop()
    for levels in range(3):
        task = loop.create_task(inner(0))
        for n in range(levels):
            task = loop.create_task(level(f"level {n}", task))
        await asyncio.sleep(1)
        say(f"cancel through {levels}", task.cancel("why"))
        await observe(task)
    unborn = loop.create_task(inner(0))
    say("cancel the unborn", unborn.cancel())
    await observe(unborn)
    slow = loop.create_task(inner(2))
    await asyncio.sleep(1)
    slow.cancel()
    await observe(slow)
    task = loop.create_task(stubborn())
    await asyncio.sleep(1)
    say(task.cancel(), task.cancel(), task.cancelling())
    await observe(task)
    say(task.cancelled(), task.cancel())
