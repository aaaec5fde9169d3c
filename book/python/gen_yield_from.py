def square(x):
    yield
    print("Computing square of", x)
    return x * x


def sum_of_squares(numbers):
    result = 0
    for n in numbers:
        n2 = yield from square(n)
        result += n2
    return result


g = sum_of_squares([3, 4])
while True:
    try:
        next(g)
    except StopIteration as end:
        print("returned", end.value)
        break
    print("a pause")
