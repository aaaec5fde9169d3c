//! Floor 0: a seed finds a bug, and recorded choices show it again.
//!
//! Two tasks add 1 to a balance, and each yields between its read and its write. In the
//! usual order the sum is right by accident.
//!
//! Its chapter: `crates/0-trace/src/lib.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup::trace::{Chooser, Fifo, Recording, Replay, Seeded};
use groundup::{EventLoop, yield_now};

async fn deposit(balance: Rc<Cell<u32>>, pauses: u32) {
    for _ in 0..pauses {
        yield_now().await;
    }
    let before = balance.get();
    yield_now().await;
    balance.set(before + 1);
}

fn total(chooser: impl Chooser + 'static) -> u32 {
    let event_loop = EventLoop::builder().virtual_time().chooser(chooser).build();
    let balance = Rc::new(Cell::new(0));
    let tasks = [0, 1].map(|pauses| event_loop.spawn(deposit(balance.clone(), pauses)));
    for task in tasks {
        event_loop.run_until_done(task).unwrap();
    }
    balance.get()
}

fn main() {
    println!("first in, first out: {}", total(Fifo));
    for seed in 0.. {
        let recording = Recording::new(Seeded::new(seed));
        let sum = total(recording.clone());
        println!("seed {seed}: {sum}");
        if sum != 2 {
            println!("its choices: {:?}", recording.choices());
            println!("replayed: {}", total(Replay::new(recording.choices())));
            return;
        }
    }
}
