//! Choices and random numbers of the program, fixed by the schedule.
//!
//! The problem: a program takes any element of a set, or adds a random delay. With a source of
//! its own for that, two runs of one schedule differ, and neither can be repeated. So the
//! program asks the chooser of its loop.
//!
//! Invariants:
//! 1. Outside a loop, and in a loop without a chooser, the answers are those of a schedule
//!    without deviations: the first option, and the numbers of seed 0.
//! 2. All random numbers of one loop come from one stream, so a schedule has one seed.
//!
//! Read next: `run.rs`.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ops::Range;
use std::rc::Rc;

use groundup::lowlevel::Scheduler;
use groundup::trace::{Access, Choice, Touched};
use groundup::{current_loop, keep, try_iteration};

/// The number of seeds of a program's random numbers.
const SEEDS: usize = 1 << 16;

/// The number of the stream of random numbers among the objects that tasks share.
const STREAM: u64 = u64::MAX;

thread_local! {
    /// The present question of this thread is one about a seed. A program may pick one of as many.
    static ASKS: Cell<bool> = const { Cell::new(false) };
    /// The names of the options of the present question of this thread, if they have names.
    static NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Takes the names of the options of the present question; none if they have no names.
pub(crate) fn take_names() -> Vec<String> {
    NAMES.take()
}

/// Returns true while the chooser of a loop is asked for the seed of random numbers.
pub(crate) fn asks_for_a_seed() -> bool {
    ASKS.get()
}

/// Picks a seed. The chooser may be one of the program, and may panic.
fn pick_seed() -> u64 {
    struct Answered;
    impl Drop for Answered {
        fn drop(&mut self) {
            ASKS.set(false);
        }
    }
    ASKS.set(true);
    let _answered = Answered;
    pick(SEEDS) as u64
}

/// Picks one of `options`, numbered from 0. Explored, each option is a schedule of its own;
/// everywhere else the answer is 0.
///
/// ```
/// use groundup_testkit::{Explore, pick};
///
/// let census = Explore::new().census(|| async { ["tea", "milk", "water"][pick(3)] });
/// assert_eq!(census.outcomes(), ["milk", "tea", "water"]);
/// assert_eq!(groundup::run(async { pick(3) }), 0);
/// ```
///
/// # Panics
///
/// If there are no options.
#[track_caller]
pub fn pick(options: usize) -> usize {
    assert!(
        options > 0,
        "a pick of no options: pick one of at least one"
    );
    match try_iteration() {
        Some(_) => (current_loop().scheduler()).choose(Choice::Pick, options),
        None => 0,
    }
}

/// Picks one of `options` by [`pick`]. The story of a failure has its name, and those of the others.
///
/// ```
/// use groundup_testkit::{Explore, pick_from};
///
/// let found = Explore::new().check(|| async {
///     assert_ne!(*pick_from(&["GET", "PUT", "DELETE"]), "PUT");
/// });
/// assert_eq!(
///     found.unwrap_err().story,
///     "first in, first out, except: in iteration 1: picks PUT of GET, PUT, DELETE"
/// );
/// ```
///
/// # Panics
///
/// If there are no options.
#[track_caller]
pub fn pick_from<T: Display>(options: &[T]) -> &T {
    struct Named;
    impl Drop for Named {
        fn drop(&mut self) {
            drop(take_names()); // a chooser of the program has not taken them
        }
    }
    let names = options.iter().map(ToString::to_string).collect();
    NAMES.replace(names);
    let _named = Named;
    &options[pick(options.len())]
}

/// Returns the random numbers of the running loop. A schedule fixes their seed: it is 0, except
/// under the random schedules of an exploration, each of which has another one.
///
/// ```
/// use groundup_testkit::{Explore, rng};
///
/// let roll = || async { rng().below(6) };
/// assert_eq!(groundup::run(roll()), groundup::run(roll()));
/// let census = Explore::new().seeds(200).census(roll);
/// assert_eq!(census.outcomes(), [0, 1, 2, 3, 4, 5]);
/// ```
pub fn rng() -> Rng {
    let seeded = || Stream(Cell::new(pick_seed()));
    match try_iteration() {
        Some(_) => Rng(keep(seeded)),
        None => Rng(Rc::new(seeded())),
    }
}

/// The state of a SplitMix64, the generator of [`Seeded`](groundup::trace::Seeded).
#[derive(Debug)]
struct Stream(Cell<u64>);

/// Random numbers that a schedule repeats: the result of [`rng`]. Not for secrets.
#[derive(Clone, Debug)]
pub struct Rng(Rc<Stream>);

impl Rng {
    /// Returns the next number.
    ///
    /// ```
    /// let mut rng = groundup_testkit::rng();
    /// assert_ne!(rng.next_u64(), rng.next_u64());
    /// ```
    pub fn next_u64(&mut self) -> u64 {
        Scheduler::touch(Touched::Object(STREAM), Access::Write);
        let state = self.0.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.0.set(state);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`.
    ///
    /// # Panics
    ///
    /// If `end` is 0.
    ///
    /// ```
    /// assert!(groundup_testkit::rng().below(6) < 6);
    /// ```
    #[track_caller]
    pub fn below(&mut self, end: u64) -> u64 {
        assert!(end > 0, "there is no number below 0: pass at least 1");
        ((u128::from(self.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// Returns a number of a range.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    ///
    /// ```
    /// assert!((5..7).contains(&groundup_testkit::rng().between(5..7)));
    /// ```
    #[track_caller]
    pub fn between(&mut self, range: Range<u64>) -> u64 {
        assert!(
            !range.is_empty(),
            "{range:?} has no number: pass a range that has one"
        );
        range.start + self.below(range.end - range.start)
    }
}
