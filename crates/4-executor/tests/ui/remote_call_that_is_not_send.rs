//! A callback that another thread sends must be `Send`.

use std::rc::Rc;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::new();
    let mine = Rc::new(5);
    event_loop.remote().call_soon(move || drop(mine)).unwrap();
}
