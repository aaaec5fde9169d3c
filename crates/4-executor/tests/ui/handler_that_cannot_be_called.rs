//! L14: An exception handler is a function.

use std::rc::Rc;

use groundup_executor::EventLoop;

fn main() {
    let event_loop = EventLoop::builder().exception_handler(5).build();
    event_loop.set_exception_handler(Some(Rc::new("handler")));
}
