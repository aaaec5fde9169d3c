// S3.P4: Generators that delegate and return

use std::fmt::Display;

use groundup::generator::{Generator, generator};
use groundup::interweave::{interweave, run_all};

fn main() -> Outcome {
    p4()
}

fn square(x: i64) -> impl Generator<Resume = (), Yield = (), Return = i64> {
    generator(move |co| async move {
        co.yield_(()).await;
        say(format!("Computing square of  {x}"));
        x * x
    })
}

fn sum_of_squares(numbers: &[i64]) -> impl Generator<Resume = (), Yield = (), Return = i64> {
    generator(move |co| async move {
        let mut result = 0;
        for &n in numbers {
            let n2 = co.yield_from(square(n)).await;
            result += n2;
        }
        co.yield_(()).await;
        say(format!("sum_of_squares {numbers:?} {result}"));
        result
    })
}

fn p4() -> Outcome {
    let g1 = named("g1", sum_of_squares(&[1, 2, 3, 4, 5]));
    let g2 = named("g2", sum_of_squares(&[10, 20, 30, 40, 50]));
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
