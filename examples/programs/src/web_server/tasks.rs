//! The live page: each task, its wait, and the last moments drawn.
//!
//! The page has no script. The browser loads it again each second, unless its reader holds it, and each time
//! the server asks its own loop: `all_tasks` for the tasks, `explain` for the chain of waits, the trace for
//! the picture. The picture has the last minute: in a quiet hour a connection that has ended goes with its
//! minute, and under load with the oldest events of the log.

use std::time::Duration;

use groundup::trace::Visible;
use groundup::{all_tasks, current_loop, current_task, time};
use groundup_view::Timeline;

use super::pages::HEAD;
use super::{EVENTS, Site};

/// How old an event may be that the picture shows.
const WINDOW: Duration = Duration::from_secs(60);

/// Returns the page, as things are now. A page that is held does not load itself again.
pub fn page(site: &Site, is_held: bool) -> String {
    let (event_loop, here) = (current_loop(), current_task());
    let seconds = time().since_start().as_secs_f64();
    let rows: String = all_tasks()
        .iter()
        .map(|task| {
            let number = task.number().unwrap_or_default();
            let name = Visible(&task.to_string()).to_string();
            let waits = match here.as_ref() == Some(task) {
                true => "writes this page".to_string(),
                false => from_now(&without_places(&event_loop.explain(task)), seconds),
            };
            let waits = waits.strip_prefix(&name).unwrap_or(&waits).trim_start();
            let (name, waits) = (escaped(&name), escaped(waits));
            format!("<tr><td>{number}</td><td>{name}</td><td>{waits}</td></tr>\n")
        })
        .collect();
    let open = site.open();
    let answered = match site.answered.get() {
        1 => "1 request".to_string(),
        count => format!("{count} requests"),
    };
    // The axis of the picture begins where the events do.
    let mut events = site.log.events();
    let window = time().since_start().saturating_sub(WINDOW);
    events.retain(|event| u128::from(event.time) >= window.as_nanos());
    let before = events.first().map_or(0, |event| event.time);
    let span = seconds - before as f64 / 1e9;
    events.iter_mut().for_each(|event| event.time -= before);
    let (again, hold) = match is_held {
        true => ("", "This page is held. <a href=\"/tasks\">Go on</a>"),
        false => (
            "<meta http-equiv=\"refresh\" content=\"1\">",
            "Loaded again each second. <a href=\"/tasks?hold\">Hold it</a>",
        ),
    };
    let picture = Timeline::of(&events).titled("the last events").svg();
    format!(
        "{HEAD}{again}<title>Tasks of the server</title>
<h1>Tasks of the server</h1>
<p class=\"quiet\">{seconds:.1} s after its start; {answered} answered, {open} open. \
{hold} · <a href=\"/\">All pages</a></p>
<table class=\"tasks\"><tr><th>#</th><th>Task</th><th>Who waits for what</th></tr>
{rows}</table>
<h2>The last events</h2>
<p class=\"quiet\">{} events. The axis begins {span:.1} s ago, with the first of them. It is to scale between \
steps, and each step adds some room.</p>
<div class=\"picture\">{picture}</div>
<p class=\"quiet legend\">{}</p>
<p class=\"quiet\">The server keeps its last {EVENTS} events, and shows the last minute of them. Older ones are gone, \
and so are connections that have ended by then.</p>
",
        events.len(),
        legend(),
    )
}

/// The shapes of the picture, with their meanings. Their colours are those of the picture.
const SHAPES: [(&str, &str); 8] = [
    (
        "<rect class=\"runs\" width=\"14\" height=\"14\"/>",
        "a step",
    ),
    (
        "<rect class=\"waits\" y=\"5.5\" width=\"14\" height=\"3\"/>",
        "waits for a task or a socket",
    ),
    (
        "<rect class=\"asleep\" y=\"5.5\" width=\"14\" height=\"3\"/>",
        "asleep",
    ),
    (
        "<rect class=\"ready\" y=\"3\" width=\"14\" height=\"8\"/>",
        "could run",
    ),
    (
        "<rect class=\"late\" y=\"3\" width=\"14\" height=\"8\"/>",
        "late",
    ),
    (
        "<path class=\"wake\" d=\"M7 0V12m-3-4l3 4l3-4\"/>",
        "wakes another",
    ),
    (
        "<path class=\"spawn\" d=\"M7 0V12m-3-4l3 4l3-4\"/>",
        "spawns another",
    ),
    (
        "<circle class=\"done\" cx=\"7\" cy=\"7\" r=\"4.5\"/>",
        "has ended",
    ),
];

fn legend() -> String {
    let key = |(shape, words)| {
        format!("<span><svg class=\"gu\" viewBox=\"0 0 14 14\">{shape}</svg> {words}</span> ")
    };
    SHAPES.into_iter().map(key).collect()
}

/// Leaves out where in the source a lock was made, or a task awaits: this page is for people at a browser.
fn without_places(text: &str) -> String {
    let mut parts = text.split(" (");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| match part.split_once(')') {
        Some((inside, rest)) if inside.contains(".rs:") => text + rest,
        _ => text + " (" + part,
    })
}

/// Says how long a wait lasts yet, and not when it ends on the clock of the loop, which no reader sees.
fn from_now(text: &str, now: f64) -> String {
    let mut parts = text.split(" until ");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| {
        let end = part.split_once(" s").and_then(|(number, rest)| {
            let at: f64 = number.parse().ok()?;
            Some((at, rest))
        });
        match end {
            Some((at, rest)) => format!("{text} for {:.1} s more{rest}", (at - now).max(0.0)),
            None => text + " until " + part,
        }
    })
}

/// Writes a text so that a browser shows it as it is.
pub fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_string(),
        '<' => "&lt;".to_string(),
        '>' => "&gt;".to_string(),
        '"' => "&quot;".to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
