//! The state at each moment and all delays, beside the model.
//!
//! Invariant: a state is compared whole, with all its orders.
//!
//! Read next: `props.rs`.

use groundup_trace::Event;
use groundup_view::{Doing, Kind, Lane, Thing, Timeline, blame};

use crate::model::{Act, Model, Whole};

/// The state of a timeline at a moment, in the words of the model.
pub(crate) fn shown(timeline: &Timeline, moment: usize) -> Whole {
    let (state, lanes) = (timeline.at(moment), timeline.lanes());
    let lane = |label: &str| lanes.iter().position(|lane| lane.label == label).unwrap();
    let task = |lane: &Lane| {
        let ended = lane
            .ended
            .filter(|(at, _)| *at < moment)
            .map(|(_, how)| how);
        let act = match lane.at(moment).map(|span| &span.doing) {
            Some(Doing::Ready) => Act::Ready,
            Some(Doing::Runs) => Act::Runs,
            Some(Doing::Asleep { until }) => Act::Asleep(*until),
            Some(Doing::Waits(on)) => Act::Waits(on.clone()),
            Some(other) => panic!("an activity that the model does not know: {other:?}"),
            None if ended.is_some() => Act::Ended,
            None => Act::Nothing,
        };
        (act, ended)
    };
    let timer = |timer: &Thing| match timer.kind {
        Kind::Timer { at } => (at, timer.number, timer.owner),
        other => panic!("{other:?} among the timers"),
    };
    Whole {
        tasks: lanes.iter().map(task).collect(),
        running: state.running().map(lane),
        ready: state.ready().into_iter().map(lane).collect(),
        timers: state.timers().into_iter().map(timer).collect(),
        pending: (state.pending().iter())
            .map(|thing| (thing.name(), thing.owner))
            .collect(),
        waits: (state.waits().iter())
            .map(|wait| (wait.from, wait.to, wait.in_circle))
            .collect(),
        circles: state.circles(),
        unpolled: state.unpolled(),
        parked: state.parked(),
    }
}

/// The states of the model at all moments. Its tasks are those of the timeline.
pub(crate) fn modelled(timeline: &Timeline) -> Vec<Whole> {
    let (events, lanes) = (timeline.events(), timeline.lanes());
    let (mut model, mut states) = (Model::default(), Vec::new());
    states.push(model.whole(lanes.len()));
    for at in 0..events.len() {
        model.read(events, at);
        states.push(model.whole(lanes.len()));
    }
    let tasks = model.tasks();
    assert_eq!(tasks.len(), lanes.len());
    for (task, lane) in tasks.into_iter().zip(lanes) {
        let unnumbered = task.number == 0 && task.name != lane.task.name;
        assert!(task.number == lane.task.number && !unnumbered, "{lane:?}");
    }
    states
}

/// Checks that the charges of a run add up to the delays of the model.
pub(crate) fn check_charges(events: &[Event]) {
    let mut model = Model::default();
    (0..events.len()).for_each(|at| model.read(events, at));
    model.end();
    assert_eq!(blame(events).total().as_nanos(), model.delays);
}
