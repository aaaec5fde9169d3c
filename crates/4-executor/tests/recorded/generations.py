# An entry that becomes ready in an iteration runs in the next one, however it became ready.
async def family(name, depth):
    say(f"{name} begins")
    if depth:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: loop.call_soon(say, f"grandchild callback of {name}"))
        children = [loop.create_task(family(f"{name}{n}", depth - 1)) for n in range(2)]
        loop.call_soon(say, f"callback of {name}")
        for child in children:
            await child
    say(f"{name} ends")


async def main():
    await family("x", 2)
    say("over")
    return "over"
