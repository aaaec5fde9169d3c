//! The coffee shop at four moments, drawn from its run.

use super::opening_coffee;
use super::scene::{called, strip, until, watch};

pub fn main() {
    let events = watch(opening_coffee::main());
    let panel = |title, ms| (title, ms, until(&events, ms));
    let call = |title, ms, name| (title, ms, called(&events, name));
    let panels = [
        panel("asha has ordered, and reads", 500),
        panel("all of them read", 2_500),
        call("one name is called", 3_000, "asha"),
        call("the last name", 5_000, "cleo"),
    ];
    println!(
        "{}",
        strip(
            "The coffee shop at four moments of its run",
            "barista",
            panels
        )
    );
}
