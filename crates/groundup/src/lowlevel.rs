//! The parts of the floors, for code that builds new primitives.
//!
//! A program that only awaits, spawns and cancels needs no name of this module. A new
//! primitive, a new combinator or a new kind of loop does.
//!
//! | name | why it is not at the root |
//! |---|---|
//! | [`Scheduler`] | the loop without time; a program uses [`EventLoop`](crate::EventLoop) and the free functions instead |
//! | [`Entered`] | the proof that a scheduler has entered the thread; only the author of a loop enters one |
//! | [`Root`], [`NoRoot`], [`RootTask`] | the main future as the scheduler steps it, and its slot; a program calls `run_until_complete` instead |
//! | [`Parking`] | the proof that a thread may sleep until a message comes; a program has a driver for that |
//! | [`Address`] | the target of wakes from other threads; a program holds a [`Remote`](crate::Remote), which also keeps the loop waiting for calls |
//! | [`Ticket`], [`ScopeTicket`] | the integers that name a task and a scope; a primitive stores them in place of a waker or a handle |
//! | [`Entry`], [`TimerWord`] | the words by which a loop's timers and its ready queue name each other |
//! | [`ArmedTimer`] | a timer of a loop, for the list of the things that a scheduler still holds; a program calls `EventLoop::leftovers` |
//! | [`MAX_LOOPS`] | the most loops that a process can have: a limit to report, not one to plan with |
//! | [`Listener`], [`Group`], [`Admission`] | one listener for the ends of many tasks, notified inside a round: `gather` and its relatives are built on it |
//! | [`CancelTargets`] | the tasks to cancel in place of a promise that stands for them, such as the promise of a gather |
//! | [`Awaitable`], [`Member`] | types that are neither a task nor a future, and can still be awaited and passed to combinators: a promise, a gather, and types built on them |
//! | [`Reason`], [`ReasonEntry`], [`ReasonMark`] | how a primitive sets the wait reason of its waiters, so that a deadlock report can name it |
//! | [`Holder`] | how a lock names the task that holds it, and a queue its producer, so that a deadlock report can follow it |
//! | [`StoredWaker`], [`ForeignWaker`] | the waker of a future, and that of another executor, as a primitive stores it, so that a cancel knows that the task waits there |
//! | [`WaitLine`], [`WaitingTask`] | the tasks that wait for a primitive, so that a report knows those that wait for several things |
//! | [`Several`] | the polls of a few futures in one step: which is the first, and which wait reasons end with them; `select` is built on it |
//! | [`ListedFutures`], [`ListedPolls`] | the wakers of many futures in one task, without an allocation for each; a long `join` is built on it |
//! | [`UnpolledFutures`] | the futures that a combinator of many has not polled in a step, so that a cancel reaches them: `join` is built on it |
//! | [`Completions`], [`Completion`], [`completions`] | how a floor lets the results of other threads in at defined points of a loop whose clock jumps; programs call [`to_thread`](crate::to_thread) |
//! | [`at_work_here`], [`address_here`] | how a pool of threads counts a job at the running loop, which makes no [`Remote`](crate::Remote) for each; a program calls [`Remote::at_work`](crate::Remote::at_work) |
//! | [`CleanUp`] | the clean-up of a loop that runs in pieces inside another one; programs have [`Runner`](crate::Runner) |
//! | [`Parker`] | how the thread of a [`ThreadPark`](crate::ThreadPark) blocks, if an event of the system is to end a park; [`run`](crate::run()) has one for Ctrl-C |
//! | [`PlainRunner`], [`run_plain`] | the runner of floor 4, which handles no Ctrl-C; programs call [`run`](crate::run()) |
//! | [`with_driver`] | how each operation of a socket finds its reactor, without a count on it; a program calls [`driver`](crate::driver()) |
//! | [`Alarm`] | a timer that cancels a scope: `timeout` is built on it |
//! | [`sleep_ticket`], [`SleepTicket`] | a sleep that is `Send + Sync`, for a library that demands it; a program calls [`sleep`](crate::sleep()) |
//! | [`drop_told`], [`drop_told_by`], [`Told`], [`EachTold`] | how a primitive drops values of the user's one by one, so that two that panic do not end the process |
//! | [`NumberMap`] | the map that all floors share, so that its code is compiled once; a program has those of the standard library |
//! | [`CANCEL_TABLE`], [`CancelRow`], [`Fate`], [`Mishap`], [`cancel_table`] | the table of all cancels as data, for a test of a combinator against it |
//! | [`Members`], [`Many`], [`IntoMembers`], [`Cancellable`] | how a gather takes and holds its children, of one type or of several; programs call `gather` |
//!
//! Some methods of [`Task`](crate::Task) and [`TaskRef`](crate::TaskRef) are for new primitives, too.
//! The reference leaves them out of its pages, and the source explains them: `take_and_stay`,
//! `output_is`, `fetch_output`, `is_proxy`, `ticket`, `scheduler` and `TaskRef::gone`.
//!
//! Invariant: a name is here for a reason in the table, and in no other module.
//!
//! Read next: `process.rs`.

#[doc(inline)]
pub use groundup_io::combinators::{
    CANCEL_TABLE, CancelRow, Cancellable, Fate, IntoMembers, Many, Members, Mishap, cancel_table,
};
#[doc(inline)]
pub use groundup_io::executor::{
    Alarm, CleanUp, Completion, Completions, Parker, Runner as PlainRunner, SleepTicket,
    address_here, at_work_here, completions, run as run_plain, sleep_ticket, with_driver,
};
#[doc(inline)]
pub use groundup_io::task::{
    Address, Admission, ArmedTimer, Awaitable, CancelTargets, EachTold, Entered, Entry,
    ForeignWaker, Group, Holder, ListedFutures, ListedPolls, Listener, MAX_LOOPS, Member, NoRoot,
    NumberMap, Parking, Reason, ReasonEntry, ReasonMark, Root, RootTask, Scheduler, ScopeTicket,
    Several, StoredWaker, Ticket, TimerWord, Told, UnpolledFutures, WaitLine, WaitingTask,
    drop_told, drop_told_by,
};
