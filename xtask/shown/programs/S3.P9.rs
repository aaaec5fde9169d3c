// S3.P9: In turns: the same, interwoven

use std::fmt::Display;

use groundup::generator::{AsyncGenerator, Generator, generator};
use groundup::interweave::drain;

fn main() -> Outcome {
    p9()
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

fn p9() -> Outcome {
    drain([
        named("ABC", display("ABC".chars())),
        named("123", display("123".chars())),
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
