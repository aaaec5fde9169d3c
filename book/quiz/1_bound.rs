//! Quiz: an async function where a generator is expected.

use groundup::generator::machine::Countdown;
use groundup::generator::run;

async fn launch() -> &'static str {
    Countdown::new(3).await
}

fn main() {
    println!("{}", run(launch()));
}
