//! The bakery at four moments, drawn from its run.

use super::opening_bakery;
use super::scene::{strip, until, watch};

pub fn main() {
    let events = watch(opening_bakery::main());
    let panel = |title, ms| (title, ms, until(&events, ms));
    let panels = [
        panel("asha orders, and stands there", 500),
        panel("ben and cleo have come", 2_500),
        panel("now ben has the counter", 3_500),
        panel("and now cleo", 6_500),
    ];
    println!(
        "{}",
        strip("The bakery at four moments of its run", "baker", panels)
    );
}
