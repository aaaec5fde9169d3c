//! A paused function is a value, and has a size.

use std::mem::size_of_val;

use groundup::generator::machine::{Countdown, RunningMean};

async fn launch(n: u32) -> &'static str {
    Countdown::new(n).await
}

pub fn main() {
    println!("Countdown    {:3} bytes", size_of_val(&Countdown::new(3)));
    println!("RunningMean  {:3} bytes", size_of_val(&RunningMean::new()));
    println!("launch       {:3} bytes", size_of_val(&launch(3)));
    let many: Vec<Countdown> = (0..1_000).map(Countdown::new).collect();
    println!("a thousand   {:3} bytes", size_of_val(&many[..]));
}
