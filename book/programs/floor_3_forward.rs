//! A cancel follows the waits, and comes back task by task

use std::future::pending;

use groundup::{catch_cancel, iteration, spawn_named, yield_now};

fn say(what: &str) {
    println!("iteration {}: {what}", iteration());
}

/// Says when it is dropped.
struct Guest(&'static str);

impl Drop for Guest {
    fn drop(&mut self) {
        say(&format!("{} is dropped", self.0));
    }
}

pub async fn main() {
    let inner = spawn_named("inner", async {
        let _guest = Guest("inner");
        pending::<()>().await;
    });
    let middle = spawn_named("middle", async move {
        let _guest = Guest("middle");
        inner.await.unwrap();
    });
    let outer = spawn_named("outer", async move {
        let caught = catch_cancel(middle).await;
        say(&format!("outer: {}", caught.is_err()));
    });
    yield_now().await; // now each of them waits for the next
    outer.cancel();
    say("main has cancelled outer");
    outer.await.unwrap();
}
