//! Ten thousand downloads, a hundred at once, with a report of the progress.
//!
//! The results come in the order of the items, as they are asked for. The reporter is a task that
//! looks at a counter; it ends with the map, because its handle cancels it when it is dropped.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::ensure;
use groundup::{async_map, sleep, spawn, time};

const ITEMS: u64 = 10_000;
const AT_ONCE: usize = 100;

async fn download(number: u64) -> u64 {
    sleep(Duration::from_millis(50 + number * 7919 % 100)).await;
    number * number
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let done = Rc::new(Cell::new(0));
    let running = Rc::new(Cell::new(0));
    let most = Rc::new(Cell::new(0));

    let reporter = spawn({
        let done = done.clone();
        async move {
            loop {
                sleep(Duration::from_secs(2)).await;
                println!("{:2} s  {:5} of {ITEMS}", time().as_secs(), done.get());
            }
        }
    })
    .cancel_on_drop();

    let counted = {
        let (done, running, most) = (done.clone(), running.clone(), most.clone());
        move |number| {
            let (done, running, most) = (done.clone(), running.clone(), most.clone());
            async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                let value = download(number).await;
                running.set(running.get() - 1);
                done.set(done.get() + 1);
                value
            }
        }
    };
    let values = async_map(counted, 0..ITEMS)
        .limit(AT_ONCE)
        .collect_vec()
        .await?;
    drop(reporter);
    ensure!(
        values.iter().copied().eq((0..ITEMS).map(|n| n * n)),
        "in the order of the items"
    );
    println!(
        "all {} in {:.1} s, {} at once",
        values.len(),
        time().as_secs_f64(),
        most.get()
    );
    Ok(())
}
