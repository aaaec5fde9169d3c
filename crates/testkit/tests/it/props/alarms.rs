//! No false alarm: random programs leave nothing in their loop.
//!
//! The problem: a kit that calls a correct program faulty is turned off. So random programs use what a
//! loop has (locks, queues, promises, groups, deadlines, callbacks, timers, children that fail), and
//! clean up as a correct program does: each wait has a deadline. No run of them may be a failure, and a
//! loop that looks for hangs reports none. `PROPTEST_CASES=10000 cargo test --release -p groundup-testkit
//! --test it never_reported` runs ten thousand of them.
//!
//! Read next: the file `replay.rs` beside `it/`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup::trace::{Recorder, Seeded};
use groundup::{
    CancelScope, Driver, Event, EventLoop, Lock, Outside, Parked, Promise, Queue, ReportKind,
    ReturnWhen, Semaphore, Task, TaskGroup, TimerHandle, Unpark, Virtual, call_later, call_soon,
    catch_cancel, gather, race, select, shield, sleep, spawn, task_group, timeout, wait, wait_for,
    yield_now,
};
use groundup_testkit::{Case, Explore, cancel_everywhere};
use groundup_view::Ledger;
use proptest::prelude::*;

use crate::toys::ms;

#[derive(Clone, Debug)]
enum Act {
    Yield,
    Sleep(u64),
    Lock(u64),
    Permit(u64),
    Put,
    Get(u64),
    Set,
    Await(u64),
    Signal,
    Soon,
    Later(u64),
    Gather(Vec<Act>),
    WaitFirst(Vec<Act>),
    WaitFor(Vec<Act>),
    Group(Vec<Act>),
    Shield(Vec<Act>),
    Race(Vec<Act>),
    Select(Vec<Act>),
    Child(Vec<Act>),
    Detached(Vec<Act>),
    CancelledChild(Vec<Act>),
    FailingChild,
    Clean(Vec<Act>),
}

fn act() -> impl Strategy<Value = Act> {
    let time = 1_u64..4;
    let leaf = prop_oneof![
        2 => Just(Act::Yield),
        2 => time.clone().prop_map(Act::Sleep),
        1 => time.clone().prop_map(Act::Lock),
        1 => time.clone().prop_map(Act::Permit),
        1 => Just(Act::Put),
        1 => time.clone().prop_map(Act::Get),
        1 => Just(Act::Set),
        1 => time.clone().prop_map(Act::Await),
        1 => Just(Act::Signal),
        1 => Just(Act::Soon),
        1 => time.prop_map(Act::Later),
        1 => Just(Act::FailingChild),
    ];
    leaf.prop_recursive(3, 14, 3, |inner| {
        let acts = || prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            acts().prop_map(Act::Gather),
            acts().prop_map(Act::WaitFirst),
            acts().prop_map(Act::WaitFor),
            acts().prop_map(Act::Group),
            acts().prop_map(Act::Shield),
            acts().prop_map(Act::Race),
            acts().prop_map(Act::Select),
            acts().prop_map(Act::Child),
            acts().prop_map(Act::Detached),
            acts().prop_map(Act::CancelledChild),
            acts().prop_map(Act::Clean),
        ]
    })
}

fn program() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 1..4)
}

/// The objects that the tasks of a program share.
struct Shared {
    lock: Lock,
    permits: Rc<Semaphore>,
    queue: Queue<u32>,
    promise: Promise<u32>,
    event: Event,
}

impl Shared {
    fn new() -> Rc<Self> {
        Rc::new(Shared {
            lock: Lock::new(),
            permits: Rc::new(Semaphore::new(1)),
            queue: Queue::new(1),
            promise: Promise::new(),
            event: Event::new(),
        })
    }
}

/// Takes a timer back when it is dropped.
struct Guard(TimerHandle);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = ()>>>;

fn all(shared: &Rc<Shared>, acts: Vec<Act>) -> Boxed {
    let shared = shared.clone();
    Box::pin(async move {
        for act in acts {
            perform(&shared, act).await;
        }
    })
}

fn children(shared: &Rc<Shared>, acts: Vec<Act>) -> Vec<Task<()>> {
    let each = acts.into_iter().map(|act| spawn(all(shared, vec![act])));
    each.collect()
}

async fn perform(shared: &Rc<Shared>, act: Act) {
    match act {
        Act::Yield => yield_now().await,
        Act::Sleep(time) => sleep(ms(time)).await,
        Act::Lock(time) => {
            let _ = timeout(ms(time), async {
                let _guard = shared.lock.acquire().await;
                yield_now().await;
            })
            .await;
        }
        Act::Permit(time) => {
            let _ = timeout(ms(time), async {
                let _permit = shared.permits.acquire().await;
                sleep(ms(1)).await;
            })
            .await;
        }
        Act::Put => drop(shared.queue.put_nowait(1)),
        Act::Get(time) => drop(timeout(ms(time), shared.queue.get()).await),
        Act::Set => drop(shared.promise.set_result(1)),
        Act::Await(time) => drop(timeout(ms(time), shield(shared.promise.clone())).await),
        Act::Signal => {
            shared.event.set();
            shared.event.wait().await;
            shared.event.clear();
        }
        Act::Soon => drop(call_soon(|| ())),
        Act::Later(time) => {
            let _guard = Guard(call_later(ms(time), || ()));
            sleep(ms(2)).await;
        }
        nest => combine(shared, nest).await,
    }
}

async fn combine(shared: &Rc<Shared>, act: Act) {
    match act {
        // As in asyncio, a gather is reported if a child was cancelled and no awaiter receives that,
        // such as a gather that loses a race. So a program that races gathers asks for outcomes.
        Act::Gather(acts) => drop(gather(children(shared, acts)).return_exceptions().await),
        Act::WaitFirst(acts) => {
            drop(wait(children(shared, acts), ReturnWhen::FirstCompleted).await);
        }
        Act::WaitFor(acts) => drop(wait_for(spawn(all(shared, acts)), ms(2)).await),
        Act::Group(acts) => {
            let own = shared.clone();
            let group = task_group(async move |group: TaskGroup<()>| {
                for act in acts {
                    let child = all(&own, vec![act]);
                    drop(group.spawn(async move {
                        child.await;
                        Ok(())
                    }));
                }
                Ok(())
            });
            drop(group.await);
        }
        Act::Shield(acts) => drop(shield(spawn(all(shared, acts))).await),
        Act::Race(acts) => {
            let racers: Vec<_> = acts.into_iter().map(|act| all(shared, vec![act])).collect();
            race(racers).await;
        }
        Act::Select(acts) => {
            let scope = CancelScope::new();
            let _ = select((all(shared, acts), sleep(ms(2)))).await;
            drop(scope);
        }
        Act::Child(acts) => drop(spawn(all(shared, acts)).await),
        Act::Detached(acts) => spawn(all(shared, acts)).detach(),
        Act::CancelledChild(acts) => {
            let child = spawn(all(shared, acts));
            yield_now().await;
            child.cancel();
            drop(child.await);
        }
        Act::FailingChild => drop(spawn(async { Err::<(), _>("it fails") }).await),
        Act::Clean(acts) => {
            if let Err(cancelled) = catch_cancel(all(shared, acts)).await {
                sleep(ms(1)).await;
                cancelled.raise().await;
            }
        }
        leaf => unreachable!("{leaf:?} is performed above"),
    }
}

async fn main_of(program: Vec<Act>) {
    let shared = Shared::new();
    all(&shared, program).await;
}

/// A clock that jumps from deadline to deadline, and does not say so. A loop on virtual time makes no idle
/// report, since it returns a deadlock at once. The loop takes this clock for a real one, and makes them.
struct LikeARealOne(Virtual);

impl Driver for LikeARealOne {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        self.0.park(until, outside, may_block)
    }

    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }
}

type Reports = Rc<RefCell<Vec<(ReportKind, String)>>>;

/// Makes a loop in debug mode that looks for idle waits and circles.
fn watchful(seed: u64) -> (EventLoop, Reports) {
    let reports = Reports::default();
    let kept = reports.clone();
    let event_loop = EventLoop::builder()
        .driver(LikeARealOne(Virtual::new()))
        .debug(true)
        .idle_report(ms(1))
        .circle_report(ms(1))
        .chooser(Seeded::new(seed))
        .exception_handler(move |report| {
            kept.borrow_mut().push((report.kind, report.to_string()));
        })
        .build();
    (event_loop, reports)
}

/// The loop of the next property makes both reports. So a correct program could be reported.
#[test]
fn the_loop_that_looks_for_hangs_reports_them() {
    let (event_loop, reports) = watchful(0);
    let locks = [Rc::new(Lock::new()), Rc::new(Lock::new())];
    let swapped = [locks[1].clone(), locks[0].clone()];
    let tasks = [locks, swapped].map(|[one, other]| {
        event_loop.spawn(async move {
            let _first = one.acquire().await;
            yield_now().await;
            let _second = other.acquire().await;
        })
    });
    let clock = event_loop.spawn(sleep(ms(5)));
    while event_loop.step().is_ok() {}
    assert!(clock.done() && !tasks[0].done());
    let kinds: Vec<ReportKind> = reports.borrow().iter().map(|report| report.0).collect();
    assert_eq!(kinds, [ReportKind::Circle, ReportKind::Idle]);
}

proptest! {
    /// A correct program leaves nothing in its loop under any schedule.
    #[test]
    fn a_correct_program_leaves_nothing(program in program()) {
        let few = Explore::new().deviations(1).schedules(5).seeds(5);
        few.run(|| main_of(program.clone()));
    }

    /// A loop in debug mode that looks for idle waits and circles reports nothing of a correct program, but
    /// the `Err` of a child whose awaiter has lost a race.
    #[test]
    fn a_correct_program_is_never_reported(program in program(), seed in any::<u64>()) {
        let (event_loop, reports) = watchful(seed);
        let main = event_loop.spawn(main_of(program));
        while !event_loop.all_tasks().is_empty() || event_loop.counts().timers > 0 {
            event_loop.step().unwrap();
        }
        prop_assert!(main.done());
        drop(main);
        event_loop.close().unwrap();
        reports.borrow_mut().retain(|(kind, _)| *kind != ReportKind::ResultNeverRetrieved);
        prop_assert!(reports.borrow().is_empty(), "{:?}", reports.borrow());
    }

    /// The open things of a trace are the things that its loop holds, before each iteration and after
    /// the close.
    #[test]
    fn a_loop_and_its_trace_agree(program in program(), seed in any::<u64>(), closed in 0..40) {
        let log = Recorder::new();
        let event_loop = EventLoop::builder()
            .virtual_time()
            .trace(log.clone())
            .chooser(Seeded::new(seed))
            .exception_handler(|_| ())
            .build();
        let main = event_loop.spawn(main_of(program));
        for iteration in 0.. {
            let counts = event_loop.counts();
            let ledger = Ledger::of(&log.events(), &counts);
            for account in ledger.accounts().iter().filter(|account| account.verb != "held") {
                prop_assert_eq!(account.held, Some(account.open.len()), "{}", ledger);
            }
            let left = event_loop.leftovers();
            let open = [counts.tasks, counts.promises, counts.groups, counts.scopes, counts.unread];
            let open = open.iter().sum::<usize>() + counts.callbacks.max(counts.timers);
            prop_assert!(left.len() >= open, "{counts}{left:?}");
            if iteration == closed || event_loop.step().is_err() {
                break;
            }
        }
        drop(main);
        event_loop.close().unwrap();
        prop_assert!(event_loop.counts().is_at_rest(), "{}", event_loop.counts());
        Ledger::of(&log.events(), &event_loop.counts()).assert_balanced();
    }
}

proptest! {
    /// A correct program leaves nothing in its loop wherever it is cancelled, dropped or closed.
    #[test]
    fn a_correct_program_leaves_nothing_wherever_it_is_disturbed(program in program()) {
        cancel_everywhere(|| Case::new(main_of(program.clone()))).assert_safe();
    }
}
