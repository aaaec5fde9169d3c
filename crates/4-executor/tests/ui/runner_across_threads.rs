//! A runner stays on its thread, because it has a loop.

use groundup_executor::Runner;

fn main() {
    let runner = Runner::new();
    std::thread::spawn(move || runner.event_loop().stop());
}
