def running_mean():
    total, count, mean = 0.0, 0, None
    while (x := (yield mean)) is not None:
        total += x
        count += 1
        mean = total / count
    return count


mean = running_mean()
print(next(mean))
print(mean.send(3.0))
print(mean.send(4.0))
try:
    next(mean)
except StopIteration as end:
    print("StopIteration:", end.value)
