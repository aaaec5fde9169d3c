//! Floor 3: a promise is set once; its waiters run an iteration later.
//!
//! Its chapter: `crates/3-task/src/lib.rs`.

use std::error::Error;
use std::time::Duration;

use groundup::{Promise, call_later, spawn, yield_now};

pub(crate) async fn program() -> Result<(), Box<dyn Error>> {
    let answer: Promise<u32> = Promise::new();
    println!("done: {}", answer.done());
    println!("result: {}", answer.result().unwrap_err());

    let waiting = answer.clone();
    let reader = spawn(async move { println!("awaited: {:?}", waiting.await) });
    answer.add_done_callback(|| println!("callback"));

    let setting = answer.clone();
    call_later(Duration::from_secs(1), move || {
        setting.set_result(42).unwrap();
        println!("set; nobody was told yet");
    });
    reader.await?;
    println!("again: {}", answer.set_result(43).unwrap_err());

    let broken: Promise<u32> = Promise::new();
    broken.set_exception("no more eggs")?;
    if let Some(error) = broken.exception()? {
        println!("exception: {error}");
    }

    let given_up: Promise<u32> = Promise::new();
    let waiting = spawn(given_up.clone());
    yield_now().await;
    given_up.cancel_with("the shop is closed");
    println!("cancelled: {}", waiting.await?.unwrap_err());
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> Result<(), Box<dyn Error>> {
    program().await
}
