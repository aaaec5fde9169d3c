//! A first lock loses the wake of a waiter that has left.

use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;
use std::{cell::RefCell, collections::VecDeque, mem, rc::Rc};

use groundup::{EventLoop, join, sleep, spawn_named, time, timeout};

/// Whether the lock is held, and the wakers of the tasks that wait.
#[derive(Default)]
struct FirstLock(RefCell<(bool, VecDeque<Waker>)>);

impl FirstLock {
    async fn acquire(&self) {
        let free = poll_fn(|cx| {
            let (held, line) = &mut *self.0.borrow_mut();
            if !mem::replace(held, true) {
                return Poll::Ready(());
            }
            line.push_back(cx.waker().clone());
            Poll::Pending
        });
        free.await
    }

    fn release(&self) {
        let (held, line) = &mut *self.0.borrow_mut();
        *held = false;
        line.pop_front().into_iter().for_each(Waker::wake);
    }
}

async fn work(name: &'static str, lock: Rc<FirstLock>) {
    lock.acquire().await;
    println!("{}  {name} is inside", time());
    sleep(Duration::from_secs(3)).await;
    lock.release();
}

pub fn main() {
    let main = async {
        let lock = Rc::<FirstLock>::default();
        let a = spawn_named("a", work("a", lock.clone()));
        let b = timeout(Duration::from_secs(1), work("b", lock.clone()));
        let tasks = (a, spawn_named("b", b), spawn_named("c", work("c", lock)));
        drop(join(tasks).await); // b leaves the line after a second
    };
    let event_loop = EventLoop::builder().virtual_time().build();
    println!("{}", event_loop.run_until_complete(main).unwrap_err());
}
