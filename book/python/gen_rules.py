def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass  # swallowed


def broken(what, request):
    try:
        request()
    except BaseException as error:
        print(f"{what:15}{type(error).__name__}: {error}")


broken("send first", lambda: stubborn().send(7))

shop = stubborn()
next(shop)
broken("yield in close", shop.close)

over = stubborn()
over.close()
broken("after the end", lambda: next(over))


def own():
    broken("from inside", lambda: next(me))
    yield


me = own()
next(me)
