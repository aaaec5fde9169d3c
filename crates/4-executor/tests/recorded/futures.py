# Futures: waiters and callbacks in the order of registration, one iteration later.
async def waiter(name, future):
    say(f"{name} waits")
    try:
        say(f"{name} got {await future}")
    except ValueError as error:
        say(f"{name} got error {error}")
    except asyncio.CancelledError as error:
        say(f"{name} got cancelled {error.args[0] if error.args else ''}".rstrip())


async def main():
    loop = asyncio.get_running_loop()
    first, second, third = loop.create_future(), loop.create_future(), loop.create_future()
    first.add_done_callback(lambda _: say("callback before the waiters"))
    tasks = [loop.create_task(waiter(f"w{n}", f)) for n, f in enumerate((first, second, third, first))]
    await asyncio.sleep(0)
    first.add_done_callback(lambda _: say("callback behind the waiters"))
    twice = lambda _: say("registered twice")
    first.add_done_callback(twice)
    first.add_done_callback(twice)
    say("removed", second.remove_done_callback(twice))
    loop.call_soon(first.set_result, "one")
    loop.call_soon(say, "soon behind set_result")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.set_exception(ValueError("two"))
    third.cancel("three")
    say("set")
    loop.call_soon(say, "soon behind set_exception")
    say(await first, "without a pause")
    for task in tasks:
        await task
    first.add_done_callback(lambda _: say("callback of a done future"))
    say("waiting is over")
    await asyncio.sleep(0)
