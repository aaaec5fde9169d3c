//! The options of an exploration.
//!
//! The problem: a small program is explored completely, a large one as far as a test may take
//! time, and a program with timers also with late ones. The options say which.
//!
//! Invariant: without options, an exploration takes no time of the machine into account.
//!
//! Read next: `explore/reductions.rs`.

use std::time::Duration;

use groundup::trace::Choice;

use crate::explore::sampling::{DEPTH, Sampling, by_halves};
use crate::run::Leftovers;
use crate::schedule::Kind;
use crate::schedule::plan::Free;

/// The options of an exploration.
///
/// ```
/// use groundup::spawn;
/// use groundup_testkit::Explore;
///
/// let explored = Explore::new().deviations(3).seeds(100).run(|| async {
///     let tasks = [1, 2].map(|n| spawn(async move { n }));
///     let [one, two] = tasks;
///     assert_eq!(one.await.unwrap() + two.await.unwrap(), 3);
/// });
/// assert!(explored.complete());
/// ```
#[derive(Clone, Debug)]
pub struct Explore {
    pub(crate) deviations: usize,
    pub(crate) seeds: u64,
    pub(crate) samplings: Vec<Sampling>,
    pub(crate) exhaustive: bool,
    pub(crate) reduced: bool,
    pub(crate) by_footprints: bool,
    pub(crate) runs: u64,
    pub(crate) limit: Option<Duration>,
    pub(crate) slow: Duration,
    pub(crate) iterations: u64,
    pub(crate) free: Free,
    pub(crate) leftovers: Leftovers,
    pub(crate) late: Vec<Duration>,
    pub(crate) list: Option<Vec<u16>>,
}

impl Default for Explore {
    fn default() -> Self {
        Self::new()
    }
}

impl Explore {
    /// Makes the usual options: all schedules with at most 2 deviations, but at most 10,000 of
    /// them, and then 1,000 seeds; 10,000 iterations for each run; no limit of time.
    pub fn new() -> Self {
        Explore {
            deviations: 2,
            seeds: 1_000,
            samplings: by_halves(DEPTH),
            exhaustive: false,
            reduced: false,
            by_footprints: false,
            runs: 10_000,
            limit: None,
            slow: Duration::from_secs(1),
            iterations: 10_000,
            free: Free::default(),
            leftovers: Leftovers::MustEnd,
            late: Vec::new(),
            list: None,
        }
    }

    /// Makes one schedule of numbers of another tool: question k is answered with `choices[k]`
    /// modulo its number of options, and with 0 behind the end of the list. So a vector that
    /// proptest generates is a strategy over schedules, and shrinks as a vector does.
    ///
    /// ```
    /// use groundup_testkit::Explore;
    ///
    /// let explored = Explore::from_choices(&[3, 1, 4, 1, 5]).run(|| async {
    ///     groundup::spawn(async {}).await.unwrap();
    /// });
    /// assert_eq!(explored.schedules(), 1);
    /// ```
    pub fn from_choices(choices: &[u16]) -> Self {
        let list = Some(choices.to_vec());
        Explore {
            list,
            ..Self::new()
        }
    }

    /// Sets the most deviations of the schedules that are all run.
    #[must_use]
    pub fn deviations(mut self, most: usize) -> Self {
        self.deviations = most;
        self
    }

    /// Sets the number of random schedules that follow, if not all schedules were run.
    #[must_use]
    pub fn seeds(mut self, count: u64) -> Self {
        self.seeds = count;
        self
    }

    /// Sets the depth of the schedules with priorities, which are half of the random ones:
    /// [`Sampling::Pct`]. Without this option it is 3.
    ///
    /// ```
    /// use groundup_testkit::Explore;
    ///
    /// let explored = Explore::new().deviations(0).seeds(8).pct(5).run(|| async {
    ///     groundup::yield_now().await;
    ///     groundup_testkit::pick(2);
    /// });
    /// assert_eq!(explored.seeds(), 8);
    /// ```
    #[must_use]
    pub fn pct(mut self, depth: usize) -> Self {
        self.samplings = by_halves(depth);
        self
    }

    /// Sets the ways to draw random schedules, which take turns. Here a bug shows if the last of four
    /// tasks is the first of each of six rounds:
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// use groundup::{iteration, spawn, yield_now};
    /// use groundup_testkit::{Explore, Sampling};
    ///
    /// let program = || async {
    ///     let (round, wins) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    ///     let tasks = [1, 2, 3, 4].map(|number| {
    ///         let (round, wins) = (round.clone(), wins.clone());
    ///         spawn(async move {
    ///             for _ in 0..6 {
    ///                 let first = round.replace(iteration()) != iteration();
    ///                 wins.set(wins.get() + u32::from(first && number == 4));
    ///                 yield_now().await;
    ///             }
    ///         })
    ///     });
    ///     for task in tasks {
    ///         task.await.unwrap();
    ///     }
    ///     assert!(wins.get() < 6);
    /// };
    /// let seeds = |sampling| Explore::new().deviations(0).seeds(100).sampled_by([sampling]);
    /// assert!(seeds(Sampling::Uniform).check(program).is_ok());
    /// assert!(seeds(Sampling::Pct { depth: 1 }).check(program).is_err());
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no way at all. `seeds(0)` leaves the random schedules out.
    #[must_use]
    #[track_caller]
    pub fn sampled_by(mut self, samplings: impl IntoIterator<Item = Sampling>) -> Self {
        self.samplings = samplings.into_iter().collect();
        assert!(
            !self.samplings.is_empty(),
            "`sampled_by` got no way to draw a random schedule, so no seed could be run: pass at least one \
             `Sampling`, or set `seeds(0)`"
        );
        self
    }

    /// Runs all schedules, at most `most`, in place of the ones with few deviations and the random ones.
    #[must_use]
    pub fn exhaustive(mut self, most: u64) -> Self {
        self.exhaustive = true;
        self.runs = most;
        self
    }

    /// Sets the most schedules of the part without seeds. If all limits allow no schedule at all, one is run.
    #[must_use]
    pub fn schedules(mut self, most: u64) -> Self {
        self.runs = most;
        self
    }

    /// Ends the exploration after this time of the machine's clock, between two runs: the first run is always
    /// made. A failure that was found by then is repeated and reported. Its schedule is made smaller only
    /// until then.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets after how much time of the machine a run counts as slow; the usual time is 1 s. The result names
    /// a slow run. A run of ten times this length is reported on standard error while it goes on.
    #[must_use]
    pub fn slow(mut self, after: Duration) -> Self {
        self.slow = after;
        self
    }

    /// Sets the most iterations of one run. A run that goes on fails.
    #[must_use]
    pub fn iterations(mut self, most: u64) -> Self {
        self.iterations = most;
        self
    }

    /// Leaves only these choices free. All others are made first in, first out.
    ///
    /// ```
    /// use groundup::trace::Choice;
    /// use groundup_testkit::{Explore, pick};
    ///
    /// let census = Explore::new().only([Choice::Pick]).census(|| async { pick(2) });
    /// assert_eq!((census.outcomes(), census.schedules()), (&[0, 1][..], 2));
    /// ```
    #[must_use]
    pub fn only(mut self, choices: impl IntoIterator<Item = Choice>) -> Self {
        let kinds = choices.into_iter().map(Kind::of);
        self.free = Free::only(kinds.chain([Kind::Seed, Kind::Late]).collect());
        self
    }

    /// Lets each park end late by one of these delays, or on time. On virtual time a park ends
    /// exactly at its deadline otherwise.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup::{sleep, time};
    /// use groundup_testkit::Explore;
    ///
    /// let ms = Duration::from_millis;
    /// let census = Explore::new().late([ms(8)]).census(move || async move {
    ///     sleep(ms(10)).await;
    ///     sleep(ms(10)).await;
    ///     time().since_start().as_millis()
    /// });
    /// assert_eq!(census.outcomes(), [20, 28, 36]);
    /// ```
    #[must_use]
    pub fn late(mut self, delays: impl IntoIterator<Item = Duration>) -> Self {
        let delays = delays.into_iter();
        self.late = delays.filter(|delay| !delay.is_zero()).collect();
        self
    }

    /// Cancels the tasks that the main future leaves, as [`groundup::run`] does. Otherwise they must end.
    #[must_use]
    pub fn cancel_leftovers(mut self) -> Self {
        self.leftovers = Leftovers::AreCancelled;
        self
    }
}
