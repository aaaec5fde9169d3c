//! Properties of the views, over random events and recorded runs.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `browser.rs`.

use groundup_trace::{Event, Verb};
use groundup_view::{Axis, Diff, Timeline, blame, diff, ledger};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::events::events;
use crate::moments::{check_charges, modelled, shown};
use crate::recorded;
use crate::traces::check_perfetto;

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
    check_perfetto(&first[6]);
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

/// Compares the state with the model forward, and back.
fn check_states(timeline: &Timeline) {
    let states = modelled(timeline);
    let forward = 0..states.len();
    for moment in forward.clone().chain(forward.rev()) {
        assert_eq!(shown(timeline, moment), states[moment], "moment {moment}");
    }
}

proptest! {
    /// The state at a moment is that of the model, whichever way leads to it.
    #[test]
    fn forward_and_back_reach_the_same_state(
        events in events().prop_map(without_renames),
        way in vec(0_usize..3, 0..80),
    ) {
        let timeline = Timeline::of(&events);
        check_states(&timeline);
        let (states, mut moment) = (modelled(&timeline), 0_usize);
        for turn in way {
            moment = match turn {
                0 => moment.saturating_sub(1),
                1 => (moment + 1).min(events.len()),
                _ => events.len() - moment,
            };
            prop_assert_eq!(&shown(&timeline, moment), &states[moment]);
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

    /// The places where two runs part, and where their tasks do, are the same from both sides.
    #[test]
    fn a_diff_is_the_same_from_both_sides(first in events(), second in events(), common in 0_usize..60) {
        let common = first[..common.min(first.len())].iter().cloned();
        let second: Vec<Event> = common.chain(second).collect();
        let (one, other) = (diff(&first, &second), diff(&second, &first));
        let swapped = other.parting().map(|[a, b]| [b, a]);
        prop_assert_eq!(one.parting(), swapped);
        let places = |diff: &Diff, turn: bool| {
            let places = diff.differences().iter().map(|difference| {
                let [a, b] = difference.events;
                if turn { [b, a] } else { [a, b] }
            });
            let mut places: Vec<_> = places.collect();
            places.sort_unstable();
            places
        };
        prop_assert_eq!(places(&one, false), places(&other, true));
        prop_assert_eq!(one.is_same(), other.is_same());
    }
}

#[test]
fn the_properties_hold_for_recorded_runs() {
    for (name, events) in recorded::all() {
        println!("{name}");
        check(&events);
        check_charges(&events);
        check_states(&Timeline::of(&events));
    }
}
