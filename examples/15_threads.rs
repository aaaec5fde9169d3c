//! Floor 4: a thread calls into a loop, runs a task there, and stops it.
//!
//! Its chapter: `crates/4-executor/src/lib.rs`.

use std::error::Error;
use std::future::pending;
use std::thread;

use groundup::{EventLoop, yield_now};

fn here() -> String {
    thread::current().name().unwrap_or("?").to_string()
}

fn main() -> Result<(), Box<dyn Error>> {
    // In virtual time, too, the loop waits for calls as long as a remote is alive.
    let event_loop = EventLoop::builder().virtual_time().build();
    let remote = event_loop.remote();

    let worker = thread::Builder::new()
        .name("worker".into())
        .spawn(move || {
            let callback = || println!("a callback on thread {}", here());
            remote.call_soon(callback).unwrap();

            let task = remote.spawn(async || {
                yield_now().await;
                format!("a task on thread {}", here())
            });
            // Blocks this thread, not the loop's thread.
            println!("{}; told to thread {}", task.wait().unwrap(), here());

            let never = remote.spawn(pending::<()>);
            println!("cancelling: {}", never.cancel());
            println!("it says: {}", never.wait().unwrap_err());

            remote.stop().unwrap();
            remote
        })?;

    event_loop.run_forever()?;
    let remote = worker.join().expect("the worker has not panicked");
    event_loop.close()?;
    println!("after close: {}", remote.call_soon(|| ()).unwrap_err());
    Ok(())
}
