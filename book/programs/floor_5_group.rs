//! A group: one child fails, the others clean up, and the block ends.

use std::time::Duration;

use groundup::{TaskGroup, catch_cancel, sleep, task_group, time};

const SECOND: Duration = Duration::from_secs(1);

async fn cook(dish: &'static str, seconds: u32) -> Result<(), String> {
    match catch_cancel(sleep(seconds * SECOND)).await {
        Err(cancelled) => {
            sleep(SECOND).await; // turns the stove off
            println!("{}  {dish}: the stove is off", time());
            cancelled.raise().await
        }
        Ok(()) if dish == "fish" => Err(format!("{dish} is burnt")),
        Ok(()) => {
            println!("{}  {dish} is ready", time());
            Ok(())
        }
    }
}

pub async fn main() {
    let menu = task_group(async |group: TaskGroup<String>| {
        for (dish, seconds) in [("soup", 1), ("fish", 2), ("roast", 5)] {
            group.spawn_named(dish, cook(dish, seconds));
        }
        println!("{}  the body has {} children", time(), group.len());
        Ok(())
    });
    let error = menu.await.unwrap_err();
    println!("{}  {error}", time());
}
