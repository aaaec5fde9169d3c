//! Random events: any list of them, and lists with a clock that goes on.
//!
//! Invariant: a task, a timer and a promise have few numbers, so that events meet.
//!
//! Read next: `model.rs`.

use groundup_trace::{Cause, Event, Name, Outcome, PromiseOutcome, TaskId, Verb, Wait};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Names that could be mistaken for a part of the format, and names of any characters.
fn name() -> impl Strategy<Value = Name> {
    const WORDS: &[&str] = &[
        "main",
        "</script>",
        "<!--",
        "{{data}}",
        "\u{202e}abc",
        "עברית",
        "Task-1",
        "-",
        "",
        "by",
        "on",
        "at",
        "held",
        "until",
        "task",
        "timer",
        "nothing",
        "outside",
        "several",
        "timer#1",
        "promise#1",
        "promise#",
        "itself",
        "\"",
        "\\",
        "\\n",
        "a b",
        " a",
        "a ",
        "\u{a0}",
        "\u{85}",
        "tick\r\n",
        "0.000",
        "step",
        "#",
        "#1",
        "kettle#2",
        "Task-0",
        "Task-01",
        "Task-18446744073709551616",
        "callback#1",
    ];
    prop_oneof![
        proptest::sample::select(WORDS).prop_map(Name::from),
        "[a-z]{1,8}(-[0-9])?".prop_map(Name::from),
        vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect::<String>().into()),
    ]
}

/// Mostly few names and few numbers, so that they collide; sometimes any.
fn task() -> impl Strategy<Value = TaskId> {
    let few = proptest::sample::select(["a", "b", "Task-1", "Task-2", "#1", "a b"].as_slice());
    prop_oneof![
        4 => (0_u64..4, few).prop_map(|(number, name)| TaskId::new(number, name)),
        1 => (any::<u64>(), name()).prop_map(|(number, name)| TaskId::new(number, name)),
        1 => name().prop_map(TaskId::from),
    ]
}

/// Numbers that often meet.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0_u64..4, 1 => any::<u64>()]
}

/// Times with few decimals, and times of any size.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![(0_u64..100_000).prop_map(|ms| ms * 1_000_000), any::<u64>()]
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        Just(Wait::Nothing),
        task().prop_map(Wait::Task),
        number().prop_map(Wait::Promise),
        time().prop_map(|at| Wait::Timer { at }),
        Just(Wait::Outside),
        Just(Wait::Several),
        (name(), option::of(task())).prop_map(|(what, by)| Wait::Held { what, by }),
        name().prop_map(Wait::Io),
        name().prop_map(Wait::Other),
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        Just(Cause::Itself),
        task().prop_map(Cause::Task),
        number().prop_map(Cause::Promise),
        number().prop_map(Cause::Timer),
        number().prop_map(Cause::Callback),
        Just(Cause::Cancel),
        name().prop_map(Cause::Io),
        Just(Cause::Thread),
        Just(Cause::Outside),
    ]
}

fn promise_outcome() -> impl Strategy<Value = PromiseOutcome> {
    proptest::sample::select(
        [
            PromiseOutcome::Fulfilled,
            PromiseOutcome::Failed,
            PromiseOutcome::Cancelled,
            PromiseOutcome::Dropped,
        ]
        .as_slice(),
    )
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        option::of(task()).prop_map(|by| Verb::Spawn { by }),
        task().prop_map(|task| Verb::Name { name: task.name }),
        Just(Verb::Step),
        wait().prop_map(|on| Verb::Yield { on }),
        cause().prop_map(|by| Verb::Wake { by }),
        proptest::sample::select(
            [
                Outcome::Returned,
                Outcome::Cancelled,
                Outcome::Panicked,
                Outcome::Dropped,
            ]
            .as_slice()
        )
        .prop_map(|how| Verb::Done { how }),
        option::of(task()).prop_map(|by| Verb::Cancel { by }),
        number().prop_map(|promise| Verb::Unpolled { promise }),
        number().prop_map(|promise| Verb::Make { promise }),
        (number(), promise_outcome()).prop_map(|(promise, how)| Verb::Set { promise, how }),
        number().prop_map(|callback| Verb::Call { callback }),
        number().prop_map(|callback| Verb::Run { callback }),
        number().prop_map(|callback| Verb::Drop { callback }),
        (number(), time()).prop_map(|(timer, at)| Verb::Arm { timer, at }),
        number().prop_map(|timer| Verb::Fire { timer }),
        number().prop_map(|timer| Verb::Disarm { timer }),
        Just(Verb::Iteration),
        option::of(time()).prop_map(|until| Verb::Park { until }),
        name().prop_map(|what| Verb::Raise { what }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let time = prop_oneof![9 => (0_u64..40).prop_map(|ms| ms * 1_000_000), 1 => any::<u64>()];
    let parts = (time, 0_u64..9, option::weighted(0.8, task()), verb());
    parts.prop_map(|(time, iteration, task, verb)| Event {
        time,
        iteration,
        task,
        verb,
    })
}

/// Any list of events; in half of them the clock goes on.
pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    (vec(event(), 0..60), any::<bool>()).prop_map(|(mut events, in_order)| {
        if in_order {
            events.sort_by_key(|event| event.time);
        }
        events
    })
}
