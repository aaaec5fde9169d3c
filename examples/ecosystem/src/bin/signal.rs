//! With `async-signal`: a signal ends the program in good order.
//!
//! The program sends itself a SIGTERM. (Signals are Unix here; `async-signal` has Ctrl-C on
//! Windows, too.)

use anyhow::Context;
use async_signal::{Signal, Signals};
use futures_lite::StreamExt;
use groundup::{Selected, catch_cancel, select, spawn, yield_now};

async fn work() {
    let endless = std::future::pending::<()>();
    if catch_cancel(endless).await.is_err() {
        println!("the worker cleans up");
    }
}

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let mut signals = Signals::new([Signal::Term, Signal::Int])?;
    let mut worker = spawn(work());
    yield_now().await;
    signal_hook::low_level::raise(signal_hook::consts::SIGTERM)?;
    match select((&mut worker, signals.next())).await {
        Selected::First(ended) => ended.context("the worker ended by itself")?,
        Selected::Second(signal) => {
            println!("{:?}", signal.context("no more signals")??);
            worker.cancel();
            worker.await?;
        }
    }
    println!("the program ends");
    Ok(())
}
