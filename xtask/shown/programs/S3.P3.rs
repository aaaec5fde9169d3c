// S3.P3: The second interweaver, a deque

use std::fmt::Display;

use groundup::generator::{Generator, generator};
use groundup::interweave::{interweave, run_all};

fn main() -> Outcome {
    p3()
}

fn squares(numbers: &[i64]) -> impl Generator<Resume = (), Yield = i64> {
    generator(move |co| async move {
        for n in numbers {
            say(format!("Computing square of {n}"));
            co.yield_(n * n).await;
        }
    })
}

fn p3() -> Outcome {
    let g1 = named("g1", squares(&[1, 2, 3, 4, 5, 6]));
    let g2 = named("g2", squares(&[10, 20, 30, 40]));
    run_all(interweave([g1, g2]));
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
