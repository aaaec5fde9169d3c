//! Each view of a small run: names, gaps, arrows, waits, sizes.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `bills.rs`.

use groundup_trace::{Event, Outcome, TaskId, Verb, Wait, read_trace};
use groundup_view::{Axis, Charge, Diff, Timeline, Victim, blame, diff, ledger};

fn trace(lines: &str) -> Vec<Event> {
    let text = format!("# groundup-trace 1\n{lines}");
    read_trace(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// A run of one task for each name, each of which waits for a thing of that name.
fn named(names: &[&str]) -> Vec<Event> {
    let mut events = Vec::new();
    for (number, name) in (1..).zip(names) {
        let mut event = |verb| {
            let task = Some(TaskId::new(number, *name));
            events.push(Event {
                time: 0,
                iteration: 1,
                task,
                verb,
            });
        };
        event(Verb::Spawn { by: None });
        event(Verb::Step);
        event(Verb::Yield {
            on: Wait::Other((*name).into()),
        });
    }
    events
}

/// Panics if a text is not well-formed: tags that match, and no bare `<` or `&`.
fn well_formed(xml: &str) {
    let mut open = Vec::new();
    let mut rest = xml;
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>'), "a bare >: {text}");
        for entity in text.split('&').skip(1) {
            assert!(
                ["lt;", "gt;", "amp;", "quot;", "#39;"]
                    .iter()
                    .any(|e| entity.starts_with(e))
            );
        }
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        let name = tag
            .split([' ', '/'])
            .find(|word| !word.is_empty())
            .unwrap_or("");
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name)),
            (false, true) => {}
            (false, false) => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn names_are_no_markup() {
    let long = "x".repeat(10_000);
    let names = [
        "\"",
        "</script><script>alert(1)</script>",
        "<!--",
        "{{script}}",
        "\u{202e}rtl",
        "ann\u{200b}",
        "עברית",
        "a\nb",
        "",
        "&amp;",
        &long,
    ];
    let timeline = Timeline::of(&named(&names))
        .titled("</title><b>")
        .mark(1, 0, "</svg>");
    let (page, svg) = (timeline.page(), timeline.svg());
    let diff = Diff::of(timeline.clone(), timeline.clone()).page();
    for page in [&page, &diff] {
        assert_eq!(
            page.matches("</script>").count(),
            2,
            "the data and the script"
        );
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</title>").count(), 1);
        assert!(!page.contains("alert(1)</") && !page.contains("<!--"));
        assert!(
            !page.contains(['\u{202e}', '\u{200b}']),
            "no name turns the direction of the page, or hides what makes it another name"
        );
    }
    well_formed(&svg);
    assert!(
        !svg.contains(['\u{202e}', '\u{200b}']) && svg.len() < 60_000,
        "{}",
        svg.len()
    );
    for line in timeline.text().lines() {
        assert!(line.chars().count() < 110, "{line}");
    }
    let labels: std::collections::BTreeSet<&str> =
        timeline.lanes().iter().map(|lane| &*lane.label).collect();
    assert_eq!(labels.len(), names.len());
    let dot = timeline.dot();
    assert!(dot.contains(r#"label="\"""#), "{dot}");
}

#[test]
fn a_lane_has_the_name_that_the_program_gave() {
    let events = trace(
        "0 0 spawn Task-1
         0 1 step Task-1
         0 1 spawn Task-2 by Task-1
         0 1 name Task-2 kettle
         0 1 spawn Task-3 by Task-1
         0 1 name Task-3 worker
         0 1 spawn Task-4 by Task-1
         0 1 name Task-4 worker",
    );
    let timeline = Timeline::of(&events);
    let labels: Vec<&str> = timeline.lanes().iter().map(|lane| &*lane.label).collect();
    assert_eq!(labels, ["Task-1", "kettle", "worker#3", "worker#4"]);
}

#[test]
fn a_cut_trace_says_so_in_a_sentence() {
    let gap = |lines| Timeline::of(&trace(lines)).gap().map(ToString::to_string);
    assert_eq!(gap("0 0 spawn a #1\n0 1 step a\n0 1 done a returned"), None);
    for (lines, start) in [
        (
            "0 1 step a",
            "event 1 is about a, which no earlier event spawns",
        ),
        (
            "0 1 fire - timer#3",
            "event 1 is about timer#3, which no earlier event arms",
        ),
        (
            "0 1 set - promise#3 failed",
            "event 1 is about promise#3, which no earlier event makes",
        ),
        (
            "0 1 run - callback#3",
            "event 1 is about callback#3, which no earlier event calls",
        ),
        (
            "0 0 spawn a #1\n0 1 step a",
            "the last event leaves a in the middle of a step",
        ),
        (
            "2 0 iteration -\n1 0 iteration -",
            "event 2 is earlier than the event before it",
        ),
    ] {
        let said = gap(lines).unwrap_or_default();
        assert!(said.starts_with(start) && said.contains(": "), "{said}");
        let page = Timeline::of(&trace(lines)).page();
        assert!(page.contains(start), "the page says it, too");
    }
}

/// The pictures of the README are those of the run in the documentation of the crate.
#[test]
fn the_readme_shows_what_the_views_draw() {
    let events = trace(
        "0 0 spawn main #1
         0 1 step main
         0 1 spawn hog #2 by main
         0 1 arm main timer#1 at 1
         0 1 yield main on timer at 1
         0 2 step hog
         2 2 done hog returned
         2 2 fire - timer#1
         2 2 wake main by timer#1
         2 3 step main
         2 3 done main returned",
    );
    let readme = include_str!("../../README.md");
    for shown in [Timeline::of(&events).text(), blame(&events).to_string()] {
        let listing = format!("```text\n{shown}```\n");
        assert!(
            readme.contains(&listing),
            "the README should show:\n{shown}"
        );
    }
}

#[test]
fn another_version_and_another_text_are_refused() {
    for (text, words) in [
        ("# groundup-trace 99\n", "a later one takes a later reader"),
        (
            "<html>",
            "a trace begins with a line that names its version",
        ),
        ("", "a trace begins with a line that names its version"),
        ("# groundup-trace 1\n0.000 1 st a", "line 2: found `st`"),
        (
            "# groundup-trace 1\n0.000 1 yield a on",
            "line 2: the line ends too early",
        ),
        (
            "# groundup-trace 1\n0.000 1 step \"a",
            "line 2: a quoted name goes wrong",
        ),
    ] {
        let error = Timeline::read(text).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn late_timers_are_charged_and_have_their_own_sign() {
    let events = trace(
        "0 0 spawn main #1
         0 0 spawn hog #2
         0 1 step main
         0 1 arm main timer#1 at 1
         0 1 yield main on timer at 1
         0 1 step hog
         0 1 call hog callback#1
         0 1 arm hog timer#2 at 0.5
         3 1 done hog returned
         3 1 fire - timer#2
         3 1 fire - timer#1
         3 1 run - callback#1
         3 1 wake main by timer#1
         3 2 step main
         3 2 arm main timer#3 at 4
         3 2 yield main on timer at 4
         3 3 park - until 4
         4.25 3 fire - timer#3
         4.25 3 wake main by timer#3
         4.5 4 step main
         4.5 4 done main returned",
    );
    assert_eq!(
        blame(&events).to_string(),
        "hog delayed timer#2 of hog by 2.500 s, main by 2.000 s\n\
         the loop delayed main by 0.250 s\n\
         the machine delayed main by 0.250 s\n\
         5.000 s in all\n"
    );
    let timeline = Timeline::of(&events);
    assert!(timeline.text().contains('▒') && timeline.svg().contains("class=\"late\""));
}

#[test]
fn a_ready_task_that_yields_is_delayed_by_the_others() {
    let events = trace(
        "0 0 spawn a #1
         0 0 spawn b #2
         0 1 step a
         1 1 yield a on nothing
         1 1 step b
         3 1 done b returned
         3 2 step a
         3 2 done a returned",
    );
    let blame = blame(&events);
    assert_eq!(
        blame.to_string(),
        "b delayed a by 2.000 s\na delayed b by 1.000 s\n3.000 s in all\n"
    );
}

/// Of 300 tasks that are ready together, each delays all that run after it: 44,850 charges.
#[test]
fn many_charges_are_added_up_for_each_culprit() {
    const TASKS: u64 = 300;
    let event = |time, number: u64, verb| Event {
        time,
        iteration: 1,
        task: Some(TaskId::new(number, format!("t{number}"))),
        verb,
    };
    let spawns = (0..TASKS).map(|task| event(0, task + 1, Verb::Spawn { by: None }));
    let steps = (0..TASKS).flat_map(|task| {
        let done = Verb::Done {
            how: Outcome::Returned,
        };
        [
            event(task, task + 1, Verb::Step),
            event(task + 1, task + 1, done),
        ]
    });
    let blame = blame(&spawns.chain(steps).collect::<Vec<_>>());
    assert_eq!(
        blame.total().as_nanos(),
        u128::from(TASKS * (TASKS - 1) / 2)
    );
    let mut owed = vec![(0, 0); TASKS as usize];
    for charge in blame.charges() {
        let number: usize = charge.by.to_string()[1..].parse().expect("a task");
        let victims = match charge.to {
            Victim::Others(count) => count,
            _ => 1,
        };
        let (delay, count) = &mut owed[number - 1];
        (*delay, *count) = (*delay + charge.delay.as_nanos() as usize, *count + victims);
    }
    for (after, owed) in (0..TASKS as usize).rev().zip(owed) {
        assert_eq!(owed, (after, after), "a nanosecond to each task behind it");
    }
    let sums = |charge: &&Charge| matches!(charge.to, Victim::Others(_));
    let sums = blame.charges().iter().filter(sums).count();
    assert_eq!(blame.charges().len() - sums, 10_000);
    assert!(sums < TASKS as usize && blame.to_string().contains(" others by "));
}

#[test]
fn each_event_has_its_cause() {
    let lines = [
        ("0 0 spawn main #1", None),
        ("0 0 spawn cook #2", None),
        ("0 1 step main", Some(0)),
        ("0 1 name main chef", Some(2)),
        ("0 1 spawn aide #3 by chef", Some(2)),
        ("0 1 make chef promise#1", Some(2)),
        ("0 1 call chef callback#1", Some(2)),
        ("0 1 arm chef timer#1 at 1", Some(2)),
        ("0 1 cancel cook by chef", Some(2)),
        ("0 1 yield chef on promise#1", Some(2)),
        ("0 1 wake cook by cancel", Some(8)),
        ("0 1 step cook", Some(1)),
        ("0 1 done cook cancelled", Some(11)),
        ("0 2 step aide", Some(4)),
        ("0 2 yield aide on task cook", Some(13)),
        ("0 2 wake aide by task cook", Some(12)),
        ("0 2 park - until 1", None),
        ("1 2 fire - timer#1", Some(7)),
        ("1 2 run - callback#1", Some(6)),
        ("1 2 set - promise#1 fulfilled", Some(18)),
        ("1 2 wake chef by promise#1", Some(19)),
        ("1 3 iteration -", None),
        ("1 3 step aide", Some(15)),
        ("1 3 wake aide by itself", Some(22)),
        ("1 3 yield aide on nothing", Some(22)),
        ("1 3 step chef", Some(20)),
        ("1 3 wake aide by outside", None),
        ("1 3 done chef panicked", Some(25)),
        ("1 3 raise chef boom", Some(27)),
        ("1 4 step aide", Some(23)),
        ("1 4 wake aide by task chef", Some(27)),
    ];
    let text: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let timeline = Timeline::of(&trace(&text.join("\n")));
    for (event, (line, cause)) in lines.into_iter().enumerate() {
        assert_eq!(timeline.cause(event), cause, "{event}: {line}");
    }
    assert_eq!(
        timeline.chain(20),
        [20, 19, 18, 6, 2, 0],
        "a wake leads to the root"
    );
}

#[test]
fn a_circle_is_found_and_red() {
    let events = trace(
        "0 0 spawn a #1
         0 0 spawn b #2
         0 0 spawn c #3
         0 1 step a
         0 1 yield a on task b
         0 1 step b
         0 1 yield b on lock#1 held by a
         0 1 step c
         0 1 yield c on task a
         0 2 done a dropped
         0 2 done b dropped
         0 2 done c dropped",
    );
    let timeline = Timeline::of(&events);
    let state = timeline.at(timeline.last_moment());
    assert_eq!(state.circles(), [[0, 1]]);
    let red: Vec<bool> = state.waits().iter().map(|wait| wait.in_circle).collect();
    assert_eq!(red, [true, true, false]);
    let dot = timeline.dot();
    assert_eq!(dot.matches("color=red").count(), 4, "{dot}");
    let text = timeline.text();
    assert_eq!(
        (text.matches('□').count(), text.matches('■').count()),
        (3, 0),
        "{text}"
    );
    assert!(
        timeline.at(events.len()).circles().is_empty(),
        "the loop was closed"
    );
}

#[test]
fn an_await_that_is_not_polled_is_marked_in_each_view() {
    let events = trace(
        "0 0 spawn cook #1
         0 1 make cook promise#1
         0 1 make cook promise#2
         0 1 step cook
         0 1 yield cook on several
         1 2 set - promise#1 fulfilled
         1 2 wake cook by promise#1
         1 3 step cook
         1 3 yield cook on promise#2
         1 3 unpolled cook promise#1
         2 4 set - promise#2 fulfilled
         2 4 wake cook by promise#2
         2 5 step cook
         2 5 yield cook on promise#3",
    );
    let timeline = Timeline::of(&events);
    let unpolled: Vec<_> = (0..=events.len())
        .filter(|moment| !timeline.at(*moment).unpolled().is_empty())
        .collect();
    assert_eq!(unpolled, [10, 11], "from its event to the next wake");
    let state = timeline.at(10);
    assert_eq!(state.unpolled(), [(0, 1)]);
    let says = "cook: waits for promise#2; promise#1 is set, but its await was not polled\n";
    assert!(state.to_string().contains(says), "{state}");
    let dot = state.dot();
    let node = r#"t0 [label="cook\npromise#1 is set, not polled", color=orange];"#;
    assert!(dot.contains(node), "{dot}");
    let text = timeline.text();
    let line = "? a promise is set, and the step has not polled its await\n";
    assert!(text.contains('?') && text.ends_with(line), "{text}");
    let svg = timeline.svg();
    let title = "<title>promise#1 is set, but its await was not polled</title>";
    assert_eq!(svg.matches(title).count(), 1, "{svg}");
    well_formed(&svg);
    let plain = Timeline::of(&events[..9]);
    assert!(!plain.text().contains('?') && !plain.svg().contains("not polled"));
}

#[test]
fn the_ledger_lists_open_things_and_strangers() {
    let events = trace(
        "0 0 spawn a #1
         0 1 step a
         0 1 arm a timer#1 at 3
         0 1 arm a timer#2 at 4
         0 1 make a promise#1
         0 1 yield a on promise#1
         4 1 fire - timer#2
         4 1 run - callback#7
         5 1 done a dropped",
    );
    let ledger = ledger(&events);
    assert_eq!(
        ledger.to_string(),
        "tasks      1 spawned: 1 dropped\n\
         timers     2 armed: 1 fired; open: timer#1 of a\n\
         promises   1 made; open: promise#1 of a\n\
         callbacks  0 called; not begun: callback#7\n"
    );
    assert!(!ledger.is_balanced());
}

#[test]
#[should_panic(expected = "the ledger is not balanced")]
fn an_unbalanced_ledger_panics_if_asked_to() {
    ledger(&trace("0 0 spawn a #1")).assert_balanced();
}

#[test]
fn a_diff_pairs_tasks_by_birth_and_not_by_number() {
    let first = trace(
        "0 0 spawn main #1
         0 0 spawn other #2
         0 1 step main
         0 1 spawn Task-3 by main
         0 1 done main returned
         0 1 step other
         0 1 spawn Task-4 by other
         0 1 done other returned",
    );
    let second = trace(
        "0 0 spawn main #1
         0 0 spawn other #2
         0 1 step other
         0 1 spawn Task-3 by other
         0 1 done other returned
         0 1 step main
         0 1 spawn Task-4 by main
         0 1 done main returned",
    );
    let diff = diff(&first, &second);
    assert!(diff.differences().is_empty(), "{diff}");
    assert_eq!(diff.parting(), Some([Some(2), Some(2)]));
    assert!(diff.to_string().starts_with(
        "the runs part at 0.000: in the first, main steps; in the second, other steps\n4 tasks have"
    ));
}

/// A task that the other run does not have is equal to no other task, and not to the lack of one.
#[test]
fn a_task_without_a_partner_is_a_difference_from_both_sides() {
    let alone = trace("0 0 make x promise#1");
    let other = trace("0 0 make y promise#1");
    let nobody = trace("0 0 make - promise#1");
    for [a, b] in [[&nobody, &alone], [&alone, &nobody], [&alone, &other]] {
        assert_eq!(diff(a, b).parting(), Some([Some(0), Some(0)]));
    }
}

#[test]
fn a_hundred_thousand_events_fit_a_page() {
    let mut events = vec![];
    for number in 0..100 {
        let task = Some(TaskId::new(number + 1, format!("worker-{number}")));
        events.push(Event {
            time: 0,
            iteration: 0,
            task,
            verb: Verb::Spawn { by: None },
        });
    }
    for round in 0..500 {
        for number in 0..100 {
            let task = Some(TaskId::new(number + 1, format!("worker-{number}")));
            let (time, iteration) = (round * 1_000_000 + number * 1_000, round + 1);
            events.push(Event {
                time,
                iteration,
                task: task.clone(),
                verb: Verb::Step,
            });
            let verb = Verb::Yield { on: Wait::Nothing };
            events.push(Event {
                time: time + 500,
                iteration,
                task,
                verb,
            });
        }
    }
    let page = Timeline::of(&events).page();
    assert!(page.len() < 5_000_000, "{}", page.len());
}

#[test]
fn the_axis_of_order_shows_what_the_axis_of_time_hides() {
    let events = trace(
        "0 0 spawn a #1
         0 0 spawn b #2
         0 1 step a
         0 1 done a returned
         0 1 step b
         0 1 done b returned",
    );
    let timeline = Timeline::of(&events);
    assert_eq!(
        timeline.text(),
        "step  1 2\na     ■\nb     · ■\n",
        "no time passes"
    );
    assert_eq!(timeline.clone().by(Axis::Order).text(), timeline.text());
    assert!(timeline.by(Axis::Time).text().contains("a  ■"));
}
