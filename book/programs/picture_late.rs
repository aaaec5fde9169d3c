//! A picture, a bill and a chain of causes, of one recorded run.

use std::time::Duration;

use groundup::trace::{Recorder, Verb};
use groundup::{EventLoop, block, sleep, spawn_named};
use groundup_view::Timeline;

async fn shop() {
    let tea = spawn_named("tea", sleep(Duration::from_secs(1)));
    let cake = spawn_named("cake", sleep(Duration::from_secs(2)));
    let report = spawn_named("report", async {
        block(Duration::from_secs(4)); // a long computation without a pause
    });
    for task in [tea, cake, report] {
        task.await.unwrap();
    }
}

pub fn main() {
    let log = Recorder::new();
    let builder = EventLoop::builder().virtual_time().trace(log.clone());
    builder.build().run_until_complete(shop()).unwrap();

    let timeline = Timeline::of(&log.events());
    println!("{}", timeline.text());
    println!("{}", timeline.blame());

    let events = timeline.events();
    let is_end_of_cake = |event: &groundup::trace::Event| {
        let who = event.task.as_ref().map(|task| task.name.to_string());
        matches!(event.verb, Verb::Done { .. }) && who.as_deref() == Some("cake")
    };
    let end = events.iter().position(is_end_of_cake).unwrap();
    for event in timeline.chain(end) {
        println!("{}", events[event]);
    }
}
