//! Properties of the views, over random events and recorded runs.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `browser.rs`.

use groundup_trace::{Cause, Event, Verb};
use groundup_view::{Axis, Diff, Doing, Timeline, blame, diff, ledger};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::events::events;
use crate::model::Model;
use crate::recorded;

/// The numbers of the timers that wake a task.
fn woken_by_timer(events: &[Event]) -> Vec<u64> {
    let timers = events.iter().filter_map(|event| match event.verb {
        Verb::Wake {
            by: Cause::Timer(timer),
        } => Some(timer),
        _ => None,
    });
    timers.collect()
}

/// The word of the model for the activity of a task at a moment.
fn word(timeline: &Timeline, lane: usize, moment: usize) -> &'static str {
    match timeline.lanes()[lane].at(moment).map(|span| &span.doing) {
        Some(Doing::Ready) => "ready",
        Some(Doing::Runs) => "runs",
        Some(Doing::Asleep { .. }) => "asleep",
        Some(_) => "waits",
        None => "nothing",
    }
}

/// Compares the state at every moment with the model, and returns the states as text.
fn states(events: &[Event]) -> Vec<String> {
    let timeline = Timeline::of(events);
    let (mut model, wakes) = (Model::default(), woken_by_timer(events));
    for moment in 0..=events.len() {
        if let Some(at) = moment.checked_sub(1) {
            model.read(at, &events[at], &wakes);
        }
        let state = timeline.at(moment);
        for row in &model.rows {
            let same = |lane: &groundup_view::Lane| {
                let number = lane.task.number == row.task.number;
                number && (row.task.number != 0 || lane.task.name == row.task.name)
            };
            let lane = timeline
                .lanes()
                .iter()
                .position(same)
                .expect("each task has a lane");
            let doing = if row.doing == "ended" {
                "nothing"
            } else {
                row.doing
            };
            assert_eq!(
                word(&timeline, lane, moment),
                doing,
                "{moment}: {:?}",
                row.task
            );
        }
        let promises = |of: Vec<u64>| {
            let mut of = of;
            of.sort_unstable();
            of
        };
        let unpolled = state.unpolled().into_iter().map(|(_, promise)| promise);
        let modelled = model.unpolled.iter().map(|(_, promise)| *promise);
        assert_eq!(promises(unpolled.collect()), promises(modelled.collect()));
        assert_eq!(state.ready().len(), model.ready().len());
        let timers: Vec<u64> = state.timers().iter().map(|timer| timer.number).collect();
        let mut armed = model.timers.clone();
        armed.sort_by_key(|(number, at, _)| (*at, *number));
        let armed: Vec<u64> = armed.into_iter().map(|(number, ..)| number).collect();
        assert_eq!(timers, armed);
    }
    let states = (0..=events.len()).map(|moment| timeline.at(moment).to_string());
    states.collect()
}

/// Removes the new names of tasks without a number: a model cannot follow them.
fn without_renames(mut events: Vec<Event>) -> Vec<Event> {
    events.retain(|event| {
        let unknown = event.task.as_ref().is_some_and(|task| task.number == 0);
        !(unknown && matches!(event.verb, Verb::Name { .. }))
    });
    events
}

/// All views of a list of events, as one text.
fn views(events: &[Event]) -> Vec<String> {
    let timeline = Timeline::of(events)
        .titled("a <title>")
        .mark(3, 0, "a </script> line");
    let half = &events[..events.len() / 2];
    vec![
        timeline.text(),
        timeline.clone().by(Axis::Order).text(),
        timeline.clone().by(Axis::Time).text(),
        timeline.svg(),
        timeline.clone().by(Axis::Order).svg(),
        timeline.page(),
        timeline.perfetto(),
        timeline.dot(),
        timeline.gap().map(ToString::to_string).unwrap_or_default(),
        blame(events).to_string(),
        ledger(events).to_string(),
        diff(events, half).to_string(),
        diff(half, events).page(),
    ]
}

/// Checks everything that holds for every list of events.
fn check(events: &[Event]) {
    let (first, second) = (views(events), views(events));
    assert!(first == second, "a view differs the second time");
    let _: serde_json::Value = serde_json::from_str(&first[6]).expect("Perfetto's JSON is JSON");
    check_verbs(events, &first[5]);
    let timeline = Timeline::of(events);
    for lane in timeline.lanes() {
        let in_order = lane.spans.windows(2).all(|pair| pair[0].to <= pair[1].from);
        let forward = lane.spans.iter().all(|span| span.from < span.to);
        assert!(in_order && forward, "{lane:?}");
    }
    for event in 0..events.len() {
        assert!(timeline.cause(event).is_none_or(|cause| cause < event));
    }
    for account in ledger(events).accounts() {
        let ends: usize = account.ends.values().sum();
        assert_eq!(account.begun, ends + account.open.len(), "{account}");
    }
    let same = Diff::of(timeline.clone(), timeline);
    assert!(same.is_same(), "{same}");
}

/// Checks that the script of a page names the verb of each event.
fn check_verbs(events: &[Event], page: &str) {
    let between = |begin: &str, end: &str| {
        let (_, rest) = page.split_once(begin).expect(begin);
        rest.split_once(end).expect(end).0.to_string()
    };
    let (words, numbers) = (between("const VERBS=\"", "\""), between("\"v\":[", "]"));
    let words: Vec<&str> = words.split(' ').collect();
    let numbers = numbers.split(',').filter(|number| !number.is_empty());
    let shown: Vec<&str> = numbers
        .map(|number| words[number.parse::<usize>().expect("a number")])
        .collect();
    let verbs: Vec<&str> = events.iter().map(|event| event.verb.word()).collect();
    assert_eq!(shown, verbs);
}

/// Checks that the charges of a run add up to the delays of the model.
fn check_charges(events: &[Event]) {
    let (mut model, wakes) = (Model::default(), woken_by_timer(events));
    for (at, event) in events.iter().enumerate() {
        model.read(at, event, &wakes);
    }
    model.end();
    assert_eq!(blame(events).total().as_nanos(), model.delays);
}

proptest! {
    /// The state at a moment is the same, whichever way leads to it.
    #[test]
    fn forward_and_back_reach_the_same_state(
        events in events().prop_map(without_renames),
        way in vec(0_usize..3, 0..80),
    ) {
        let (states, timeline) = (states(&events), Timeline::of(&events));
        let mut moment = 0_usize;
        for turn in way {
            moment = match turn {
                0 => moment.saturating_sub(1),
                1 => (moment + 1).min(events.len()),
                _ => events.len() - moment,
            };
            prop_assert_eq!(&timeline.at(moment).to_string(), &states[moment]);
        }
    }

    /// The charges of all delays add up to the delays, to the nanosecond.
    #[test]
    fn charges_add_up_to_the_delays(events in events().prop_map(without_renames)) {
        check_charges(&events);
    }

    /// Every list of events has every view, and each is the same the second time.
    #[test]
    fn every_view_of_every_list_is_the_same_twice(events in events()) {
        check(&events);
    }

    /// The place where two runs part is the same from both sides.
    #[test]
    fn a_diff_is_the_same_from_both_sides(first in events(), second in events()) {
        let (one, other) = (diff(&first, &second), diff(&second, &first));
        let swapped = other.parting().map(|[a, b]| [b, a]);
        prop_assert_eq!(one.parting().is_some(), swapped.is_some());
        prop_assert_eq!(one.is_same(), other.is_same());
    }
}

#[test]
fn the_properties_hold_for_recorded_runs() {
    for (name, events) in recorded::all() {
        println!("{name}");
        check(&events);
        check_charges(&events);
        let states = states(&events);
        let timeline = Timeline::of(&events);
        for moment in (0..=events.len()).rev() {
            assert_eq!(timeline.at(moment).to_string(), states[moment], "{name}");
        }
    }
}
