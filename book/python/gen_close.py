def shop(name):
    try:
        yield "open"
    except GeneratorExit:
        print("GeneratorExit in", name)
        raise
    finally:
        print("clean up", name)


for name in ["left alone", "begun", "finished"]:
    g = shop(name)
    if name != "left alone":
        print(next(g))
    if name == "finished":
        print(next(g, "returned"))
    g.close()
    print(name, "is closed")
