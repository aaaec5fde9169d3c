def countdown(n):
    while n > 0:
        yield n
        n -= 1
    return "lift-off"


count = countdown(2)
print(next(count))
print(next(count))
for _ in range(2):
    try:
        next(count)
    except StopIteration as end:
        print("StopIteration:", end.value)
