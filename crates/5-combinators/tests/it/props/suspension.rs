//! Suspension points: cancelled, dropped or timed out at each of them.
//!
//! The problem: a combinator that handles a cancel properly at rest may lose a child when the
//! cancel comes in the one iteration between an end and its notice. There are not many such
//! moments, and the tests try each: in every program, before every iteration, at every place in
//! it, and at every poll of the waiter. Without `GROUNDUP_MOMENTS=all` in the environment, they try one
//! of four, always the same. `.ci/run` and `.ci/full` set it.
//!
//! Invariants of every run, for every disturbance at every moment:
//! 1. It ends, and when the last task has ended, no timer and no group is left, and the future
//!    of every child has been dropped.
//! 2. The task's count of cancels is the number of cancels from outside.
//! 3. Nothing happens later than the last child: no wait goes on without reason.
//! 4. The children fare as the cancel table says.
//!
//! Read next: `orders.rs`.

use std::ffi::OsStr;

use groundup_combinators::Fate;
use groundup_combinators::executor::EventLoop;
use proptest::prelude::*;

use crate::props::disturbance::{Disturbance, Order, Seen, What, When, run_disturbed};
use crate::props::members::{End, Member};
use crate::props::programs::{Kind, Program};
use crate::props::{failures, groups, held, nests, over_tasks};

/// Greatest number of children of a program that are cancelled, each in a run of its own.
const FEW: usize = 4;

const ALL: [What; 3] = [What::Cancel, What::Drop, What::Deadline];

/// Checks the invariants that hold for every run.
pub fn nothing_is_left(program: &Program, seen: &Seen) {
    assert_eq!((seen.timers, seen.groups), (0, 0), "timers, groups");
    for (number, member) in seen.entries.iter().enumerate() {
        assert!(member.gone, "the future of child {number} is still there");
        assert!(
            !member.began || member.end.is_some(),
            "child {number} has no end"
        );
    }
    let last = seen.entries.iter().filter_map(|member| member.end);
    let last = last
        .map(|(_, at)| at)
        .chain(seen.struck.iter().map(|(_, at)| *at));
    assert!(
        seen.ended_at <= last.max().unwrap_or(0).max(program.until),
        "something waited until {}",
        seen.ended_at
    );
    if !seen.returned {
        assert!(seen.entries.is_empty(), "the waiter ended, and had begun");
        return;
    }
    assert_eq!(seen.cancelling, seen.cancels, "cancelling()");
}

/// Returns true if the end of a child fits its fate. `at` is the time of the disturbance;
/// `calm` is the entry of the child in the calm run.
fn fares(
    fate: Fate,
    kind: Kind,
    member: &Member,
    calm: Option<&Member>,
    at: u64,
    back: u64,
) -> bool {
    let ran_on = calm.is_some_and(|calm| calm.end == member.end);
    let stopped = match member.end {
        None => !member.began,
        Some((End::Returned | End::Failed, ended)) => ended <= at,
        Some((End::CleanedUp, _)) => member.struck == Some(at),
        Some((End::Dropped, ended)) => ended == at,
        Some((End::CutShort, _)) => false,
    };
    let over = member.end.is_none_or(|(_, ended)| ended <= back);
    match fate {
        Fate::RunOn => ran_on,
        Fate::LetGo if kind == Kind::Tasks => ran_on,
        Fate::Cancelled | Fate::CancelledFirstAwaited => stopped,
        Fate::GivenUp if kind == Kind::Tasks => stopped,
        Fate::CancelledAwaited => stopped && over,
        Fate::LetGo | Fate::GivenUp => over,
        Fate::NoOthers => true,
    }
}

/// Checks a run that was disturbed once against the fates of its program.
fn fares_as_said(
    program: &Program,
    disturbance: Disturbance,
    seen: &Seen,
    calm: &Seen,
    tied: bool,
) {
    if program.fails {
        let cancelled = seen.struck.iter().any(|(what, _)| *what == What::Cancel);
        // A failure that meets a cancel wins in a gather. A deadline that is entered with a
        // cancel on its way takes that cancel for an older one. Both are as in Python.
        let excused = !program.waits || disturbance.when == When::Poll(0, false);
        let told = seen.caught || seen.late || excused || !cancelled;
        return assert!(told, "the cancel was lost");
    }
    let Some(&(what, at)) = seen.struck.first() else {
        if seen.returned {
            assert_eq!(
                sorted(&seen.got, tied),
                sorted(&calm.got, tied),
                "nothing had happened"
            );
        }
        return;
    };
    if let What::Child(number) = what {
        return child_fares_as_said(program, number, seen, at);
    }
    if what == What::Cancel && !program.takes {
        // A cancel that a task requests of itself waits for the next suspension (C09).
        let later = matches!(disturbance.when, When::Poll(_, false)) && seen.late;
        assert!(seen.caught || later, "the cancel was lost");
    }
    if !seen.caught && what != What::Drop {
        return; // the combinator was over in time
    }
    assert!(!seen.late, "a cancel came late");
    let Some(fates) = program.fates else { return };
    let fate = match what {
        What::Cancel => fates[0],
        What::Drop => fates[1],
        _ => fates[2],
    };
    children_fare_as_said(program, (fate, disturbance), seen, calm, at);
    let read_on = fate == Fate::RunOn && what != What::Drop && calm.got.len() > 1;
    if read_on {
        assert_eq!(
            sorted(&seen.got, tied),
            sorted(&calm.got, tied),
            "what was read on"
        );
    }
}

/// Checks a run in which a child was cancelled, and nothing else.
fn child_fares_as_said(program: &Program, number: usize, seen: &Seen, at: u64) {
    let member = &seen.entries[number];
    let ended = [End::Dropped, End::CutShort].map(|end| Some((end, at)));
    let stopped = member.struck == Some(at) || ended.contains(&member.end);
    assert!(stopped, "child {number} was cancelled at {at}: {member:?}");
    // A stream whose source is cancelled passes that cancel on to its reader.
    assert!(
        !seen.caught || program.hands_on(),
        "the cancel of a child is no cancel of the waiter"
    );
    assert!(!seen.late, "a cancel came late");
}

/// Checks that each child has the fate that the table says, after a disturbance at `at`.
fn children_fare_as_said(
    program: &Program,
    (fate, disturbance): (Fate, Disturbance),
    seen: &Seen,
    calm: &Seen,
    at: u64,
) {
    let (back, alive) = seen.back.expect("it was let go");
    let awaited = matches!(fate, Fate::CancelledAwaited)
        || matches!(fate, Fate::LetGo | Fate::GivenUp) && program.kind != Kind::Tasks;
    assert!(
        !awaited || alive == 0,
        "{alive} children were not waited for"
    );
    let told = match fate {
        Fate::CancelledAwaited if program.slow => Fate::LetGo,
        fate => fate,
    };
    for (number, member) in seen.entries.iter().enumerate() {
        assert!(
            fares(
                told,
                program.kind,
                member,
                calm.entries.get(number),
                at,
                back
            ),
            "child {number} should have fared as {fate:?} at {at}: {member:?}, in calm {:?}; {disturbance:?}",
            calm.entries.get(number)
        );
    }
}

/// Returns the results in a form that runs can be compared by. If a schedule was free to order
/// the results, they are sorted. If it was free to choose a winner, all winners are equal.
fn sorted(got: &[String], tied: bool) -> Vec<String> {
    let mut got = got.to_vec();
    match got.len() {
        1 if tied => vec![String::from("one")],
        _ if tied => {
            got.sort();
            got
        }
        _ => got,
    }
}

/// Names the run in a failure.
struct Naming<'a>(&'a Program, Vec<Disturbance>, Order);

impl Drop for Naming<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "in the program {:?}: {:?}, {:?}",
                self.0.name, self.1, self.2
            );
        }
    }
}

/// Runs a program with one disturbance; returns true if the disturbance found a waiter.
fn disturb(program: &Program, disturbance: Disturbance, order: Order, calm: &Seen) -> bool {
    let naming = Naming(program, vec![disturbance], order);
    let seen = run_disturbed(
        program.event_loop(),
        &program.make,
        &[disturbance],
        order,
        Some(calm),
    );
    nothing_is_left(program, &seen);
    fares_as_said(
        program,
        disturbance,
        &seen,
        calm,
        order != Order::Fifo && order != Order::Placed,
    );
    drop(naming);
    !seen.struck.is_empty()
}

/// Runs a program without a disturbance.
fn in_calm(program: &Program, order: Order) -> Seen {
    let naming = Naming(program, Vec::new(), order);
    let calm = run_disturbed(program.event_loop(), &program.make, &[], order, None);
    nothing_is_left(program, &calm);
    assert!(calm.returned && !calm.caught && !calm.late);
    let alive = calm.back.map_or(0, |(_, alive)| alive);
    assert!(
        !program.waits || alive == 0,
        "{alive} children were not waited for"
    );
    drop(naming);
    calm
}

/// Returns every moment of a calm run: between the iterations, and in them.
fn moments(calm: &Seen) -> Vec<(When, Order)> {
    let mut moments = Vec::new();
    for (k, (ready, _)) in calm.iterations.iter().enumerate() {
        moments.push((When::Between(k), Order::Fifo));
        // If many entries are ready: the first places, one in the middle, and the last.
        let crowd =
            |place: &usize| *ready < 8 || *place < 2 || *place + 2 > *ready || *place == ready / 2;
        let places = (0..=*ready).filter(crowd);
        moments.extend(places.map(|place| (When::Within(k, place), Order::Placed)));
    }
    for poll in 0..=calm.polls {
        let polls = [false, true].map(|after| (When::Poll(poll, after), Order::Fifo));
        moments.extend(polls);
    }
    moments
}

/// Returns true if this value of the variable `GROUNDUP_MOMENTS` asks for each moment.
fn asks_for_all(value: Option<&OsStr>) -> Result<bool, String> {
    match value {
        None => Ok(false),
        Some(value) if value == "all" => Ok(true),
        Some(value) => Err(format!(
            "GROUNDUP_MOMENTS={value:?} means nothing: set it to \"all\", or do not set it"
        )),
    }
}

/// Keeps one of four moments, if there are many, unless the variable `GROUNDUP_MOMENTS` is `all`. `shift`
/// says which one.
fn sample(moments: Vec<(When, Order)>, shift: usize) -> Vec<(When, Order)> {
    let all = asks_for_all(std::env::var_os("GROUNDUP_MOMENTS").as_deref());
    if all.unwrap_or_else(|error| panic!("{error}")) || moments.len() < 16 {
        return moments;
    }
    moments.into_iter().skip(shift % 4).step_by(4).collect()
}

fn at_every_moment(programs: Vec<Program>) {
    for (number, program) in programs.into_iter().enumerate() {
        let calm = in_calm(&program, Order::Placed);
        let fifo = in_calm(&program, Order::Fifo);
        assert_eq!(fifo.got, calm.got, "{}", program.name);
        let children = (0..calm.entries.len().min(FEW)).map(What::Child);
        for (shift, what) in ALL.into_iter().chain(children).enumerate() {
            let moments = sample(moments(&calm), number + shift);
            let strikes = moments.into_iter().filter(|&(when, order)| {
                disturb(&program, Disturbance { what, when }, order, &calm)
            });
            let strikes = strikes.count();
            let any = strikes > 0 || matches!(what, What::Child(_));
            assert!(any, "{}: {what:?} never found anybody", program.name);
        }
    }
}

#[test]
fn a_value_of_moments_that_means_nothing_is_an_error() {
    let asks = |value: Option<&str>| asks_for_all(value.map(OsStr::new));
    assert_eq!((asks(None), asks(Some("all"))), (Ok(false), Ok(true)));
    let sentence = "means nothing: set it to \"all\", or do not set it";
    for value in ["", "0", "All", "1"] {
        assert_eq!(
            asks(Some(value)),
            Err(format!("GROUNDUP_MOMENTS={value:?} {sentence}"))
        );
    }
}

/// Disturbed at any moment, a combinator over tasks leaves nothing behind, and its children
/// fare as the table says.
#[test]
fn over_tasks_at_every_moment() {
    at_every_moment(over_tasks::over_tasks());
}

/// Disturbed at any moment, a group leaves no child that runs on without a cancel.
#[test]
fn groups_at_every_moment() {
    at_every_moment(groups::groups());
}

/// Disturbed at any moment, a combinator in place lets go of its futures.
#[test]
fn in_place_at_every_moment() {
    at_every_moment(held::in_place());
}

/// Disturbed while a child fails or a timeout expires, a combinator leaves nothing behind.
#[test]
fn failures_at_every_moment() {
    at_every_moment(failures::failures());
}

/// Disturbed at any moment, each level of a nest does its part.
#[test]
fn nests_at_every_moment() {
    at_every_moment(nests::nests());
}

fn all_programs() -> Vec<Program> {
    let mut all = over_tasks::over_tasks();
    all.extend(groups::groups());
    all.extend(held::in_place());
    all.extend(failures::failures());
    all.extend(nests::nests());
    all
}

/// When the loop is closed, at any moment, every future is dropped with it.
#[test]
fn closed_at_every_moment() {
    for program in all_programs() {
        let calm = in_calm(&program, Order::Fifo);
        for k in 0..calm.iterations.len() {
            let disturbance = Disturbance {
                what: What::Close,
                when: When::Between(k),
            };
            let naming = Naming(&program, vec![disturbance], Order::Fifo);
            let closed = EventLoop::builder().virtual_time().build();
            let seen = run_disturbed(
                &closed,
                &program.make,
                &[disturbance],
                Order::Fifo,
                Some(&calm),
            );
            assert!(
                seen.entries.iter().all(|member| member.gone),
                "a future is left"
            );
            assert_eq!((seen.timers, seen.groups), (0, 0), "timers, groups");
            drop(naming);
        }
    }
}

fn any_program() -> impl Strategy<Value = Program> {
    any::<prop::sample::Index>().prop_map(|index| {
        let mut all = all_programs();
        let at = index.index(all.len());
        all.swap_remove(at)
    })
}

pub fn any_what() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => prop::sample::select(&ALL),
        1 => (0..FEW).prop_map(What::Child),
    ]
}

/// Picks an iteration of a run, or the one after its end.
fn an_iteration(calm: &Seen, index: prop::sample::Index) -> usize {
    index.index(calm.iterations.len() + 1)
}

/// Up to two disturbances, each at some moment of a calm run.
#[derive(Clone, Debug)]
pub struct Disturbed {
    disturbances: Vec<(What, prop::sample::Index)>,
    between: bool,
}

impl Disturbed {
    /// Places the disturbances in a program, which runs without them first.
    pub fn of(&self, program: &Program, seed: Option<u64>) -> (Seen, Vec<Disturbance>, Order) {
        let order = seed.map_or(Order::Fifo, Order::Seed);
        let calm = in_calm(program, order);
        let disturbances = self.disturbances.iter().map(|&(what, index)| {
            let at = an_iteration(&calm, index);
            let when = match self.between {
                true => When::Between(at),
                false => When::Somewhere(at),
            };
            Disturbance { what, when }
        });
        let disturbances = disturbances.collect();
        (calm, disturbances, order)
    }
}

pub fn disturbances() -> impl Strategy<Value = Disturbed> {
    let disturbances = prop::collection::vec((any_what(), any::<prop::sample::Index>()), 0..=2);
    (disturbances, any::<bool>()).prop_map(|(disturbances, between)| Disturbed {
        disturbances,
        between,
    })
}

proptest! {
    /// Under any schedule, disturbed at any moment, nothing is left, and the children fare as
    /// the table says.
    #[test]
    fn under_any_schedule(
        program in any_program(),
        seed: u64,
        what in any_what(),
        at: prop::sample::Index,
    ) {
        let order = Order::Seed(seed);
        let calm = in_calm(&program, order);
        let when = When::Somewhere(an_iteration(&calm, at));
        let _ = disturb(&program, Disturbance { what, when }, order, &calm);
    }

    /// Disturbed twice, also while it cleans up after the first time, a combinator leaves
    /// nothing behind, and the count of cancels is right.
    #[test]
    fn disturbed_twice(
        program in any_program(),
        seed: Option<u64>,
        disturbed in disturbances(),
    ) {
        let (calm, disturbances, order) = disturbed.of(&program, seed);
        let naming = Naming(&program, disturbances.clone(), order);
        let seen = run_disturbed(program.event_loop(), &program.make, &disturbances, order, Some(&calm));
        nothing_is_left(&program, &seen);
        drop(naming);
    }
}
