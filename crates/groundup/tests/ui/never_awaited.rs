//! A call that is not awaited runs nothing; the compiler warns.
#![deny(unused_must_use)]

use std::time::Duration;

fn main() {
    groundup::run(async {
        groundup::sleep(Duration::from_secs(1));
    });
}
