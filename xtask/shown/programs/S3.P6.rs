// S3.P6: run: an async function that awaits generators

use std::fmt::Display;

use groundup::Stepped;
use groundup::generator::{AsyncGenerator, Generator, generator, run};

fn main() -> Outcome {
    p6()
}

fn cosquare(x: i64) -> AsyncGenerator<impl Future<Output = i64>, ()> {
    generator(move |co| async move {
        co.yield_(()).await;
        say(format!("square {x}"));
        x * x
    })
}

async fn co_sum_of_squares(x: i64, y: i64) -> i64 {
    cosquare(x).await + cosquare(y).await
}

fn p6() -> Outcome {
    let coroutine = Stepped::new(co_sum_of_squares(3, 4));
    say(run(named("sum", coroutine)));
    Ok(())
}

// What the tour has as its stage.

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Prints a line.
fn say(line: impl Display) {
    println!("{line}");
}

/// Returns the generator. The tour draws it under this name.
fn named<G: Generator>(_name: &str, generator: G) -> G {
    generator
}
