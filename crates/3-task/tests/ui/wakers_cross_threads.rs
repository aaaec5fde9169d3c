//! Wakers, addresses and unparks may cross threads.
use std::task::Waker;

fn send_and_sync<T: Send + Sync + 'static>() {}

fn main() {
    send_and_sync::<Waker>();
    send_and_sync::<groundup_task::Address>();
    send_and_sync::<groundup_task::Unpark>();
    send_and_sync::<groundup_task::Local<std::rc::Rc<u32>>>();
}
