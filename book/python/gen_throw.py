class DoorOpened(Exception):
    pass


def oven():
    minute = 1
    while True:
        try:
            yield minute
        except DoorOpened:
            print("closes the door")
        minute += 1


oven = oven()
print(next(oven))
print(oven.throw(DoorOpened()))
try:
    oven.throw(RuntimeError("fire"))
except RuntimeError as error:
    print("RuntimeError:", error)
print(next(oven, "over"))
