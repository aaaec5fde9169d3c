//! Suspension points: cancelled, dropped or timed out at each of them.
//!
//! The problem: a combinator that handles a cancel properly at rest may lose a child when the
//! cancel comes in the one iteration between an end and its notice. There are not many such
//! moments, and the tests try each: in every scene, before every iteration, at every place in
//! it, and at every poll of the waiter.
//!
//! Invariants of every run, for every disturbance at every moment:
//! 1. It ends, and when the last task has ended, no timer and no group is left, and the future
//!    of every child has been dropped.
//! 2. The task's count of cancels is the number of cancels from outside.
//! 3. Nothing happens later than the last child: no wait goes on without reason.
//! 4. The children fare as the cancel table says.
//!
//! Read next: `orders.rs`.

use groundup_combinators::Fate;
use groundup_combinators::executor::EventLoop;
use proptest::prelude::*;

use crate::props::cast::{End, Part};
use crate::props::scenes::{Kind, Scene};
use crate::props::theatre::{Act, Order, Seen, What, When, perform};
use crate::props::{failures, groups, held, nests, over_tasks};

/// Greatest number of children of a scene that are cancelled, each in a run of its own.
const FEW: usize = 4;

const ALL: [What; 3] = [What::Cancel, What::Drop, What::Deadline];

/// Checks the invariants that hold for every run.
pub fn nothing_is_left(scene: &Scene, seen: &Seen) {
    assert_eq!((seen.timers, seen.groups), (0, 0), "timers, groups");
    for (number, part) in seen.parts.iter().enumerate() {
        assert!(part.gone, "the future of child {number} is still there");
        assert!(
            !part.began || part.end.is_some(),
            "child {number} has no end"
        );
    }
    let last = seen.parts.iter().filter_map(|part| part.end);
    let last = last
        .map(|(_, at)| at)
        .chain(seen.struck.iter().map(|(_, at)| *at));
    assert!(
        seen.ended_at <= last.max().unwrap_or(0).max(scene.until),
        "something waited until {}",
        seen.ended_at
    );
    if !seen.returned {
        assert!(seen.parts.is_empty(), "the waiter ended, and had begun");
        return;
    }
    assert_eq!(seen.cancelling, seen.cancels, "cancelling()");
}

/// Returns true if the end of a child fits its fate. `at` is the time of the disturbance;
/// `calm` is the entry of the child in the calm run.
fn fares(fate: Fate, kind: Kind, part: &Part, calm: Option<&Part>, at: u64, back: u64) -> bool {
    let ran_on = calm.is_some_and(|calm| calm.end == part.end);
    let stopped = match part.end {
        None => !part.began,
        Some((End::Returned | End::Failed, ended)) => ended <= at,
        Some((End::CleanedUp, _)) => part.struck == Some(at),
        Some((End::Dropped, ended)) => ended == at,
        Some((End::CutShort, _)) => false,
    };
    let over = part.end.is_none_or(|(_, ended)| ended <= back);
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

/// Checks a run that was disturbed once against the fates of its scene.
fn fares_as_said(scene: &Scene, act: Act, seen: &Seen, calm: &Seen, tied: bool) {
    if scene.fails {
        let cancelled = seen.struck.iter().any(|(what, _)| *what == What::Cancel);
        // A failure that meets a cancel wins in a gather. A deadline that is entered with a
        // cancel on its way takes that cancel for an older one. Both are as in Python.
        let excused = !scene.waits || act.when == When::Poll(0, false);
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
    let (back, alive) = seen.back.expect("it was let go");
    if let What::Child(number) = what {
        let part = &seen.parts[number];
        let ended = [End::Dropped, End::CutShort].map(|end| Some((end, at)));
        let stopped = part.struck == Some(at) || ended.contains(&part.end);
        assert!(stopped, "child {number} was cancelled at {at}: {part:?}");
        // A stream whose source is cancelled passes that cancel on to its reader.
        assert!(
            !seen.caught || scene.hands_on(),
            "the cancel of a child is no cancel of the waiter"
        );
        return assert!(!seen.late, "a cancel came late");
    }
    if what == What::Cancel && !scene.takes {
        // A cancel that a task requests of itself waits for the next suspension (C09).
        let later = matches!(act.when, When::Poll(_, false)) && seen.late;
        assert!(seen.caught || later, "the cancel was lost");
    }
    if !seen.caught && what != What::Drop {
        return; // the combinator was over in time
    }
    assert!(!seen.late, "a cancel came late");
    let Some(fates) = scene.fates else { return };
    let fate = match what {
        What::Cancel => fates[0],
        What::Drop => fates[1],
        _ => fates[2],
    };
    let awaited = matches!(fate, Fate::CancelledAwaited)
        || matches!(fate, Fate::LetGo | Fate::GivenUp) && scene.kind != Kind::Tasks;
    assert!(
        !awaited || alive == 0,
        "{alive} children were not waited for"
    );
    let told = match fate {
        Fate::CancelledAwaited if scene.slow => Fate::LetGo,
        fate => fate,
    };
    for (number, part) in seen.parts.iter().enumerate() {
        assert!(
            fares(told, scene.kind, part, calm.parts.get(number), at, back),
            "child {number} should have fared as {fate:?} at {at}: {part:?}, in calm {:?}; {act:?}",
            calm.parts.get(number)
        );
    }
    let read_on = fate == Fate::RunOn && what != What::Drop && calm.got.len() > 1;
    if read_on {
        assert_eq!(
            sorted(&seen.got, tied),
            sorted(&calm.got, tied),
            "what was read on"
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
struct Naming<'a>(&'a Scene, Vec<Act>, Order);

impl Drop for Naming<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the scene {:?}: {:?}, {:?}", self.0.name, self.1, self.2);
        }
    }
}

/// Runs a scene with one disturbance; returns true if the disturbance found a waiter.
fn disturb(scene: &Scene, act: Act, order: Order, calm: &Seen) -> bool {
    let naming = Naming(scene, vec![act], order);
    let seen = perform(scene.event_loop(), &scene.play, &[act], order, Some(calm));
    nothing_is_left(scene, &seen);
    fares_as_said(
        scene,
        act,
        &seen,
        calm,
        order != Order::Fifo && order != Order::Placed,
    );
    drop(naming);
    !seen.struck.is_empty()
}

/// Runs a scene without a disturbance.
fn in_calm(scene: &Scene, order: Order) -> Seen {
    let naming = Naming(scene, Vec::new(), order);
    let calm = perform(scene.event_loop(), &scene.play, &[], order, None);
    nothing_is_left(scene, &calm);
    assert!(calm.returned && !calm.caught && !calm.late);
    let alive = calm.back.map_or(0, |(_, alive)| alive);
    assert!(
        !scene.waits || alive == 0,
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

fn at_every_moment(scenes: Vec<Scene>) {
    for scene in scenes {
        let calm = in_calm(&scene, Order::Placed);
        let fifo = in_calm(&scene, Order::Fifo);
        assert_eq!(fifo.got, calm.got, "{}", scene.name);
        let children = (0..calm.parts.len().min(FEW)).map(What::Child);
        for what in ALL.into_iter().chain(children) {
            let strikes = moments(&calm)
                .into_iter()
                .filter(|&(when, order)| disturb(&scene, Act { what, when }, order, &calm));
            let strikes = strikes.count();
            let any = strikes > 0 || matches!(what, What::Child(_));
            assert!(any, "{}: {what:?} never found anybody", scene.name);
        }
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

fn all_scenes() -> Vec<Scene> {
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
    for scene in all_scenes() {
        let calm = in_calm(&scene, Order::Fifo);
        for k in 0..calm.iterations.len() {
            let act = Act {
                what: What::Close,
                when: When::Between(k),
            };
            let naming = Naming(&scene, vec![act], Order::Fifo);
            let closed = EventLoop::builder().virtual_time().build();
            let seen = perform(&closed, &scene.play, &[act], Order::Fifo, Some(&calm));
            assert!(seen.parts.iter().all(|part| part.gone), "a future is left");
            assert_eq!((seen.timers, seen.groups), (0, 0), "timers, groups");
            drop(naming);
        }
    }
}

fn any_scene() -> impl Strategy<Value = Scene> {
    any::<prop::sample::Index>().prop_map(|index| {
        let mut all = all_scenes();
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
    acts: Vec<(What, prop::sample::Index)>,
    between: bool,
}

impl Disturbed {
    /// Places the disturbances in a scene, which runs without them first.
    pub fn of(&self, scene: &Scene, seed: Option<u64>) -> (Seen, Vec<Act>, Order) {
        let order = seed.map_or(Order::Fifo, Order::Seed);
        let calm = in_calm(scene, order);
        let acts = self.acts.iter().map(|&(what, index)| {
            let at = an_iteration(&calm, index);
            let when = match self.between {
                true => When::Between(at),
                false => When::Somewhere(at),
            };
            Act { what, when }
        });
        let acts = acts.collect();
        (calm, acts, order)
    }
}

pub fn disturbances() -> impl Strategy<Value = Disturbed> {
    let acts = prop::collection::vec((any_what(), any::<prop::sample::Index>()), 0..=2);
    (acts, any::<bool>()).prop_map(|(acts, between)| Disturbed { acts, between })
}

proptest! {
    /// Under any schedule, disturbed at any moment, nothing is left, and the children fare as
    /// the table says.
    #[test]
    fn under_any_schedule(
        scene in any_scene(),
        seed: u64,
        what in any_what(),
        at: prop::sample::Index,
    ) {
        let order = Order::Seed(seed);
        let calm = in_calm(&scene, order);
        let when = When::Somewhere(an_iteration(&calm, at));
        let _ = disturb(&scene, Act { what, when }, order, &calm);
    }

    /// Disturbed twice, also while it cleans up after the first time, a combinator leaves
    /// nothing behind, and the count of cancels is right.
    #[test]
    fn disturbed_twice(
        scene in any_scene(),
        seed: Option<u64>,
        disturbed in disturbances(),
    ) {
        let (calm, acts, order) = disturbed.of(&scene, seed);
        let naming = Naming(&scene, acts.clone(), order);
        let seen = perform(scene.event_loop(), &scene.play, &acts, order, Some(&calm));
        nothing_is_left(&scene, &seen);
        drop(naming);
    }
}
