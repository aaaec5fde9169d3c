//! A model checker: runs a program under every schedule.
//!
//! Two tasks read a counter, let the other run, and write it. In some orders an update
//! is lost, in others not. The checker counts both.
//!
//! The idea: a schedule is here the list of answers to the questions of a run, and an answer is a number.
//! Run it, add one to the last answer that is not at its maximum, and remove the answers behind it,
//! until all answers are at their maximum.
//!
//! Run it with `cargo run -p groundup-testkit --example first_explorer`.
//!
//! Read next: `schedule.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use groundup::trace::{Recording, Replay};
use groundup::{EventLoop, sleep, spawn};
use std::time::Duration;

/// Runs the program under every schedule. Counts how often each value comes out.
fn explore<T: Ord, F: Future<Output = T>>(program: impl Fn() -> F) -> BTreeMap<T, u32> {
    let (mut answers, mut outcomes) = (Vec::new(), BTreeMap::new());
    loop {
        let asked = Recording::new(Replay::new(answers));
        let event_loop = EventLoop::builder()
            .virtual_time()
            .chooser(asked.clone())
            .build();
        let value = event_loop.run_until_complete(program()).expect("it ends");
        *outcomes.entry(value).or_insert(0) += 1;

        let record = asked.record();
        let can_rise = record.iter().rposition(|one| one.picked + 1 < one.options);
        let Some(last) = can_rise else {
            return outcomes;
        };
        answers = record[..=last].iter().map(|one| one.picked).collect();
        answers[last] += 1;
    }
}

/// Reads the counter, sleeps, and writes it. A sleep of the other task ends at the same time.
async fn bump(counter: Rc<Cell<u32>>, seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
    let read = counter.get();
    sleep(Duration::from_secs(1)).await;
    counter.set(read + 1);
}

pub(crate) fn main() {
    let outcomes = explore(|| async {
        let counter = Rc::new(Cell::new(0));
        let tasks = [1, 2].map(|seconds| spawn(bump(counter.clone(), seconds)));
        for task in tasks {
            task.await.expect("no panic");
        }
        counter.get()
    });
    for (value, schedules) in outcomes {
        println!("the counter is {value} in {schedules} schedules");
    }

    let order = RefCell::new(explore(|| async {
        let order = Rc::new(RefCell::new(String::new()));
        let tasks = ["a", "b", "c"].map(|name| {
            let order = order.clone();
            spawn(async move { order.borrow_mut().push_str(name) })
        });
        for task in tasks {
            task.await.expect("no panic");
        }
        order.take()
    }));
    println!("three tasks run in {} orders", order.take().len());
}
