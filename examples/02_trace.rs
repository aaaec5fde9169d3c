//! Floor 0: a trace is lines of text, and every wake names its cause.
//!
//! Its chapter: `crates/0-trace/src/lib.rs`.

use groundup::trace::{Recorder, Verb, read_trace};
use groundup::{EventLoop, Promise, spawn_named};

pub(crate) async fn program() {
    let order = Promise::new();
    let kitchen = order.clone();
    spawn_named("cook", async move { kitchen.set_result("two eggs") });
    println!("the order: {}", order.await.unwrap());
}

fn main() {
    let log = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(log.clone())
        .build();
    event_loop.run_until_complete(program()).unwrap();
    print!("{}", log.text());

    // Read the lines back: which task was woken by which cause?
    for event in read_trace(&log.text()).expect("a trace can be read back") {
        if let (Verb::Wake { by }, Some(task)) = (event.verb, event.task) {
            println!("{task} was woken by {by}");
        }
    }
}
