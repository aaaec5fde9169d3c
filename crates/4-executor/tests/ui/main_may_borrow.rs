//! The main future stays on the stack of its caller: it may borrow.

use groundup_executor::{EventLoop, Runner, run};

fn main() {
    let mut text = String::from("borrowed");
    run(async { text.push('!') });
    let runner = Runner::new();
    runner.run(async { text.push('!') }).unwrap();
    let length = EventLoop::new().run_until_complete(async { text.len() });
    assert_eq!(length.unwrap(), 10);
}
