//! Misuse of `#[groundup::test]`: one error each, which says the cure.

#![deny(warnings)]

use std::time::Duration;

use groundup::sleep;

#[groundup::test(seeds)]
async fn no_seeds() {
    sleep(Duration::ZERO).await;
}

#[groundup::test(virtual_time)]
async fn always_virtual() {}

#[groundup::test(seeds: 0..4)]
async fn colon() {}

#[groundup::test(start_paused = true)]
async fn paused_as_in_tokio() {}

#[groundup::test("x")]
async fn text() {}

#[groundup::test(seeds = std::iter::zip::<_, Vec<u64>>(0..5, vec![1]).map(|(a, _)| a), sedes = 3)]
async fn comma_in_a_type() {}

#[groundup::test]
fn plain() {}

struct Type;

impl Type {
    #[groundup::test]
    async fn method(&self) {}
}

fn main() {
    let _ = Type;
}
