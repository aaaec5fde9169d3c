# Sleeps of all kinds: in order of their ends, ties in order of their beginnings.
async def sleeper(name, *delays):
    for delay in delays:
        await asyncio.sleep(delay)
        say(f"{name} slept {delay}")
    return name


async def main():
    loop = asyncio.get_running_loop()
    plans = [(3, 1), (1, 3), (2, 2), (0, 0, 4), (4,), (-1, 1), (0.5, 0, 0.5)]
    tasks = [loop.create_task(sleeper(f"s{n}", *plan)) for n, plan in enumerate(plans)]
    for task in tasks:
        say(await task)
