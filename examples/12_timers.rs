//! Floor 4: callbacks: called soon, later, at a time, or cancelled.

use std::rc::Rc;
use std::time::Duration;

use groundup::EventLoop;

fn main() {
    let event_loop = Rc::new(EventLoop::builder().virtual_time().build());
    let second = Duration::from_secs(1);

    let say = {
        let event_loop = Rc::downgrade(&event_loop);
        move |what: &'static str| {
            let event_loop = event_loop.clone();
            move || {
                let time = event_loop
                    .upgrade()
                    .map_or(Duration::ZERO, |found| found.time());
                println!("{:.1} s  {what}", time.as_secs_f64());
            }
        }
    };

    event_loop.call_later(second * 2, say("later"));
    event_loop.call_at(second, say("at one second"));
    event_loop.call_at(second, say("at one second, too: ties keep their order"));
    event_loop.call_later(Duration::ZERO, say("later, by nothing"));
    event_loop.call_soon(say("soon"));
    let taken_back = event_loop.call_later(second * 3, say("never"));
    println!(
        "due at {:?}, {} timers",
        taken_back.when(),
        event_loop.timers()
    );
    taken_back.cancel();
    println!("{taken_back:?}, {} timers", event_loop.timers());

    event_loop.call_later(second * 4, {
        let event_loop = Rc::downgrade(&event_loop);
        move || event_loop.upgrade().iter().for_each(|found| found.stop())
    });
    event_loop.run_forever().unwrap();
    println!("stopped at {:?}", event_loop.time());
}
