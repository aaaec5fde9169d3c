//! Floor 4: callbacks: called soon, later, at a time, or cancelled.
//!
//! Its chapter: `crates/4-executor/src/lib.rs`.

use std::error::Error;
use std::time::Duration;

use groundup::{EventLoop, Instant, stop, time};

fn say(what: &'static str) -> impl FnOnce() {
    move || println!("{:.1}  {what}", time())
}

fn main() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::builder().virtual_time().build();
    let second = Duration::from_secs(1);

    event_loop.call_later(second * 2, say("later"));
    event_loop.call_at(Instant::START + second, say("at one second"));
    event_loop.call_at(
        Instant::START + second,
        say("at one second, too: ties keep their order"),
    );
    event_loop.call_later(Duration::ZERO, say("later, by nothing"));
    event_loop.call_soon(say("soon"));
    let taken_back = event_loop.call_later(second * 3, say("never"));
    println!(
        "due at {}, {} timers",
        taken_back.when(),
        event_loop.timers()
    );
    taken_back.cancel();
    println!("{taken_back:?}, {} timers", event_loop.timers());

    event_loop.call_later(second * 4, stop);
    event_loop.run_forever()?;
    println!("stopped at {}", event_loop.time());
    Ok(())
}
