import inspect
import types


def square(x):
    yield
    return x * x


async def twice(x):
    return 2 * await marked(x)


print("a generator function  ", inspect.isgeneratorfunction(square), hex(square.__code__.co_flags & 0x1A0))
print("an async def          ", inspect.iscoroutinefunction(twice), hex(twice.__code__.co_flags & 0x1A0))

marked = types.coroutine(square)
print("marked: the same one  ", marked is square)
print("still a generator     ", inspect.isgeneratorfunction(marked), hex(marked.__code__.co_flags & 0x1A0))
print("and not a coroutine   ", inspect.iscoroutinefunction(marked))


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


print("run                   ", run(square(3)), run(twice(3)))
