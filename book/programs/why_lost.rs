//! A future that is pending and has stored no waker

use std::future::poll_fn;
use std::task::Poll;

use groundup::{EventLoop, spawn_named};

pub fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let error = event_loop
        .run_until_complete(async {
            let forgetful = spawn_named("forgetful", poll_fn(|_| Poll::<()>::Pending));
            forgetful.await.unwrap();
        })
        .unwrap_err();
    println!("{error}");
}
