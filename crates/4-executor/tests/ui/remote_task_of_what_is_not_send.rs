//! The future of a remote task need not be `Send`; its value must be.

use std::rc::Rc;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    event_loop.remote().spawn(async || Rc::new(5));
}
