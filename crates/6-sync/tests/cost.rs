//! An event costs the same, however many others there are.
//!
//! The problem: a table of waiters, of jobs or of children gives the right answers also if it looks at
//! all its entries for each of them, or moves them. With a hundred entries no test is slow. With a
//! hundred thousand the program stands still. So the instructions of an event are counted under
//! callgrind, beside few others and beside many.
//!
//! ```text
//!   callgrind: this file's `one_program`, n others, e events   ──> instructions A
//!   callgrind: the same, 3e events                             ──> instructions B
//!   an event beside n others costs (B - A) / 2e
//! ```
//!
//! `cargo test --release -p groundup-sync --test cost -- --ignored --nocapture` prints the table. A count
//! of instructions sees a search as well as a move of entries. Without valgrind the table is left out.
//! The variable `GROUNDUP_LARGEST` sets another number of others.
//!
//! | a row may grow, from 100 others to 100,000 | since |
//! |---|---|
//! | by a fifth | it finds its entry by a number |
//! | to two and a half times | it finds its entry by halving, 7 times and then 17 times |
//!
//! Invariant: an event leaves as many entries as there were.
//!
//! Read next: `it/main.rs`.

use std::env;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll};

use groundup_sync::executor::{EventLoop, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::{
    CancellationToken, Lock, Notify, Queue, RwLock, Semaphore, SharedQueue, ThreadPool, broadcast,
    run_in_executor,
};

const FEW: usize = 100;

/// Returns the larger number of others: 100,000, or what the variable says.
fn many() -> usize {
    let largest = env::var("GROUNDUP_LARGEST").ok();
    largest.map_or(100_000, |text| text.parse().expect("a number"))
}

/// Number of events that are counted.
const EVENTS: usize = 200;

/// A row may grow by so many per cent.
const BY_NUMBER: u64 = 20;
const BY_HALVING: u64 = 150;

type Row = (&'static str, u64, fn(usize, usize));

/// What the rows are called, by how much they may grow, and their programs.
const ROWS: [Row; 12] = [
    (
        "job given up, virtual time",
        BY_HALVING,
        |others, events| {
            jobs(EventLoop::builder().virtual_time().build(), others, events);
        },
    ),
    ("job given up, real time", BY_HALVING, |others, events| {
        jobs(EventLoop::new(), others, events);
    }),
    ("wait for a lock given up", BY_NUMBER, lock_given_up),
    ("permit passed on", BY_NUMBER, permit_passed_on),
    ("item put and taken", BY_NUMBER, item_taken),
    ("item of one of many tasks", BY_HALVING, item_of_a_producer),
    ("first item of a task", BY_HALVING, first_item_of_a_task),
    ("wait for a notify given up", BY_NUMBER, notify_given_up),
    ("reader leaves", BY_NUMBER, reader_leaves),
    ("child of a token goes", BY_NUMBER, child_goes),
    (
        "get between loops given up",
        BY_HALVING,
        shared_get_given_up,
    ),
    ("receiver of a broadcast goes", BY_NUMBER, receiver_goes),
];

/// Returns the index of the entry that an event replaces: in a mixed order, also in the middle.
fn mixed(event: usize, others: usize) -> usize {
    event * 7_919 % others
}

/// Makes entries, and replaces one for each event.
fn replaced<T>(others: usize, events: usize, mut make: impl FnMut() -> T) {
    let mut entries: Vec<T> = (0..others).map(|_| make()).collect();
    for event in 0..events {
        entries[mixed(event, others)] = make();
    }
}

/// Runs a program in a loop of its own.
fn in_loop(program: impl Future<Output = ()>) {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(program).expect("it ends");
}

/// Runs a program in a step of a task.
fn in_step(program: impl FnOnce(&mut Context<'_>)) {
    let mut program = Some(program);
    in_loop(poll_fn(move |cx| {
        program.take().expect("one step")(cx);
        Poll::Ready(())
    }));
}

/// Makes a future that has begun to wait.
fn waiting<F: Future>(cx: &mut Context<'_>, future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(future.as_mut().poll(cx).is_pending(), "it waits");
    future
}

/// Returns the value of a future that was notified.
fn ready<F: Future>(cx: &mut Context<'_>, future: &mut Pin<Box<F>>) -> F::Output {
    match future.as_mut().poll(cx) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it was notified"),
    }
}

/// Jobs that are queued behind one that runs.
fn jobs(event_loop: EventLoop, others: usize, events: usize) {
    let pool = ThreadPool::new(1);
    let (end, ended) = channel::<()>();
    let program = async {
        let first = run_in_executor(&pool, move || ended.recv().is_err());
        replaced(others, events, || run_in_executor(&pool, || ()));
        drop(end);
        assert!(first.await.expect("it returns"));
    };
    event_loop.run_until_complete(program).expect("it ends");
}

fn lock_given_up(others: usize, events: usize) {
    in_step(|cx| {
        let lock = Lock::new();
        let _held = lock.try_acquire().expect("it is free");
        replaced(others, events, || waiting(cx, lock.acquire()));
    });
}

fn permit_passed_on(others: usize, events: usize) {
    in_step(|cx| {
        let semaphore = Semaphore::new(0);
        let mut line: Vec<_> = (0..others)
            .map(|_| waiting(cx, semaphore.acquire()))
            .collect();
        for event in 0..events {
            semaphore.release();
            let first = &mut line[event % others];
            ready(cx, first).keep();
            *first = waiting(cx, semaphore.acquire());
        }
    });
}

fn item_taken(others: usize, events: usize) {
    in_step(|cx| {
        let queue = Queue::unbounded();
        let mut line: Vec<_> = (0..others).map(|_| waiting(cx, queue.get())).collect();
        for event in 0..events {
            queue.put_nowait(event).expect("there is room");
            let first = &mut line[event % others];
            assert_eq!(ready(cx, first), Ok(event));
            *first = waiting(cx, queue.get());
        }
    });
}

/// Tasks that have put an item, and live. Two of them put more.
fn item_of_a_producer(others: usize, events: usize) {
    in_loop(async {
        let (queue, gate) = (Rc::new(Queue::unbounded()), Rc::new(Notify::new()));
        let producer = |items: usize| {
            let (queue, gate) = (queue.clone(), gate.clone());
            spawn(async move {
                for item in 0..items {
                    queue.put_nowait(item).expect("there is room");
                    yield_now().await;
                }
                gate.notified().await;
            })
        };
        let mut tasks: Vec<_> = (2..others).map(|_| producer(1)).collect();
        tasks.extend([producer(events / 2), producer(events / 2)]);
        for _ in 0..(others - 2 + events / 2 * 2) {
            queue.get().await.expect("it is not shut down");
        }
        yield_now().await;
        gate.notify_waiters();
        for task in tasks {
            task.await.expect("it returns");
        }
    });
}

/// Tasks that put one item each. Those of the events put theirs last, and their slots are between the
/// slots of the others.
fn first_item_of_a_task(others: usize, events: usize) {
    in_loop(async {
        let queue = Rc::new(Queue::unbounded());
        let [late, end] = [(); 2].map(|()| Rc::new(Notify::new()));
        let mut is_late = vec![false; others + events];
        (0..events).for_each(|event| is_late[mixed(event, others + events)] = true);
        let producer = |is_late: bool| {
            let (queue, late, end) = (queue.clone(), late.clone(), end.clone());
            spawn(async move {
                if is_late {
                    late.notified().await;
                }
                queue.put_nowait(()).expect("there is room");
                end.notified().await;
            })
        };
        let tasks: Vec<_> = is_late.into_iter().map(producer).collect();
        for _ in 0..others {
            queue.get().await.expect("it is not shut down");
        }
        late.notify_waiters();
        for _ in 0..events {
            queue.get().await.expect("it is not shut down");
        }
        yield_now().await;
        end.notify_waiters();
        for task in tasks {
            task.await.expect("it returns");
        }
    });
}

fn notify_given_up(others: usize, events: usize) {
    in_step(|cx| {
        let notify = Notify::new();
        replaced(others, events, || waiting(cx, notify.notified()));
    });
}

fn reader_leaves(others: usize, events: usize) {
    in_step(|_| {
        let lock = RwLock::new();
        replaced(others, events, || lock.try_read().expect("no writer waits"));
    });
}

fn child_goes(others: usize, events: usize) {
    let token = CancellationToken::new();
    replaced(others, events, || token.child_token());
}

fn shared_get_given_up(others: usize, events: usize) {
    in_step(|cx| {
        let queue = SharedQueue::<u8>::new(1);
        replaced(others, events, || waiting(cx, queue.get()));
    });
}

fn receiver_goes(others: usize, events: usize) {
    let (sender, _first) = broadcast::<u8>(4);
    replaced(others, events, || sender.subscribe());
}

const ROW: &str = "GROUNDUP_COST_ROW";
const OTHERS: &str = "GROUNDUP_COST_OTHERS";
const EVENT_COUNT: &str = "GROUNDUP_COST_EVENTS";

/// Not a test: the work of [`an_event_costs_the_same_beside_any_number_of_others`].
#[test]
#[ignore = "runs under callgrind, as a child of the next test: cargo test --release -p groundup-sync --test cost -- --ignored --nocapture"]
fn one_program() {
    let number = |name| env::var(name).map(|text| text.parse().expect("a number"));
    let (Ok(row), Ok(others), Ok(events)) = (env::var(ROW), number(OTHERS), number(EVENT_COUNT))
    else {
        return;
    };
    let found = ROWS.iter().find(|known| known.0 == row);
    let (_, _, program) = found.unwrap_or_else(|| panic!("there is no program {row}"));
    program(others, events);
}

/// Counts the instructions of a process that runs a program; `None` only if valgrind was not found.
fn instructions(row: &str, others: usize, events: usize) -> Option<u64> {
    let output = match Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("it has a path"))
        .args(["--exact", "one_program", "--ignored", "--test-threads=1"])
        .env(ROW, row)
        .env(OTHERS, others.to_string())
        .env(EVENT_COUNT, events.to_string())
        .output()
    {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.expect("valgrind starts"),
    };
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{row}: {text}");
    let (_, count) = text.split_once("Collected : ").expect("callgrind counts");
    count.lines().next()?.trim().parse().ok()
}

/// Returns the cost of an event beside others.
fn cost(row: &str, others: usize) -> Option<u64> {
    let few = instructions(row, others, EVENTS)?;
    let many = instructions(row, others, 3 * EVENTS)?;
    Some(many.saturating_sub(few) / (2 * EVENTS as u64))
}

#[test]
#[ignore = "needs valgrind: cargo test --release -p groundup-sync --test cost -- --ignored --nocapture"]
fn an_event_costs_the_same_beside_any_number_of_others() {
    let mut grown = Vec::new();
    let most = many();
    println!(
        "{:32} {FEW:>9} {most:>9} others",
        "instructions of an event beside"
    );
    for (row, per_cent, _) in ROWS {
        let (Some(few), Some(many)) = (cost(row, FEW), cost(row, most)) else {
            println!("left out: valgrind was not found");
            return;
        };
        println!("{row:32} {few:9} {many:9}");
        if many * 100 > few * (100 + per_cent) {
            grown.push(row);
        }
    }
    assert!(
        grown.is_empty(),
        "the cost grows with the others: {grown:?}"
    );
}
