//! What floors are built from, for those who build another one.
//!
//! A program that awaits, spawns and cancels needs nothing from here. A new
//! primitive, a new combinator or a new kind of loop does.
//!
//! | name | why it is not with the others |
//! |---|---|
//! | [`Scheduler`] | the loop without time: what it knows is said better by [`EventLoop`](crate::EventLoop) and the free functions |
//! | [`Entered`] | the proof that a scheduler is the thread's own while it lives; only whoever writes a loop enters one |
//! | [`Root`], [`NoRoot`] | the main future, as the scheduler steps it; `run_until_complete` does that for everybody else |
//! | [`Address`] | where wakes from other threads go; a program holds a [`Remote`](crate::Remote), which also says that somebody may call |
//! | [`MAX_LOOPS`] | how many loops a process can have: a limit to report, not one to plan with |
//! | [`Watcher`], [`Watching`], [`Seat`], [`Ending`] | one listener for many tasks, told inside a turn: what `gather` and its relatives are made of |
//! | [`CancelTargets`] | what is cancelled in place of a promise that stands for others, as that of a gather does |
//! | [`Awaitable`], [`Member`] | what is no task and no future, and is awaited and given to combinators all the same: a promise, a gather, and whatever is built on one |
//! | [`Reason`], [`ReasonEntry`], [`Said`] | how a primitive says what its waiters wait for, so that a deadlock report can name it |
//! | [`Alarm`] | a timer that cancels a scope: what `timeout` is made of |
//! | [`CANCEL_TABLE`], [`CancelRow`], [`Fate`], [`Mishap`], [`cancel_table`] | the table of who is cancelled when, as data: for whoever tests a combinator against it |
//! | [`Members`], [`Many`], [`Tuple`], [`Cancellable`], [`gather_tuple`] | how a gather holds its children, of one type or of several: what `gather!` expands to, and bounds that nobody writes |
//!
//! Invariant: a name is here for a reason in the table, and nowhere else.
//!
//! Read next: `prelude.rs`.

#[doc(inline)]
pub use groundup_combinators::executor::Alarm;
#[doc(inline)]
pub use groundup_combinators::task::{
    Address, Awaitable, CancelTargets, Ending, Entered, MAX_LOOPS, Member, NoRoot, Reason,
    ReasonEntry, Root, Said, Scheduler, Seat, Watcher, Watching,
};
#[doc(inline)]
pub use groundup_combinators::{
    CANCEL_TABLE, CancelRow, Cancellable, Fate, Many, Members, Mishap, Tuple, cancel_table,
    gather_tuple,
};
