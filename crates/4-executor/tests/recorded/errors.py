# An error in a callback goes to the handler, and the next callback runs; a task's error goes to its awaiter.
def fail(text):
    say("fails:", text)
    raise ValueError(text)


async def broken(text, delay):
    await asyncio.sleep(delay)
    fail(text)


async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: say("handler:", context["exception"]))
    loop.call_soon(fail, "first")
    loop.call_soon(say, "second")
    future = loop.create_future()
    future.add_done_callback(lambda _: fail("done-callback"))
    future.add_done_callback(lambda _: say("the next done-callback"))
    future.set_result(None)
    loop.call_later(0.5, fail, "timer")
    loop.call_later(0.5, say, "the next timer")
    task = loop.create_task(broken("task", 0.75))
    bystander = loop.create_task(asyncio.sleep(1, "unharmed"))
    try:
        await task
    except ValueError as error:
        say("caught:", error)
    say(await bystander)
