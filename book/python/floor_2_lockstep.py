def squares(numbers):
    for n in numbers:
        print("Computing square of", n)
        yield n * n


def interweave(generators):
    while True:
        for g in generators:
            yield next(g)


try:
    for value in interweave([squares([1, 2, 3]), squares([10, 20])]):
        pass
except RuntimeError as error:
    print("RuntimeError:", error)
