//! Disturbances: runs a program with one of them and records the run.
//!
//! The problem: a cancel, a drop or a deadline may come at any moment. The moments of a program
//! are countable: its iterations, and in each iteration the places between the steps. So a
//! program runs once without a disturbance, the *calm run*, to count its moments. Then it runs
//! once for each moment, with the disturbance at that moment only.
//!
//! ```text
//!   calm         |a b|  |b|  ~~ time jumps ~~  |a w|  |w|
//!   disturbed   ^     ^     ^                 ^       ^       between iterations
//!                ^ ^ ^                         ^ ^ ^          at each place in one
//!                                                ^            at a poll of the waiter
//! ```
//!
//! A disturbance inside an iteration is a callback, which a chooser moves to its place. Where
//! time jumps, a timer that was set before all others brings it.
//!
//! Invariants:
//! 1. Up to the disturbance, a run equals the calm run.
//! 2. Every run ends by itself.
//!
//! Read next: `suspension.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup_combinators::executor::{EventLoop, Instant};
use groundup_combinators::trace::{Choice, Chooser, Seeded};

use crate::props::members::{Member, Members, ms};
use crate::props::waiter::{Make, Shared, waiter};

/// Disturbances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The task of the waiter is cancelled.
    Cancel,
    /// The combinator is dropped.
    Drop,
    /// A deadline around the combinator is moved to now.
    Deadline,
    /// The task of one of the children is cancelled.
    Child(usize),
    /// The loop is closed.
    Close,
}

/// Moment of a disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before an iteration, while the loop stands still.
    Between(usize),
    /// In an iteration, so many places from its start.
    Within(usize, usize),
    /// In an iteration, at the place where the schedule puts it.
    Somewhere(usize),
    /// In the waiter itself, before its n-th poll or after it.
    Poll(usize, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disturbance {
    pub what: What,
    pub when: When,
}

/// Record of a run.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// For each iteration: the number of ready entries, and the time to which it jumped.
    pub iterations: Vec<(usize, Option<u64>)>,
    pub polls: usize,
    pub entries: Vec<Member>,
    /// Results of the combinator.
    pub got: Vec<String>,
    /// Time of each disturbance that found the waiter waiting.
    pub struck: Vec<(What, u64)>,
    /// Time at which the combinator returned to its waiter, and number of children that ran
    /// then.
    pub back: Option<(u64, usize)>,
    /// The waiter caught a cancel, or its deadline elapsed.
    pub caught: bool,
    /// A cancel came to the waiter after the combinator was over.
    pub late: bool,
    /// Number of cancels from outside that the waiter's task accepted.
    pub cancels: u32,
    pub cancelling: u32,
    pub ended_at: u64,
    /// Timers and groups that were left when no task was.
    pub timers: usize,
    pub groups: usize,
    /// The waiter came to the end of its code.
    pub returned: bool,
}

/// Moves one entry of a round to a place, and keeps the order of the others.
#[derive(Default)]
struct Placing {
    /// Present place of the entry, and its target.
    plan: Cell<Option<(usize, usize)>>,
    asked: Cell<usize>,
    options: Cell<usize>,
}

struct Placer(Rc<Placing>);

impl Chooser for Placer {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        if !matches!(choice, Choice::Ready) {
            return 0;
        }
        let placing = &self.0;
        let at = placing.asked.replace(placing.asked.get() + 1);
        if at == 0 {
            placing.options.set(options);
        }
        match placing.plan.get() {
            Some((from, to)) if at == to => {
                placing.plan.set(None);
                from.min(options - 1)
            }
            Some((0, _)) => 1,
            Some((from, to)) => {
                placing.plan.set(Some((from - 1, to)));
                0
            }
            None => 0,
        }
    }
}

/// Schedule of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// No chooser at all.
    Fifo,
    /// First in, first out, by a chooser that can place the disturbance.
    Placed,
    Seed(u64),
}

/// One run of a program.
struct Run<'a> {
    event_loop: &'a EventLoop,
    disturbances: &'a [Disturbance],
    calm: Option<&'a Seen>,
    placing: Rc<Placing>,
    shared: Rc<Shared>,
    members: Members,
}

impl<'a> Run<'a> {
    fn new(
        event_loop: &'a EventLoop,
        disturbances: &'a [Disturbance],
        order: Order,
        calm: Option<&'a Seen>,
    ) -> Self {
        let placing = Rc::new(Placing::default());
        event_loop.set_chooser(match order {
            Order::Fifo => None,
            Order::Placed => Some(Box::new(Placer(placing.clone()))),
            Order::Seed(seed) => Some(Box::new(Seeded::new(seed))),
        });
        Run {
            event_loop,
            disturbances,
            calm,
            placing,
            shared: Rc::default(),
            members: Members::new(event_loop.time().since_start()),
        }
    }

    fn deed(&self, what: What) -> impl FnOnce() + 'static {
        let (shared, members) = (self.shared.clone(), self.members.clone());
        move || shared.strike(what, &members)
    }

    /// Returns the time to which the loop jumps in an iteration.
    fn jump(&self, k: usize) -> Option<u64> {
        self.calm?.iterations.get(k)?.1
    }

    /// Sets a timer for each place where time jumps, before all other timers.
    fn set_timers(&self) {
        for disturbance in self.disturbances {
            if let When::Within(k, _) = disturbance.when
                && let Some(at) = self.jump(k)
            {
                let at = self.members.began + ms(at);
                self.event_loop
                    .call_at(Instant::START + at, self.deed(disturbance.what));
            }
        }
    }

    /// Makes the disturbances of an iteration: at once, or as a callback in it.
    fn disturb(&self, k: usize) {
        let Placing {
            plan,
            asked,
            options,
        } = &*self.placing;
        plan.set(None);
        asked.set(0);
        options.set(0);
        for disturbance in self.disturbances {
            let deed = self.deed(disturbance.what);
            match disturbance.when {
                When::Between(at) if at == k => match disturbance.what {
                    What::Close => self.event_loop.close().expect("it does not run"),
                    // Only a running loop can set a timer.
                    What::Deadline => drop(self.event_loop.call_soon(deed)),
                    _ => deed(),
                },
                When::Within(at, place) if at == k => match self.jump(k) {
                    Some(_) => plan.set(Some((0, place))),
                    None => {
                        let from = self.event_loop.scheduler().ready_len();
                        plan.set(Some((from, place)));
                        self.event_loop.call_soon(deed);
                    }
                },
                When::Somewhere(at) if at == k => drop(self.event_loop.call_soon(deed)),
                _ => {}
            }
        }
    }

    fn step(&self) {
        let (before, ready) = (self.members.time(), self.event_loop.scheduler().ready_len());
        let stepped = self.event_loop.step();
        stepped.unwrap_or_else(|error| panic!("{error}"));
        self.members.look_at(self.event_loop.time().since_start());
        let now = self.members.time();
        let ready = ready.max(self.placing.options.get());
        let iteration = (ready, (now != before).then_some(now));
        self.shared.seen.borrow_mut().iterations.push(iteration);
    }

    fn end(self) -> Seen {
        self.shared.held.take();
        let mut seen = self.shared.seen.take();
        seen.polls = self.shared.polls.get();
        seen.entries = self.members.entries();
        seen.got = self.shared.got.take();
        seen.ended_at = self.members.time();
        seen.timers = self.event_loop.timers();
        seen.groups = self.event_loop.scheduler().groups().0;
        if !self.event_loop.is_closed() {
            let counts = self.event_loop.counts();
            let left = || self.event_loop.leftovers();
            assert!(counts.is_at_rest(), "left: {:#?}", left());
        }
        seen
    }
}

/// Runs a program with these disturbances on a loop that is idle.
pub fn run_disturbed(
    event_loop: &EventLoop,
    make: &Rc<Make>,
    disturbances: &[Disturbance],
    order: Order,
    calm: Option<&Seen>,
) -> Seen {
    let run = Run::new(event_loop, disturbances, order, calm);
    run.set_timers();
    let (shared, members) = (run.shared.clone(), run.members.clone());
    let book = members.clone();
    let task = event_loop.spawn(waiter(
        make.clone(),
        shared.clone(),
        members,
        disturbances.into(),
    ));
    shared.waiter.replace(Some(task.task_ref()));
    let mut k = 0;
    // Listing all tasks is expensive, so it comes last.
    let runs = || !task.done() || book.alive() > 0 || !event_loop.all_tasks().is_empty();
    while !event_loop.scheduler().is_idle() || runs() {
        assert!(k < 10_000, "it does not end");
        run.disturb(k);
        if event_loop.is_closed() {
            break;
        }
        run.step();
        k += 1;
    }
    run.end()
}

/// A disturbance comes at its given place in its iteration, and the other entries keep their
/// order.
#[test]
fn a_disturbance_comes_where_it_was_placed() {
    for place in 0..=3 {
        let event_loop = EventLoop::builder().virtual_time().build();
        let placing = Rc::new(Placing::default());
        event_loop.set_chooser(Some(Box::new(Placer(placing.clone()))));
        let order = Rc::new(Cell::new(String::new()));
        let say = |text: char| {
            let order = order.clone();
            move || order.set(order.take() + &text.to_string())
        };
        for text in ['a', 'b', 'c', '!'] {
            event_loop.call_soon(say(text));
        }
        placing.plan.set(Some((3, place)));
        event_loop.step().expect("it runs");
        let mut expected = String::from("abc");
        expected.insert(place, '!');
        assert_eq!(order.take(), expected);
    }
}
