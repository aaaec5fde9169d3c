//! A census: all outcomes of a program, with their schedules.
//!
//! The problem: some programs have several right answers. A test that asserts one of them
//! fails under another schedule, and a test that asserts nothing proves nothing. A census
//! lists the answers. It says whether the list is complete, and names a schedule for each.
//!
//! ```text
//!   outcome       schedules   replay
//!   (16, 3.2)             2   gu1:000
//!   (17, 3.4)             2   gu1:zr800
//!   (18, 3.6)             2   gu1:zr801
//!   complete: 6 schedules
//! ```
//!
//! Invariants:
//! 1. The outcomes are sorted, and each is there once.
//! 2. A census of a program that fails under a schedule panics with that failure.
//!
//! Read next: `shared.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::panic::Location;
use std::rc::Rc;

use crate::explore::engine::Engine;
use crate::explore::found::{Explored, counted};
use crate::explore::options::Explore;
use crate::explore::token_of_the_environment;
use crate::schedule::deviations;
use crate::schedule::guide::Guide;
use crate::schedule::token::Token;

#[diagnostic::on_unimplemented(
    message = "the outcomes of a census are sorted and printed, and `{Self}` cannot be",
    label = "not both `Ord` and `Debug`",
    note = "return a number of milliseconds in place of a float, a `BTreeMap` in place of a `HashMap`, or a `String`"
)]
/// A value that a [`Census`] can sort and print: every type that is `Ord` and `Debug`.
pub trait Outcome: Ord + Debug + 'static {}

impl<T: Ord + Debug + 'static> Outcome for T {}

/// Counts the outcomes of a program under all schedules, up to 100,000. See [`Explore::census`].
///
/// ```
/// use groundup::{race, yield_now};
/// use groundup_testkit::census;
///
/// let census = census(|| async {
///     let racer = |name| Box::pin(async move {
///         yield_now().await;
///         name
///     });
///     race(["one", "other"].map(racer)).await
/// });
/// assert_eq!(census.outcomes(), ["one", "other"]);
/// assert!(census.complete());
/// ```
///
/// # Panics
///
/// If the program fails: see [`explore`](crate::explore()).
#[track_caller]
pub fn census<P, F>(program: P) -> Census<F::Output>
where
    P: Fn() -> F,
    F: Future<Output: Outcome> + 'static,
{
    Explore::new().exhaustive(100_000).census(program)
}

/// The outcomes of a program, and the schedules that lead to them. Its `Display` is a table.
#[derive(Clone, Debug)]
pub struct Census<T> {
    outcomes: Vec<T>,
    /// For each outcome: the number of schedules, and the token of the first one.
    rows: Vec<(u64, String)>,
    explored: Explored,
}

impl Explore {
    /// Runs a program under the schedules, and counts its outcomes. If the variable
    /// `GROUNDUP_REPLAY` of the environment has a token, only its schedule is run.
    ///
    /// # Panics
    ///
    /// If the program fails under one of them.
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// use groundup::spawn;
    /// use groundup_testkit::Explore;
    ///
    /// let census = Explore::new().exhaustive(100).census(|| async {
    ///     let order = Rc::new(RefCell::new(String::new()));
    ///     let tasks = ["a", "b", "c"].map(|name| {
    ///         let order = order.clone();
    ///         spawn(async move { order.borrow_mut().push_str(name) })
    ///     });
    ///     for task in tasks {
    ///         task.await.unwrap();
    ///     }
    ///     order.take()
    /// });
    /// assert_eq!(census.outcomes(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
    /// assert!(census.complete());
    /// ```
    #[track_caller]
    pub fn census<P, F>(&self, program: P) -> Census<F::Output>
    where
        P: Fn() -> F,
        F: Future<Output: Outcome> + 'static,
    {
        let last = Rc::new(RefCell::new(None));
        let seen = last.clone();
        let with_outcome = move |_: &Guide| {
            let seen = seen.clone();
            let keep = move |value: Option<F::Output>| {
                *seen.borrow_mut() = value;
                Ok(())
            };
            (program(), keep)
        };
        let rows = RefCell::new(BTreeMap::<F::Output, (u64, String)>::new());
        let mut engine = Engine::new(self, Location::caller(), false, with_outcome);
        engine.watch = Some(Box::new(|record| {
            let mut rows = rows.borrow_mut();
            let Some(record) = record else {
                return rows.clear();
            };
            let Some(value) = last.take() else { return };
            let token = || (0, Token::new(&deviations(record), record).text());
            rows.entry(value).or_insert_with(token).0 += 1;
        }));
        let explored = match token_of_the_environment() {
            Some(token) => engine.replay(&token),
            None => engine.search(),
        };
        let explored = match explored {
            Ok(explored) => explored,
            Err(found) => panic!("{found}"),
        };
        drop(engine);
        let (outcomes, rows) = rows.into_inner().into_iter().unzip();
        Census {
            outcomes,
            rows,
            explored,
        }
    }
}

impl<T> Census<T> {
    /// Returns the outcomes, sorted.
    pub fn outcomes(&self) -> &[T] {
        &self.outcomes
    }

    /// Returns how many schedules lead to each outcome, in the order of the outcomes.
    pub fn counts(&self) -> Vec<u64> {
        self.rows.iter().map(|row| row.0).collect()
    }

    /// Returns the tokens of the first schedules that lead to each outcome, in the order of the
    /// outcomes.
    pub fn tokens(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.1.as_str()).collect()
    }

    /// Returns the number of schedules that were run.
    pub fn schedules(&self) -> u64 {
        self.explored.schedules
    }

    /// Returns true if there are no other schedules, so no other outcomes. After a
    /// [reduced](Explore::reduced) search there are other schedules. They have no other outcomes, if
    /// the assumption of that option holds; the table names it.
    pub fn complete(&self) -> bool {
        self.explored.complete
    }
}

impl<T: Debug> fmt::Display for Census<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.outcomes.iter().map(|it| format!("{it:?}")).collect();
        let width = texts.iter().map(|text| text.chars().count());
        let width = width.max().unwrap_or(0).max("outcome".len());
        writeln!(f, "{:width$}  {:>9}  replay", "outcome", "schedules")?;
        for (text, (count, token)) in texts.iter().zip(&self.rows) {
            writeln!(f, "{text:width$}  {count:>9}  {token}")?;
        }
        let count = counted(self.schedules(), "schedule");
        match (self.complete(), self.explored.reduced) {
            (true, true) => {
                let assumption = self.explored.assumption();
                write!(f, "all outcomes, {assumption}: {count}")
            }
            (true, false) => write!(f, "complete: {count}"),
            (false, _) => write!(f, "{count}, and there are more"),
        }
    }
}
