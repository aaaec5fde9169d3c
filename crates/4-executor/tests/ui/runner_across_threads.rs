//! And so does a runner, which has one.

use groundup_executor::Runner;

fn main() {
    let runner = Runner::new();
    std::thread::spawn(move || runner.event_loop().stop());
}
