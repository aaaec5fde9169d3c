//! Ten thousand downloads, a hundred at once, and their progress.
//!
//! The results come in the order of the items. The reporter is a task that reads two counters. It
//! ends with the map, because dropping its handle cancels it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::ensure;
use groundup::{async_map, sleep, spawn, time};

const ITEMS: u64 = 10_000;
const AT_ONCE: usize = 100;

#[derive(Default)]
struct Progress {
    running: Cell<u64>,
    done: Cell<u64>,
}

async fn download(number: u64, progress: Rc<Progress>) -> u64 {
    progress.running.update(|running| running + 1);
    sleep(Duration::from_millis(50 + number * 7919 % 100)).await;
    progress.running.update(|running| running - 1);
    progress.done.update(|done| done + 1);
    number * number
}

async fn report(progress: Rc<Progress>) {
    loop {
        sleep(Duration::from_secs(2)).await;
        let Progress { running, done } = &*progress;
        let now = time();
        println!(
            "{now:4}  {:5} of {ITEMS}, {} at work",
            done.get(),
            running.get()
        );
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let progress = Rc::<Progress>::default();
    let reporter = spawn(report(progress.clone())).cancel_on_drop();
    let squares = async_map(move |number| download(number, progress.clone()), 0..ITEMS);
    let squares = squares.limit(AT_ONCE).collect_vec().await?;
    drop(reporter);
    ensure!(
        squares.iter().copied().eq((0..ITEMS).map(|n| n * n)),
        "in the order of the items"
    );
    println!("all {} in {:.1}", squares.len(), time());
    Ok(())
}
