def countdown(n):
    while n > 0:
        yield n
        n -= 1
    return "lift-off"


for number in countdown(2):
    print(number)

# The same loop, without `for`.
count = iter(countdown(2))
while True:
    try:
        number = next(count)
    except StopIteration as end:
        print("the last word:", end.value)
        break
    print(number)
