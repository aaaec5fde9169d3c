//! With `tracing`: the loop's trace among the program's own events.
//!
//! A closure is a sink. It makes each event of the loop an event of `tracing`, at the level of its
//! verb; the columns become fields. If the subscriber calls the loop, the loop emits no events of
//! that call.

use std::time::Duration;

use groundup::trace::{Event, Verb};
use groundup::{EventLoop, Runner, sleep, spawn_named};
use tracing::Level;

/// Passes an event of the loop on to the subscriber of this thread.
fn to_tracing(event: &Event) {
    let task = event.task.as_ref().map_or("-", |task| &*task.name);
    let verb = event.verb.word();
    let time = Duration::from_nanos(event.time).as_secs_f64();
    match &event.verb {
        Verb::Raise { what } => tracing::error!(target: "groundup", time, %what, "{verb}"),
        Verb::Done { how } => tracing::info!(target: "groundup", time, task, %how, "{verb}"),
        Verb::Spawn { .. } | Verb::Cancel { .. } => {
            tracing::info!(target: "groundup", time, task, "{verb}")
        }
        Verb::Wake { by } => tracing::debug!(target: "groundup", time, task, %by, "{verb}"),
        _ => tracing::trace!(target: "groundup", time, task, "{verb}"),
    }
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_ansi(false)
        .without_time()
        .with_writer(std::io::stdout)
        .init();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .trace(to_tracing)
        .build();
    Runner::with_loop(event_loop).run(async {
        let kettle = spawn_named("kettle", async {
            sleep(Duration::from_secs(180)).await;
            tracing::info!("the water boils");
        });
        let slow = spawn_named("slow", sleep(Duration::MAX));
        kettle.await?;
        slow.cancel();
        tracing::warn!(error = %slow.await.unwrap_err(), "tea without cake");
        anyhow::Ok(())
    })?
}
