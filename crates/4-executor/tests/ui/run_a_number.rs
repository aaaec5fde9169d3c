//! L18 and R02: Only a value that can be awaited is run.

use groundup_executor::{EventLoop, run};

fn main() {
    run(5);
    let _ = EventLoop::new().run_until_complete("main");
}
