# A busy loop: time passes while callbacks run, and the loop checks its timers once an iteration.
def block(seconds):
    asyncio.get_running_loop().now_ns += round(seconds * 1e9)


def chain(n):
    say(f"link {n}")
    block(0.1)
    if n:
        asyncio.get_running_loop().call_soon(chain, n - 1)


async def yielder():
    for n in range(6):
        say(f"turn {n}")
        block(0.05)
        await asyncio.sleep(0)


async def main():
    loop = asyncio.get_running_loop()
    loop.call_later(0.35, say, "due at 0.35")
    loop.call_later(0.12, say, "due at 0.12")
    loop.call_later(0.12, lambda: loop.call_soon(say, "soon by a timer"))
    loop.call_later(0.12, say, "due at 0.12 too")
    task = loop.create_task(yielder())
    loop.call_soon(chain, 5)
    await asyncio.sleep(0.2)
    say("slept 0.2")
    await task
    block(1)
    late = loop.create_task(asyncio.sleep(0))
    await asyncio.sleep(0.05)
    say("slept 0.05 after a second's work", late.done())
