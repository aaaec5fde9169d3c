//! Floor 5: gather returns the results in the order of its arguments.
//!
//! Its chapter: `crates/5-combinators/src/lib.rs`.

use std::error::Error;
use std::time::Duration;

use groundup::prelude::*;
use groundup::{as_completed, try_gather};

async fn cook(dish: &'static str, seconds: u64) -> &'static str {
    sleep(Duration::from_secs(seconds)).await;
    println!("  {}  {dish} is done", time());
    dish
}

async fn burn(seconds: u64) -> Result<&'static str, String> {
    sleep(Duration::from_secs(seconds)).await;
    Err(format!("burnt after {seconds} s"))
}

pub(crate) async fn program() -> Result<(), Box<dyn Error>> {
    println!("gather:");
    let dishes = gather([cook("soup", 3), cook("bread", 1)]).await;
    println!("  {:?}", dishes?);

    println!("as_completed:");
    let mut dishes = as_completed([cook("soup", 3), cook("bread", 1)]);
    while let Some(dish) = dishes.next().await {
        println!("  number {}: {}", dish.index, dish.result?);
    }

    println!("try_gather: the first error, while the others run on");
    let rice = spawn(async { Ok(cook("rice", 2).await) });
    let rice_too = rice.task_ref();
    let fish = spawn(burn(1));
    let failed = try_gather([rice, fish]).await;
    println!("  {}  {}", time(), failed.unwrap_err());
    rice_too.ended().await;
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> Result<(), Box<dyn Error>> {
    program().await
}
