//! The account of cancels: caught, ended, or taken back.
//!
//! The problem: a cancel that a region, a deadline or a group took goes on outward, while its
//! siblings end, are dropped, or take it too. The cancel must not vanish on the way, in any
//! tree of futures. So a task with a random tree is cancelled at random moments, and the test
//! accounts for each cancel.
//!
//! | deed | required result |
//! |---|---|
//! | `cancel()` returned true, once or twice | the task ends cancelled, or its code caught it |
//! | and was taken back at once | the task ends cancelled, or as it does without the cancel |
//! | a deadline around the tree has passed | `Elapsed`, and no cancel counts any more |
//! | any of these, in a tree that cleans up nothing | no code of the task runs after it |
//!
//! Invariant: a tree whose code catches nothing for good ends cancelled, always.
//!
//! Read next: `groups.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use groundup_combinators::executor::{EventLoop, current_task, sleep, spawn};
use groundup_combinators::task::{TaskRef, yield_now};
use groundup_combinators::trace::Seeded;
use groundup_combinators::{Elapsed, timeout};
use proptest::prelude::*;

use crate::props::cancel_trees::{Log, Tree, a_tree};
use crate::props::ms;

/// Deeds done to the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Nothing,
    Cancel,
    /// Cancelled, and once more so many iterations later.
    Twice(u8),
    /// Cancelled, and taken back at once.
    Uncancel,
    /// Cancelled by a deadline around the tree.
    Deadline,
    /// Cancelled by the deadline and by `cancel()`, at one instant.
    Both,
}

fn a_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Cancel),
        2 => (0_u8..4).prop_map(Deed::Twice),
        1 => Just(Deed::Uncancel),
        3 => Just(Deed::Deadline),
        1 => Just(Deed::Both),
    ]
}

/// Record of a run.
#[derive(Debug, Default)]
struct Seen {
    log: Rc<Log>,
    /// Number of calls of `cancel()` that were accepted.
    accepted: Cell<u32>,
    /// True if the last of them was taken back.
    taken_back: Cell<bool>,
    /// Counts of the log at the first accepted cancel.
    at_cancel: Cell<(u32, u32)>,
    /// Output of the tree under its deadline, and the count of cancels at that time.
    told: Cell<Option<(Result<(), Elapsed>, u32)>>,
    cancelled: Cell<bool>,
    /// Time at which the task ended.
    end: Cell<Duration>,
    panics: RefCell<Vec<String>>,
}

impl Seen {
    fn cancel(&self, task: &TaskRef) {
        if self.accepted.get() == 0 {
            self.at_cancel
                .set((self.log.steps.get(), self.log.caught.get()));
        }
        self.accepted
            .set(self.accepted.get() + u32::from(task.cancel()));
    }
}

/// Runs a task with the tree, and does the deed at a time, so many iterations after that.
fn run_disturbed(tree: &Tree, deed: Deed, (at, later): (u64, u8), seed: Option<u64>) -> Rc<Seen> {
    let mut builder = EventLoop::builder().virtual_time();
    if let Some(seed) = seed {
        builder = builder.chooser(Seeded::new(seed));
    }
    let event_loop = builder.build();
    let seen = Rc::new(Seen::default());
    let (within, by_hand) = (seen.clone(), seen.clone());
    let node = tree.grow(&seen.log, true);
    let limit = match deed {
        Deed::Deadline | Deed::Both => ms(at),
        _ => Duration::MAX,
    };
    let ran = event_loop.run_until_complete(async move {
        let task = spawn(async move {
            let bounded = timeout(limit, async {
                node.await;
                sleep(ms(1)).await;
            });
            let told = bounded.await;
            let cancelling = current_task().map_or(0, |task| task.cancelling());
            within.told.set(Some((told, cancelling)));
            sleep(ms(1)).await;
        });
        let target = task.task_ref();
        let hand = spawn(async move {
            sleep(ms(at)).await;
            for _ in 0..later {
                yield_now().await;
            }
            match deed {
                Deed::Nothing | Deed::Deadline => {}
                Deed::Cancel | Deed::Both => by_hand.cancel(&target),
                Deed::Twice(again) => {
                    by_hand.cancel(&target);
                    for _ in 0..again {
                        yield_now().await;
                    }
                    by_hand.cancel(&target);
                }
                Deed::Uncancel => {
                    by_hand.cancel(&target);
                    target.uncancel(); // a cancel from the tree may count, too
                    by_hand.taken_back.set(true);
                }
            }
        });
        let ended = task.await;
        let end = groundup_combinators::executor::time().since_start();
        hand.await.unwrap();
        sleep(ms(1000)).await; // by now all tasks have ended, and all timers have fired
        (ended, end)
    });
    let (ended, end) = ran.expect("it ends");
    seen.end.set(end);
    match ended {
        Ok(()) => {}
        Err(error) if error.is_cancelled() => seen.cancelled.set(true),
        Err(error) => seen.panics.borrow_mut().push(error.to_string()),
    }
    let counts = event_loop.counts();
    assert!(counts.is_at_rest(), "left: {:#?}", event_loop.leftovers());
    seen
}

fn the_account_balances(tree: &Tree, deed: Deed, in_order: bool, calm: &Seen, seen: &Seen) {
    let (log, told) = (&seen.log, seen.told.get());
    assert_eq!(*seen.panics.borrow(), Vec::<String>::new());
    assert_eq!(
        log.ended_beside, log.beside,
        "those beside are not cancelled"
    );
    let (steps, caught) = seen.at_cancel.get();
    let caught = log.caught.get() > caught;
    if seen.accepted.get() > 0 && !seen.taken_back.get() {
        assert!(seen.cancelled.get() || caught, "a cancel is lost: {seen:?}");
        if tree.goes_at_once() {
            assert_eq!(
                log.steps.get(),
                steps,
                "code has run after the cancel: {seen:?}"
            );
        }
    }
    if seen.accepted.get() == 0 {
        assert!(!seen.cancelled.get(), "nobody has cancelled it: {seen:?}");
    }
    if deed == Deed::Uncancel && in_order && tree.goes_at_once() && !seen.cancelled.get() {
        assert_eq!(log.steps, calm.log.steps, "it goes on as it would have");
    }
    if deed == Deed::Deadline {
        let (told, cancelling) = told.expect("the deadline ends what is in it");
        assert_eq!(cancelling, 0, "what it counted is taken back");
        assert!(log.caught.get() > 0 || told.is_err() || calm.told.get() == Some((told, 0)));
    }
}

fn cancelled_at_any_moment(tree: &Tree, seed: Option<u64>, deed: Deed) {
    let calm = run_disturbed(tree, Deed::Nothing, (0, 0), seed);
    assert!(
        !calm.cancelled.get() && calm.panics.borrow().is_empty(),
        "{calm:?}"
    );
    let last = calm.end.get().as_millis().min(8) as u64;
    for at in 0..=last {
        for later in 0..4 {
            let seen = run_disturbed(tree, deed, (at, later), seed);
            the_account_balances(tree, deed, seed.is_none(), &calm, &seen);
        }
    }
}

proptest! {
    /// Each cancel of a task, in whichever tree the task waits, is caught, ends the task or is
    /// taken back; and after a cancel that nothing catches, no code of the task runs.
    #[test]
    fn a_cancel_is_conserved(tree in a_tree(4), seed: Option<u64>, deed in a_deed()) {
        cancelled_at_any_moment(&tree, seed, deed);
    }
}
