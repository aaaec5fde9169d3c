//! S4: callbacks, timers that set themselves again, a task beside them.
//!
//! The first programs use the loop without coroutines: a function to call soon, a
//! function to call later. Then a task sleeps while a callback shows that nothing is
//! blocked. The last program starts a task later.
//!
//! Three of the source's listings do not run as they stand: a tab among blanks, a method
//! that is named but not called, a method that does not exist. The programs here are the
//! intended ones. One is here twice, because its mistake is instructive.
//!
//! Each Rust function has its Python original above it.
//!
//! Invariant: every timer that is still set at the end of a program is dropped
//! unfired when the loop is closed.
//!
//! Read next: `../verdict.rs`.

use groundup::{EventLoop, sleep, spawn};

use super::Program;
use crate::stage::{Outcome, event_loop, say, seconds};

pub(super) static PROGRAMS: [Program; 5] = [
    Program {
        id: "S4.P1",
        title: "The basics: call_soon",
        see: "One callback, in the first iteration.",
        main: p1,
        lines: &["hello"],
        ..Program::BLANK
    },
    Program {
        id: "S4.P2",
        title: "Scheduling things: call_later",
        see: "Three callbacks at their times, the last of which stops the loop.",
        main: p2,
        lines: &[
            "hello",
            "starting event loop",
            "hello",
            "hello",
            "loop stopped",
        ],
        exact: 2.5,
        remark: "The third timer, due at 3 seconds, never fires.",
        ..Program::BLANK
    },
    Program {
        id: "S4.P2-verbatim",
        title: "The same, as it was printed",
        see: "Nothing: the loop never runs.",
        main: p2_verbatim,
        lines: &["hello", "starting event loop", "loop stopped"],
        remark: "run_forever is named but not called, so the loop never runs.",
        ..Program::BLANK
    },
    Program {
        id: "S4.P3",
        title: "Waiting for an async action",
        see: "A callback at 2 seconds runs while the task sleeps.",
        main: p3,
        lines: &[
            "need to compute something",
            "starting long non blocking task",
            "See, I'm not blocked",
            "done with non blocking task",
            "result is 42",
            "all done",
        ],
        exact: 3.0,
        claim: Some(3.0),
        remark: "The source notes 1 second, then 2; it is 2 seconds, then 1.",
        ..Program::BLANK
    },
    Program {
        id: "S4.P4",
        title: "Calling a coroutine in the future",
        see: "Two callbacks each start a task: the sleeps overlap for 2 seconds.",
        main: p4,
        lines: &[
            "need to compute something",
            "starting long non blocking task",
            "need to compute something",
            "starting long non blocking task",
            "done with non blocking task",
            "result is 42",
            "done with non blocking task",
            "result is 42",
        ],
        exact: 5.0,
        remark: "The source gives the two calls; the loop is stopped after 5 seconds.",
        ..Program::BLANK
    },
];

/// ```python
/// loop = asyncio.get_event_loop()
///
/// def hello():
///     print('hello')
///     loop.stop()
///
/// loop.call_soon(hello)
/// loop.run_forever()
/// loop.close()
/// ```
fn p1() -> Outcome {
    fn hello() {
        say("hello");
        event_loop().stop();
    }

    event_loop().call_soon(hello);
    event_loop().run_forever()?;
    event_loop().close()?;
    Ok(())
}

/// ```python
/// loop = asyncio.get_event_loop()
///
/// def hello():
///     print('hello')
///     loop.call_later(1, hello) # call me again in one second
///
/// hello()
///
/// loop.call_later(2.5, loop.stop)
///
/// print('starting event loop')
/// loop.run_forever()
/// print('loop stopped')
/// ```
fn p2() -> Outcome {
    fn hello() {
        say("hello");
        event_loop().call_later(seconds(1.0), hello); // call me again in one second
    }

    hello();

    event_loop().call_later(seconds(2.5), || event_loop().stop());

    say("starting event loop");
    event_loop().run_forever()?;
    say("loop stopped");
    Ok(())
}

/// The mistake: without its parentheses, `run_forever` is a value that is not used. Rust
/// would not compile `event_loop().run_forever;`, but it lets a program name the
/// function. The `stop` is kept for the next run, which makes one iteration and ends.
///
/// ```python
/// hello()
///
/// loop.call_later(2.5, loop.stop)
///
/// print('starting event loop')
/// loop.run_forever
/// loop.stop()
/// print('loop stopped')
/// ```
fn p2_verbatim() -> Outcome {
    fn hello() {
        say("hello");
        event_loop().call_later(seconds(1.0), hello);
    }

    hello();

    event_loop().call_later(seconds(2.5), || event_loop().stop());

    say("starting event loop");
    let _ = EventLoop::run_forever;
    event_loop().stop();
    say("loop stopped");
    Ok(())
}

/// ```python
/// @asyncio.coroutine   # (1)
/// def long_async_task():
///     print('starting long non blocking task')
///     yield from asyncio.sleep(3)   # (2)
///     print('done with non blocking task')
///     return 42
/// ```
async fn long_async_task() -> i32 {
    say("starting long non blocking task");
    sleep(seconds(3.0)).await;
    say("done with non blocking task");
    42
}

/// ```python
/// @asyncio.coroutine
/// def do_something():
///     print('need to compute something')
///     result = yield from long_async_task()  # (3)
///     print('result is', result)
/// ```
async fn do_something() {
    say("need to compute something");
    let result = long_async_task().await;
    say(format!("result is {result}"));
}

/// ```python
/// def hello():
///     print("See, I'm not blocked")
///
/// loop.call_later(2, hello)
/// loop.run_until_complete(do_something())  # (4)
/// print('all done')
/// ```
fn p3() -> Outcome {
    fn hello() {
        say("See, I'm not blocked");
    }

    event_loop().call_later(seconds(2.0), hello);
    event_loop().run_until_complete(do_something())?;
    say("all done");
    Ok(())
}

/// `call_soon` takes a function. The source shows Python's answer to a coroutine in its
/// place, `TypeError: coroutines cannot be used with call_soon()`. In Rust such a program
/// does not compile, because a future is not an `FnOnce()`:
///
/// ```compile_fail
/// async fn do_something() {}
/// groundup::EventLoop::new().call_soon(do_something()); // call_soon(do_something) is no better
/// ```
///
/// ```python
/// loop.call_soon(asyncio.async, do_something()) # note the call to do_something here
/// loop.call_later(1, asyncio.async, do_something())
/// ```
fn p4() -> Outcome {
    event_loop().call_soon(|| spawn(do_something()).detach());
    event_loop().call_later(seconds(1.0), || spawn(do_something()).detach());
    event_loop().call_later(seconds(5.0), || event_loop().stop());
    event_loop().run_forever()?;
    Ok(())
}
