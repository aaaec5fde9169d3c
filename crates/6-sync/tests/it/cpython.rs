//! Random programs, step by step as CPython runs them.
//!
//! The problem: the rules name the cases that a person has thought of. `tests/cpython/sync.py` makes
//! random programs over the objects of this floor, and records of each operation the result and
//! the iteration in which CPython 3.13 has ended it. This test runs the same programs. The head of
//! the script describes their form.
//!
//! In a few programs a wait is cancelled in the iteration in which its turn comes, and we differ on
//! purpose: see NOT-HERE.md. `tests/cpython/deviations.txt` has our logs of these.
//!
//! Watching a program changes nothing: each one runs once more with a recorder, in debug mode, and on a
//! loop that explains each of its tasks before each iteration.
//!
//! Invariant: of each program, the whole log is compared.
//!
//! Read next: `props.rs`.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use groundup_sync::executor::{EventLoop, RunError, current_loop, iteration, sleep, spawn};
use groundup_sync::task::{Task, TaskRef, yield_now};
use groundup_sync::trace::Recorder;
use groundup_sync::*;

/// How a run is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Watched {
    No,
    /// A recorder has each event of the trace.
    Recorded,
    /// The loop is in debug mode.
    Debugged,
    /// The loop explains each task before each iteration, and once more at each line of the log.
    Explained,
}

/// The objects that the tasks of a program share, and the log.
struct Shared<S: QueueStore> {
    lock: Lock,
    condition: Condition,
    event: Event,
    semaphore: Semaphore,
    barrier: Barrier,
    queue: BaseQueue<S>,
    tasks: RefCell<Vec<TaskRef>>,
    log: RefCell<Vec<String>>,
    watched: Watched,
}

impl<S: QueueStore> Shared<S> {
    fn say(&self, what: impl Display) {
        if self.watched == Watched::Explained {
            drop(current_loop().explain_all());
        }
        self.log
            .borrow_mut()
            .push(format!("{what}@{}", iteration()));
    }
}

/// Logs the drop of a task that has not ended.
struct Ends<S: QueueStore>(Option<(char, Rc<Shared<S>>)>);

impl<S: QueueStore> Drop for Ends<S> {
    fn drop(&mut self) {
        if let Some((name, shared)) = self.0.take() {
            shared.say(format_args!("{name}~"));
        }
    }
}

fn misuse<T, E>(result: Result<T, E>) -> String {
    result.map_or("!misuse".into(), |_| String::new())
}

/// Runs one operation, and returns its result as the log has it.
async fn act<S: QueueStore<Item = u8>>(shared: &Shared<S>, operation: &str) -> String {
    let Shared { lock, queue, .. } = shared;
    let number = operation[1..].parse().unwrap_or(0);
    match operation.as_bytes()[0] {
        b'y' => yield_now().await,
        b'z' => sleep(Duration::from_secs(number.into())).await,
        b'l' => LockGuard::keep(lock.acquire().await),
        b'u' => return misuse(lock.release()),
        b'w' => shared.event.wait().await,
        b'S' => shared.event.set(),
        b'C' => shared.event.clear(),
        b'p' => shared.semaphore.acquire().await.keep(),
        b'v' => shared.semaphore.release(),
        b'B' => {
            let index = shared.barrier.wait().await;
            return index.map_or("!broken".into(), |index| format!("={index}"));
        }
        b'A' => shared.barrier.abort(),
        b'R' => shared.barrier.reset(),
        b'+' => return put(queue.put(number).await),
        b'*' => return put(queue.put_nowait(number)),
        b'-' => {
            let item = queue.get().await;
            return item.map_or("!shut".into(), |item| format!("={item}"));
        }
        b'/' => {
            return match queue.get_nowait() {
                Ok(item) => format!("={item}"),
                Err(GetError::Empty) => "!empty".into(),
                Err(GetError::ShutDown) => "!shut".into(),
            };
        }
        b'd' => return misuse(queue.task_done()),
        b'j' => queue.join().await,
        b'h' => queue.shutdown(),
        b'H' => queue.shutdown_immediately(),
        b'c' => drop(shared.condition.wait(lock.acquire().await).await),
        b'n' => shared
            .condition
            .notify(&lock.acquire().await, number.into()),
        b'N' => shared.condition.notify_all(&lock.acquire().await),
        b'k' => {
            let task = shared.tasks.borrow()[usize::from(number)].clone();
            task.cancel();
        }
        other => panic!("an operation {:?}", char::from(other)),
    }
    String::new()
}

fn put(result: Result<(), PutError<u8>>) -> String {
    match result {
        Ok(()) => String::new(),
        Err(PutError::Full(_)) => "!full".into(),
        Err(PutError::ShutDown(_)) => "!shut".into(),
    }
}

fn watched_loop(watched: Watched) -> EventLoop {
    let builder = EventLoop::builder().virtual_time();
    match watched {
        Watched::No | Watched::Explained => builder.build(),
        Watched::Recorded => builder.trace(Recorder::new()).build(),
        Watched::Debugged => builder.debug(true).exception_handler(|_| ()).build(),
    }
}

/// Runs a loop until the task has ended, and explains the tasks before each iteration.
fn step_and_explain<S: QueueStore>(
    event_loop: &EventLoop,
    shared: &Shared<S>,
    main: Task<String>,
) -> Result<String, RunError> {
    while !main.done() {
        assert_ne!(event_loop.explain_all(), "", "there is a task");
        for task in &*shared.tasks.borrow() {
            assert_ne!(event_loop.explain(task), "");
        }
        event_loop.step()?;
    }
    let ended = main.join().now_or_never().expect("it has ended");
    Ok(ended.expect("it returns"))
}

/// Runs a program, and returns its log.
fn run<S>(objects: [usize; 3], rows: &[&str], watched: Watched) -> Vec<String>
where
    S: QueueStore<Item = u8> + 'static,
{
    let [permits, parties, capacity] = objects;
    let shared = Rc::new(Shared::<S> {
        lock: Lock::new(),
        condition: Condition::new(),
        event: Event::new(),
        semaphore: Semaphore::new(permits),
        barrier: Barrier::new(parties),
        queue: BaseQueue::new(capacity),
        tasks: RefCell::default(),
        log: RefCell::default(),
        watched,
    });
    let event_loop = watched_loop(watched);
    let main = {
        let shared = shared.clone();
        let rows: Vec<(char, String)> = ('a'..)
            .zip(rows.iter().map(|row| row.to_string()))
            .collect();
        async move {
            for (name, row) in rows.iter().cloned() {
                let own = shared.clone();
                let task = spawn(async move {
                    let mut ends = Ends(Some((name, own.clone())));
                    for (at, operation) in row.split(' ').enumerate() {
                        let result = act(&own, operation).await;
                        own.say(format_args!("{name}{at}{result}"));
                    }
                    ends.0 = None;
                });
                shared.tasks.borrow_mut().push(task.task_ref());
            }
            sleep(Duration::from_secs(1000)).await;
            let tasks = shared.tasks.borrow();
            let left = rows.iter().zip(&*tasks).filter(|(_, task)| !task.done());
            let left: String = left.map(|((name, _), _)| *name).collect();
            if left.is_empty() {
                "-".to_string()
            } else {
                left
            }
        }
    };
    let ended = match watched {
        Watched::Explained => step_and_explain(&event_loop, &shared, event_loop.spawn(main)),
        _ => event_loop.run_until_complete(main),
    };
    let mut log = shared.log.borrow().clone();
    log.push(ended.unwrap());
    log
}

/// Runs a line of the recording; returns the recorded log, and ours.
fn compare(line: &str, watched: Watched) -> (String, String) {
    let parts: Vec<&str> = line.split(" | ").collect();
    let [objects, rows @ .., log] = &parts[..] else {
        panic!("objects, tasks and a log: {line}");
    };
    let (objects, order) = objects.split_at(objects.len() - 1);
    let objects: Vec<usize> = objects
        .split(' ')
        .map(|word| word[1..].parse().unwrap())
        .collect();
    let objects = [objects[0], objects[1], objects[2]];
    let ours = match order {
        "F" => run::<VecDeque<u8>>(objects, rows, watched),
        "P" => run::<Lowest<u8>>(objects, rows, watched),
        _ => run::<Vec<u8>>(objects, rows, watched),
    };
    (log.to_string(), ours.join(" "))
}

#[test]
fn cpython_agrees() {
    let lines: Vec<&str> = include_str!("../cpython/sync.txt").lines().collect();
    assert!(lines.len() >= 1000);
    let deviations: HashSet<&str> = include_str!("../cpython/deviations.txt").lines().collect();
    let (mut wrong, mut deviates) = (Vec::new(), 0);
    for line in &lines {
        let (theirs, ours) = compare(line, Watched::No);
        let program = line.strip_suffix(&theirs).expect("it ends with the log");
        if theirs != ours && deviations.contains(&*format!("{program}{ours}")) {
            deviates += 1;
        } else if theirs != ours {
            wrong.push(format!("{line}\n  {ours}"));
        }
    }
    assert_eq!(deviates, deviations.len(), "a deviation is none any more");
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        lines.len(),
        wrong.join("\n")
    );
}

/// A program has the same log in debug mode, with a recorder, and on a loop that explains its tasks
/// before each iteration.
#[test]
fn watching_a_program_changes_nothing() {
    for line in include_str!("../cpython/sync.txt").lines() {
        let (_, plain) = compare(line, Watched::No);
        for watched in [Watched::Recorded, Watched::Debugged, Watched::Explained] {
            assert_eq!(compare(line, watched).1, plain, "{watched:?}: {line}");
        }
    }
}
