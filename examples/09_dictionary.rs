//! Floor 3: a generator can be awaited, an `async fn` can be stepped.
//!
//! Its chapter: `crates/3-task/src/lib.rs`.

use groundup::generator::machine::Square;
use groundup::generator::{Generator, Step};
use groundup::{Stepped, TaskError, run_virtual, spawn, yield_now};

async fn sum_of_squares(a: i64, b: i64) -> i64 {
    let print = |line: &str| println!("  {line}");
    // Hand-written machines of floor 1, awaited as if they were futures.
    Square::new("square", a, print).await + Square::new("square", b, print).await
}

async fn three_pauses() -> &'static str {
    for _ in 0..3 {
        yield_now().await;
    }
    "done"
}

pub(crate) async fn program() -> Result<(i64, i64), TaskError> {
    let one = spawn(sum_of_squares(3, 4));
    let other = spawn(sum_of_squares(30, 40));
    Ok((one.await?, other.await?))
}

fn main() -> Result<(), TaskError> {
    println!("an async fn, stepped like a generator:");
    let mut stepped = Stepped::new(three_pauses());
    loop {
        let step = stepped.resume(());
        println!("  {step:?}");
        if let Step::Return(_) = step {
            break;
        }
    }

    println!("generators, awaited in an async fn, spawned as tasks:");
    println!("  {:?}", run_virtual(program())?);
    Ok(())
}
