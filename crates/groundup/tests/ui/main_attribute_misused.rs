//! Misuse of `#[groundup::main]`: one error each, which says the cure.

#![deny(warnings)]

use std::time::Duration;

use groundup::sleep;

#[groundup::main(crate = "groundup")]
async fn path_in_quotes() {
    sleep(Duration::ZERO).await;
}

#[groundup::main(virtual_time = true)]
async fn flag_with_a_value() {}

#[groundup::main(virtual)]
async fn misspelt() {}

#[groundup::main(flavor = "current_thread")]
async fn flavor_of_tokio() {}

#[groundup::main(start_paused = true)]
async fn paused_as_in_tokio() {}

#[groundup::main(virtual_time, virtual_time)]
async fn twice() {}

#[groundup::main(crate)]
async fn no_path() {}

#[groundup::main(seeds = 0..5)]
async fn option_of_a_test() {}

#[groundup::main]
async unsafe fn not_safe() {
    sleep(Duration::ZERO).await;
}

#[groundup::main]
async fn generic<T>() {}

#[groundup::main]
async fn parameter(_: u8) {}

#[groundup::main]
fn plain() {}

#[groundup::main]
struct NoFunction;

#[groundup::main(virtual)]
async fn main() {}
