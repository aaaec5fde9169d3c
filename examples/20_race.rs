//! Floor 5: race returns the first output, select also says which it was.
//!
//! Its chapter: `crates/5-combinators/src/lib.rs`.

use std::time::Duration;

use groundup::prelude::*;
use groundup::{Selected, race, select};

async fn courier(name: &'static str, seconds: u64) -> &'static str {
    let ride = catch_cancel(sleep(Duration::from_secs(seconds)));
    if let Err(cancelled) = ride.await {
        println!("  {}  {name} turns back", time());
        cancelled.raise().await;
    }
    name
}

pub(crate) async fn program() -> Result<(), TaskError> {
    println!("race: tasks that have lost are cancelled");
    let winner = race([spawn(courier("bicycle", 9)), spawn(courier("car", 7))]).await;
    println!("  {}  {}", time(), winner?);
    yield_now().await;

    println!("select: what is lent is kept, and looked at again");
    let mut parcel = spawn(courier("train", 25));
    let name = loop {
        let look = sleep(Duration::from_secs(10));
        match select((&mut parcel, look)).await {
            Selected::First(name) => break name?,
            Selected::Second(()) => println!("  {}  not yet", time()),
        }
    };
    println!("  {}  {name}", time());
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> Result<(), TaskError> {
    program().await
}
