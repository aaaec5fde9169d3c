// S3.P8: One after the other: awaits in sequence

use std::fmt::Display;

use groundup::Stepped;
use groundup::generator::{AsyncGenerator, Generator, generator, run};

fn main() -> Outcome {
    p8()
}

fn display<V>(values: V) -> AsyncGenerator<impl Future<Output = ()>, ()>
where
    V: IntoIterator<Item: Display>,
{
    generator(move |co| async move {
        for v in values {
            say(v);
            co.yield_(()).await;
        }
    })
}

async fn display2(values1: &str, values2: &str) {
    display(values1.chars()).await;
    display(values2.chars()).await;
}

fn p8() -> Outcome {
    run(named("display2", Stepped::new(display2("ABC", "123"))));
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
