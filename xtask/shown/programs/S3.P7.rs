// S3.P7: The third interweaver, on async functions

use std::fmt::Display;

use groundup::Stepped;
use groundup::generator::{AsyncGenerator, Generator, generator};
use groundup::interweave::drain;

fn main() -> Outcome {
    p7()
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

async fn print_sum_of_squares(x: i64, y: i64) {
    say(co_sum_of_squares(x, y).await);
}

fn p7() -> Outcome {
    drain([
        named("(3, 4)", Stepped::new(print_sum_of_squares(3, 4))),
        named("(30, 40)", Stepped::new(print_sum_of_squares(30, 40))),
    ]);
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
