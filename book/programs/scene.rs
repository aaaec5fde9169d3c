//! Draws a shop at some moments of a run, from the events of the run.

use std::fmt::Write;

use groundup::EventLoop;
use groundup::trace::{Cause, Event, Recorder, Verb, Wait};

/// Where a customer is at a moment.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Away,
    AtTheCounter,
    InLine,
    Sits,
    Called,
}

/// Runs `shop` on virtual time, and returns its events.
pub fn watch(shop: impl Future<Output = ()> + 'static) -> Vec<Event> {
    let log = Recorder::new();
    let builder = EventLoop::builder().virtual_time().trace(log.clone());
    builder.build().run_until_complete(shop).unwrap();
    log.events()
}

/// Returns the events up to a time in milliseconds.
pub fn until(events: &[Event], ms: u64) -> &[Event] {
    let later = |event: &Event| event.time > ms * 1_000_000;
    &events[..events.iter().position(later).unwrap_or(events.len())]
}

/// Returns the events up to the call of a customer: the wake by the customer's cup.
pub fn called<'a>(events: &'a [Event], name: &str) -> &'a [Event] {
    let cup = format!("{name}'s cup");
    let calls = |event: &Event| match &event.verb {
        Verb::Wake {
            by: Cause::Task(task),
        } => *task.name == *cup,
        _ => false,
    };
    &events[..=events.iter().position(calls).expect("the name is called")]
}

/// Where the customer is after these events.
fn place(events: &[Event], name: &str, now: u64) -> Place {
    let own = |event: &&Event| event.task.as_ref().is_some_and(|task| &*task.name == name);
    match events.iter().rfind(own).map(|event| &event.verb) {
        Some(Verb::Step) => Place::AtTheCounter,
        Some(Verb::Yield {
            on: Wait::Timer { at },
        }) if *at <= now => Place::InLine,
        Some(Verb::Yield { on: Wait::Task(_) }) => Place::Sits,
        Some(Verb::Wake { by: Cause::Task(_) }) => Place::Called,
        Some(Verb::Wake {
            by: Cause::Timer(_),
        }) => Place::InLine,
        _ => Place::Away,
    }
}

/// Draws two rows of two panels, each with a title, a time in ms, and the events so far.
pub fn strip(what: &str, who: &str, panels: [(&str, u64, &[Event]); 4]) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 360\" role=\"img\" \
         aria-label=\"{what}\" style=\"max-width:640px;width:100%;height:auto\" fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\">\n<title>{what}</title>\n"
    );
    for (number, (title, ms, events)) in panels.into_iter().enumerate() {
        let (x, y) = (number % 2 * 325, number / 2 * 182);
        let _ = writeln!(out, "<g transform=\"translate({x} {y})\">");
        out += "<rect x=\"3\" y=\"3\" width=\"310\" height=\"170\" rx=\"6\" opacity=\"0.35\"/>\n";
        out += &text(14, 22, "start", &format!("{} s", ms / 1_000));
        out += &text(60, 22, "start", title);
        out += "<path d=\"M12 148 H304\" opacity=\"0.4\"/>\n";
        out += "<rect x=\"96\" y=\"112\" width=\"46\" height=\"36\" rx=\"3\"/>\n";
        out += &text(119, 134, "middle", "counter");
        out += &person(74, who, Place::Away);
        out += &oven(events);
        let (mut line, mut seat) = (168, 202);
        for name in ["asha", "ben", "cleo"] {
            match place(events, name, ms * 1_000_000) {
                Place::Away => {}
                Place::Sits => {
                    out += &person(seat, name, Place::Sits);
                    seat += 38;
                }
                standing => {
                    out += &person(line, name, standing);
                    line += 45;
                }
            }
        }
        out += "</g>\n";
    }
    out + "</svg>"
}

/// Draws the oven, with a puff for a customer who has the thread, or a cup for each that is brewed.
fn oven(events: &[Event]) -> String {
    let mut out = String::from("<rect x=\"12\" y=\"88\" width=\"44\" height=\"60\" rx=\"3\"/>\n");
    let done = |name: &str| {
        let ends = |event: &Event| {
            matches!(event.verb, Verb::Done { .. }) && event.task.iter().any(|t| &*t.name == name)
        };
        events.iter().any(ends)
    };
    let mut y = 104;
    for event in events {
        let (Verb::Spawn { .. }, Some(task)) = (&event.verb, &event.task) else {
            continue;
        };
        if task.name.ends_with("cup") && !done(&task.name) {
            let _ = writeln!(out, "<path d=\"M28 {y} h12 l-2 10 h-8 Z\"/>");
            y += 15;
        }
        if place(events, &task.name, 0) == Place::AtTheCounter {
            out += "<path d=\"M20 128 q14 -22 28 0 Z\" fill=\"currentColor\" opacity=\"0.3\"/>\n";
        }
    }
    out
}

fn text(x: u32, y: u32, anchor: &str, words: &str) -> String {
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"12\" text-anchor=\"{anchor}\" fill=\"currentColor\" \
         stroke=\"none\">{words}</text>\n"
    )
}

/// Draws a person with the feet on the floor, or on a chair with a book.
fn person(x: u32, name: &str, place: Place) -> String {
    let happy = !matches!(place, Place::AtTheCounter | Place::InLine);
    let mouth = if happy { 3 } else { -3 };
    let head = if place == Place::Sits { 92 } else { 88 };
    let mut out = format!("<circle cx=\"{x}\" cy=\"{head}\" r=\"9\"/>\n<path d=\"M");
    let _ = write!(out, "{} {} q4 {mouth} 8 0\"/>\n<path d=\"", x - 4, head + 3);
    let _ = match place {
        Place::Sits => write!(
            out,
            "M{x} 101 v24 h16 v22 M{x} 108 l11 5 M{} 105 l9 4 v9 l-9 -4 Z M{} 109 l7 -4 v9 l-7 4\"/>\n\
             <path d=\"M{} 106 v42 M{} 127 h10\" opacity=\"0.4",
            x + 10,
            x + 19,
            x - 8,
            x - 8
        ),
        _ => write!(
            out,
            "M{x} 97 v27 l-7 24 M{x} 124 l7 24 M{x} 105 l-9 12 M{x} 105 l9 12"
        ),
    };
    out += "\"/>\n";
    if place == Place::Called {
        let _ = writeln!(
            out,
            "<path d=\"M88 66 Q{} 26 {} 72\" stroke=\"var(--links, #2b6cb0)\"/>\n\
             <path d=\"M{} 77 l-7 -8 l8 -2 Z\" fill=\"var(--links, #2b6cb0)\" stroke=\"none\"/>",
            (88 + x) / 2,
            x - 3,
            x - 1
        );
        out += &text(
            (88 + x) / 2,
            42,
            "middle",
            &format!("\u{201c}{name}!\u{201d}"),
        );
    }
    out + &text(x, 164, "middle", name)
}
