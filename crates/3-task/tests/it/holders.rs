//! Reports follow a wait to the task that holds the awaited thing.
//!
//! The problem: a task that waits for a lock waits for the holder of the lock. A report that
//! stops at the lock names no circle, and says nothing of the reason for which the holder waits.
//!
//! Invariant: a report names a holder by the name that the task has when the report is made.
//!
//! Read next: `reentry.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_task::trace::Wait;
use groundup_task::{
    Holder, Promise, Reason, ReasonEntry, Scheduler, StoredWaker, Task, Ticket, WaitLine,
    WaitingTask, yield_now,
};

use crate::drive::Drive;

/// Makes the reason of a thing that may be held.
fn thing(drive: &Drive, name: &str) -> Rc<ReasonEntry> {
    let (what, by) = (name.into(), None);
    Rc::new(ReasonEntry::new(&drive.scheduler, Wait::Held { what, by }))
}

/// Waits for ever for a thing.
fn wait_for(entry: &Rc<ReasonEntry>) -> impl Future<Output = ()> + 'static {
    let entry = entry.clone();
    poll_fn(move |cx| {
        let scheduler = Scheduler::current().unwrap();
        scheduler.waits_for(cx, Reason::Entry(&entry));
        Poll::Pending
    })
}

fn named<T>(name: &str, task: Task<T>) -> Task<T> {
    task.set_name(name);
    task
}

#[test]
fn a_report_follows_a_lock_to_its_holder() {
    let drive = Drive::new();
    let fork = thing(&drive, "fork");
    let kant = named("Kant", drive.spawn(pending::<()>()));
    let plato = named("Plato", drive.spawn(wait_for(&fork)));
    drive.settle();
    let explained = drive.scheduler.explain(&plato);
    assert_eq!(explained, "Plato waits for fork held");

    fork.held_by(Holder::Task(kant.ticket()));
    kant.set_name("Immanuel");
    let explained = drive.scheduler.explain(&plato);
    assert_eq!(
        explained,
        "Plato waits for fork held by Immanuel, which waits for something that the loop does not know"
    );
    let stuck = drive.scheduler.deadlock().stuck;
    let names: Vec<&str> = stuck.iter().map(|stuck| &*stuck.task).collect();
    assert_eq!(names, ["Immanuel", "Plato"], "the cause is first");
}

#[test]
fn a_report_follows_a_wait_for_an_item_to_its_last_producer() {
    let drive = Drive::new();
    let item = ReasonEntry::new(&drive.scheduler, Wait::Other("an item".into()));
    let item = Rc::new(item);
    let producer = named("producer", drive.spawn(wait_for(&thing(&drive, "fork"))));
    let consumer = named("consumer", drive.spawn(wait_for(&item)));
    drive.settle();
    let explained = || drive.scheduler.explain(&consumer);
    assert_eq!(explained(), "consumer waits for an item");
    item.held_by(Holder::Producer(producer.ticket()));
    assert_eq!(
        explained(),
        "consumer waits for an item; the last one came from producer, which waits for fork held"
    );
    producer.cancel();
    drive.settle();
    assert_eq!(
        explained(),
        "consumer waits for an item; the last one came from producer, which has ended"
    );
    drop(producer);
    assert_eq!(
        explained(),
        "consumer waits for an item; the last one came from a task that has ended"
    );
}

#[test]
fn a_circle_through_locks_is_named() {
    let drive = Drive::new();
    let forks = ["a", "b", "c"].map(|name| thing(&drive, &format!("fork-{name}")));
    let names = ["Plato", "Kant", "Hume"];
    let tasks: Vec<Task<()>> = (0..3)
        .map(|at| named(names[at], drive.spawn(wait_for(&forks[(at + 1) % 3]))))
        .collect();
    for (fork, task) in forks.iter().zip(&tasks) {
        fork.held_by(Holder::Task(task.ticket()));
    }
    drive.settle();
    let deadlock = drive.scheduler.deadlock();
    assert_eq!(deadlock.cycles.len(), 1);
    let circle = deadlock.cycles[0].join(" -> ");
    assert_eq!(circle, "Plato -> Kant -> Hume -> Plato");
    assert_eq!(
        drive.scheduler.explain(&tasks[0]),
        "Plato waits for fork-b held by Kant, which waits for fork-c held by Hume, \
         which waits for fork-a held by Plato again: they wait for each other"
    );
}

#[test]
fn a_holder_that_has_ended_or_has_not_polled_is_told() {
    let drive = Drive::new();
    let fork = thing(&drive, "fork");
    let kant = named("Kant", drive.spawn(async {}));
    let hume = named("Hume", drive.spawn(pending::<()>()));
    let plato = named("Plato", drive.spawn(wait_for(&fork)));
    drive.settle();
    let ticket = kant.ticket();
    fork.held_by(Holder::Task(ticket));
    let told = || drive.scheduler.explain(&plato);
    let ended = "Plato waits for fork held by Kant, which has ended";
    assert_eq!(told(), ended);
    drop(kant);
    assert_eq!(told(), "Plato waits for fork held by a task that has ended");

    fork.held_by(Holder::Next(hume.ticket()));
    let passed =
        "Plato waits for fork held by Hume, to which it was passed, and which has not polled since";
    assert!(told().starts_with(passed), "{}", told());
    fork.held_by(Holder::Next(ticket));
    let kept = "Plato waits for fork passed to a future that has not been polled since";
    assert_eq!(told(), kept);
    fork.held_by(Holder::Unknown);
    assert_eq!(told(), "Plato waits for fork held");
}

/// The waiters of a thing.
#[derive(Default)]
struct Line(RefCell<Vec<StoredWaker>>);

impl WaitLine for Line {
    fn waiting(&self) -> Vec<WaitingTask> {
        let wakers = self.0.borrow();
        wakers.iter().filter_map(StoredWaker::waiting).collect()
    }
}

/// The waiters of a thing that tasks produce. It counts how often it is asked for the producers.
struct Produced {
    waiting: Line,
    producer: Ticket,
    asked: Cell<usize>,
}

impl WaitLine for Produced {
    fn waiting(&self) -> Vec<WaitingTask> {
        self.waiting.waiting()
    }

    fn producers(&self) -> Vec<Ticket> {
        self.asked.set(self.asked.get() + 1);
        vec![self.producer]
    }
}

/// Looks at the producers once, however many tasks wait: not once for each of them.
#[test]
fn a_report_asks_a_line_for_its_producers_once() {
    for waiters in [1, 10, 100] {
        let drive = Drive::new();
        let last = drive.spawn(async {});
        let living = named("Seneca", drive.spawn(pending::<()>()));
        let line = Rc::new(Produced {
            waiting: Line::default(),
            producer: living.ticket(),
            asked: Cell::new(0),
        });
        let entry = ReasonEntry::new(&drive.scheduler, Wait::Other("a letter".into()));
        let entry = Rc::new(entry.with_line(line.clone()));
        entry.held_by(Holder::Producer(last.ticket()));
        let wait = || {
            let (entry, line) = (entry.clone(), line.clone());
            drive.spawn(poll_fn(move |cx| {
                line.waiting.0.borrow_mut().push(StoredWaker::of(cx));
                let scheduler = Scheduler::current().unwrap();
                scheduler.waits_for(cx, Reason::Entry(&entry));
                Poll::<()>::Pending
            }))
        };
        let tasks: Vec<_> = (0..waiters).map(|_| wait()).collect();
        drive.settle();
        let led = |text: &String| text.contains("an earlier one from Seneca");
        let stuck = drive.scheduler.deadlock().stuck;
        let led = stuck.iter().map(ToString::to_string).filter(led).count();
        assert_eq!((led, line.asked.get()), (waiters, 1));
        let why = drive.scheduler.explain(&tasks[0].task_ref());
        assert!(why.contains("an earlier one from Seneca"), "{why}");
        assert_eq!(line.asked.get(), 2);
    }
}

/// Makes a thing with a line, which `holder` has.
fn held_thing(drive: &Drive, name: &str, holder: &Task<()>) -> (Rc<ReasonEntry>, Rc<Line>) {
    let (line, what, by) = (Rc::new(Line::default()), name.into(), None);
    let entry = ReasonEntry::new(&drive.scheduler, Wait::Held { what, by });
    let entry = entry.with_line(line.clone());
    entry.held_by(Holder::Task(holder.ticket()));
    (Rc::new(entry), line)
}

/// Waits in the line of a thing.
fn wait_in(things: &[&(Rc<ReasonEntry>, Rc<Line>)]) -> impl Future<Output = ()> + use<> {
    let things: Vec<_> = things.iter().map(|&thing| thing.clone()).collect();
    poll_fn(move |cx| {
        let scheduler = Scheduler::current().unwrap();
        for (entry, line) in &things {
            line.0.borrow_mut().push(StoredWaker::of(cx));
            scheduler.waits_for(cx, Reason::Entry(entry));
        }
        Poll::Pending
    })
}

#[test]
fn a_task_that_waits_for_several_things_waits_for_the_holder_of_each() {
    let drive = Drive::new();
    let kant = named("Kant", drive.spawn(pending::<()>()));
    let start = Rc::new(RefCell::new(Vec::new()));
    let things = start.clone();
    let hume = named(
        "Hume",
        drive.spawn(async move {
            let things: Vec<(Rc<ReasonEntry>, Rc<Line>)> = things.take();
            wait_in(&things.iter().collect::<Vec<_>>()).await;
        }),
    );
    let (a, b) = (
        held_thing(&drive, "a", &kant),
        held_thing(&drive, "b", &hume),
    );
    let plato = named("Plato", drive.spawn(wait_in(&[&a, &b])));
    let c = held_thing(&drive, "c", &plato);
    start.replace(vec![c]);
    drive.settle();
    let deadlock = drive.scheduler.deadlock();
    let texts: Vec<String> = deadlock.stuck.iter().map(ToString::to_string).collect();
    let says = |name: &str| {
        let text = texts.iter().find(|text| text.starts_with(name));
        text.unwrap().split_once(") ").unwrap().1
    };
    assert_eq!(
        says("Plato"),
        "waits for several things: a held by Kant; b held by Hume"
    );
    assert_eq!(says("Hume"), "waits for c held by Plato");
    let circles: Vec<String> = deadlock
        .cycles
        .iter()
        .map(|names| names.join(" -> "))
        .collect();
    assert_eq!(circles, ["Hume -> Plato -> Hume"]);
    let order: Vec<&str> = deadlock.stuck.iter().map(|stuck| &*stuck.task).collect();
    assert_eq!(order, ["Hume", "Plato", "Kant"], "the circle is first");
    assert_eq!(
        drive.scheduler.explain(&plato),
        "Plato waits for several things: a held by Kant; b held by Hume; a circle: Plato -> Hume -> Plato"
    );
    assert_eq!(
        drive.scheduler.explain(&hume),
        "Hume waits for c held by Plato, which waits for several things: a held by Kant; b held by \
         Hume; a circle: Hume -> Plato -> Hume"
    );
}

#[test]
fn a_wait_under_another_waker_is_named_if_the_word_leaves_room() {
    type Then = fn(&Rc<ReasonEntry>, &mut Context<'_>);
    let rows: [(Then, &str); 3] = [
        (|_, _| (), "several things, among them fork held by Kant"),
        (
            |futures, cx| futures.scheduler().waits_for(cx, Reason::Entry(futures)),
            "the children; they wait for fork held by Kant",
        ),
        (
            |futures, cx| futures.scheduler().waits_for(cx, Reason::Outside),
            "something outside the loop",
        ),
    ];
    for (then, says) in rows {
        let drive = Drive::new();
        let kant = named("Kant", drive.spawn(pending::<()>()));
        let fork = held_thing(&drive, "fork", &kant);
        let wait = Wait::Other("the children".into());
        let futures = Rc::new(ReasonEntry::for_futures(&drive.scheduler, wait));
        let mut inner = Box::pin(wait_in(&[&fork]));
        let outer = poll_fn(move |cx| {
            let other = futures::task::noop_waker();
            let polled = inner.as_mut().poll(&mut Context::from_waker(&other));
            then(&futures, cx);
            polled
        });
        let plato = named("Plato", drive.spawn(outer));
        drive.settle();
        let explained = drive.scheduler.explain(&plato);
        let told = explained.strip_prefix("Plato waits for ").unwrap();
        let end = match told.contains("Kant") {
            true => ", which waits for something that the loop does not know",
            false => "",
        };
        assert_eq!(told, format!("{says}{end}"));
    }
}

#[test]
fn a_report_says_where_a_primitive_was_made() {
    let drive = Drive::new();
    let place = std::panic::Location::caller();
    let wait = Wait::Other("an item".into());
    let entry = Rc::new(ReasonEntry::made_at(&drive.scheduler, wait, Some(place)));
    let reader = named("reader", drive.spawn(wait_for(&entry)));
    drive.settle();
    let explained = drive.scheduler.explain(&reader);
    assert_eq!(
        explained,
        format!("reader waits for an item (made at {place})")
    );
    assert_eq!(drive.scheduler.deadlock().stuck[0].primitive, Some(place));
}

/// The report says that all handles wait only if no task could set the promise.
#[test]
fn a_polled_handle_that_a_task_keeps_is_another_handle() {
    for keeps in [true, false] {
        let drive = Drive::new();
        let promise: Promise<()> = drive.scheduler.promise();
        let mut kept = promise.clone();
        let keeper = named(
            "keeper",
            drive.spawn(async move {
                let mut polled = Box::pin(&mut kept);
                let is_pending = poll_fn(|cx| Poll::Ready(polled.as_mut().poll(cx).is_pending()));
                assert!(is_pending.await);
                yield_now().await;
                if !keeps {
                    polled.await.unwrap();
                }
                pending::<()>().await;
            }),
        );
        let waits = named("waits", drive.spawn(async { drop(promise.await) }));
        drive.settle();
        let told = drive.scheduler.explain(&waits);
        assert_eq!(
            told.ends_with(" and whose handles all wait for it"),
            !keeps,
            "{told}"
        );
        drop(keeper);
    }
}
