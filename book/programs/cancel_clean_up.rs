//! A visit with a clean-up that awaits, disturbed once, and then twice.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{catch_cancel, sleep, spawn_named};
use groundup_testkit::{CancelEverywhere, Case};

const SECOND: Duration = Duration::from_secs(1);

async fn visit(seats: Rc<Cell<u32>>) {
    seats.set(seats.get() - 1);
    let ended = catch_cancel(sleep(SECOND)).await;
    sleep(SECOND).await; // pays the bill
    seats.set(seats.get() + 1);
    if let Err(cancelled) = ended {
        cancelled.raise().await
    }
}

fn case() -> Case {
    let seats = Rc::new(Cell::new(1));
    let free = seats.clone();
    let visit = async move { spawn_named("guest", visit(seats)).await };
    Case::new(visit).law(move || free.get() == 1)
}

pub fn main() {
    println!("{}", CancelEverywhere::new().run(case));
    let twice = CancelEverywhere::new().twice().run(case);
    let broken = twice.broken().count();
    println!("\nWith `twice`: {} runs, {broken} broken", twice.runs());
}
