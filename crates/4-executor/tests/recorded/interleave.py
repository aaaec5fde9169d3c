# Tasks and callbacks stand in one queue, first in, first out.
def main_callbacks(loop):
    for n in range(2):
        loop.call_soon(say, f"soon {n}")


async def worker(name, rounds):
    for n in range(rounds):
        say(f"{name} {n}")
        asyncio.get_running_loop().call_soon(say, f"soon by {name} {n}")
        await asyncio.sleep(0)
    return name


async def main():
    loop = asyncio.get_running_loop()
    main_callbacks(loop)
    a = loop.create_task(worker("a", 3))
    loop.call_soon(say, "soon between")
    b = loop.create_task(worker("b", 2))
    loop.call_soon(say, "soon behind")
    say("spawned")
    say(await a)
    say(await b)
