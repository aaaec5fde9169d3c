//! What another thread has the loop call must be able to go there.

use std::rc::Rc;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    let mine = Rc::new(5);
    event_loop.remote().call_soon(move || drop(mine)).unwrap();
}
