//! Only a value that can be awaited is run (L18, R02).

use groundup_executor::{EventLoop, run};

fn main() {
    run(5);
    let _ = EventLoop::new().run_until_complete("main");
}
