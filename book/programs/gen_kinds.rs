//! Bounds in the place of isgeneratorfunction and its sister.

use groundup::Stepped;
use groundup::generator::machine::Countdown;
use groundup::generator::{Generator, run};

/// Takes generator functions.
fn run_generator<G: Generator<Resume = ()>>(f: impl Fn() -> G) -> G::Return {
    run(f())
}

/// Takes coroutine functions.
fn run_coroutine<F: Future>(f: impl Fn() -> F) -> F::Output {
    run(Stepped::new(f()))
}

fn countdown() -> Countdown {
    Countdown::new(2)
}

async fn launch() -> &'static str {
    countdown().await // a generator needs no mark
}

pub fn main() {
    println!("{}", run_generator(countdown));
    println!("{}", run_coroutine(launch));
}
