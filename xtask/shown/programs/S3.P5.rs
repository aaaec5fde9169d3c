// S3.P5: run: drive one to its end

use std::fmt::Display;

use groundup::generator::{AsyncGenerator, Generator, generator, run};

fn main() -> Outcome {
    p5()
}

fn cosquare(x: i64) -> AsyncGenerator<impl Future<Output = i64>, ()> {
    generator(move |co| async move {
        co.yield_(()).await;
        say(format!("square {x}"));
        x * x
    })
}

fn p5() -> Outcome {
    say(run(named("square", cosquare(3))));
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
