import asyncio

async def worker(name, queue):
    while True:
        seconds = await queue.get()
        await asyncio.sleep(seconds)
        print(f"{name} has slept for {seconds} s")
        queue.task_done()

async def main():
    queue = asyncio.Queue()
    for seconds in [3, 1, 2]:
        queue.put_nowait(seconds)
    workers = []
    for number in [1, 2]:
        name = f"worker-{number}"
        workers.append(asyncio.create_task(worker(name, queue), name=name))
    await queue.join()
    for task in workers:
        task.cancel()
    ends = await asyncio.gather(*workers, return_exceptions=True)
    print(ends)

asyncio.run(main())
