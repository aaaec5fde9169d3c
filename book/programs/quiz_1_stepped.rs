//! Quiz: an async function, stepped by hand.

use groundup::Stepped;
use groundup::generator::machine::Countdown;
use groundup::generator::{Generator, Step};

async fn launch() -> u32 {
    Countdown::new(2).await;
    Countdown::new(1).await;
    7
}

pub fn main() {
    let mut launch = Stepped::new(launch());
    let mut resumes = 1;
    while let Step::Yield(()) = launch.resume(()) {
        resumes += 1;
    }
    println!("{resumes}");
}
