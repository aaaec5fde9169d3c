//! A remote can be sent, shared and copied.
//!
//! So can a function that it sends; the future that the function makes need not be.

use std::rc::Rc;
use std::time::Duration;

use groundup_executor::{EventLoop, Remote, RemoteTask, sleep};

fn anywhere<T: Send + Sync + 'static>(_: &T) {}

fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let remote: Remote = event_loop.remote();
    anywhere(&remote.clone());
    let task: RemoteTask<i32> = remote.spawn(async || {
        let mine = Rc::new(5);
        sleep(Duration::from_secs(1)).await;
        *mine
    });
    anywhere(&task);
    assert_eq!(event_loop.run_until_complete(task).unwrap(), Ok(5));
}
