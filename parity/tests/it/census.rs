//! The random programs contain every word of their language.

use std::thread;

use crate::silence_this_thread;

use groundup_parity::census::Census;
use groundup_parity::generator::Vocabulary;

/// Every word of the language.
const WORDS: &str = "add at await block call cancel cancelling context done each expired fail forget \
                     gather gathering get group holding keep kept later new on outcomes panic promise put raise repeat \
                     reschedule rethrow return say set shield shielding sleep soon spawn state stop \
                     timeout try uncancel wait wait_for while yield";

/// The statements that take members, and the kinds of members.
const VERBS: &str = "await gather outcomes wait each keep wait_for shield gathering shielding";
const MEMBERS: [&str; 5] = ["task", "child", "promise", "gather", "shield"];

/// The methods of the objects that tasks share.
const METHODS: [(&str, &str); 9] = [
    ("a lock", "acquire release holding look"),
    ("a semaphore", "acquire release holding look"),
    ("a bounded semaphore", "acquire release holding look"),
    ("an event", "wait set clear look"),
    ("a condition", "wait wait_for notify notify_all"),
    ("a barrier", "wait abort reset look"),
    ("a queue", QUEUE),
    ("a lifo queue", QUEUE),
    ("a priority queue", QUEUE),
];

const QUEUE: &str = "put put_nowait get get_nowait task_done join shutdown shutdown_now look";

const EVENTS: [&str; 30] = [
    "a cancel is caught",
    "a deadline is moved by a callback",
    "a deadline is moved by another task",
    "a deadline is moved by its own task",
    "a kept set is added a promise",
    "a kept set is added a task",
    "a kept set is waited for",
    "a kept set is waited for again",
    "a local is read",
    "a panic is awaited",
    "a panic is seen by nobody",
    "a panic of a callback is reported",
    "a program of three runs or more",
    "a task ends by a panic",
    "a task ends cancelled",
    "a task never ends",
    "a time below a millisecond",
    "a timeout is over",
    "an error is seen by nobody",
    "cancels that count: 2",
    "cancels that count: 3 or more",
    "errors of a group: 1",
    "errors of a group: 2",
    "errors of a group: 3 or more",
    "one of several cancels is taken back",
    "spawn",
    "spawn in a context",
    "spawn in a group",
    "spawn in a group and a context",
    "the loop is stopped and run again",
];

#[test]
fn in_three_thousand_programs_everything_happens_often() {
    // Two halves, since the test has most of the time of this binary.
    let half = |seed| {
        thread::spawn(move || {
            silence_this_thread(); // a panic of a program is a line of its trace
            Census::take(seed, 1_500, &Vocabulary::default()).expect("groundup runs them")
        })
    };
    let halves = [1, 2].map(half);
    let halves = halves.map(|half| half.join().expect("a census"));
    let count = |what: &str| halves.iter().map(|half| half.of(what)).sum::<u64>();
    let words = WORDS
        .split_whitespace()
        .map(|word| (format!("word {word}"), 40));
    let members = VERBS.split_whitespace().flat_map(|verb| {
        let member = move |member| (format!("{verb} of a {member}"), 5);
        MEMBERS.map(member)
    });
    let methods = METHODS.iter().flat_map(|(object, methods)| {
        let method = move |method| (format!("{method} {object}"), 5);
        methods.split_whitespace().map(method)
    });
    let events = EVENTS.map(|event| (event.to_owned(), 5));
    let wanted = words.chain(members).chain(methods).chain(events);
    let seldom = wanted.filter(|(what, least)| count(what) < *least);
    let seldom: Vec<String> = seldom.map(|(what, _)| what).collect();
    let [first, second] = &halves;
    assert!(seldom.is_empty(), "{seldom:?} in\n{first}\n{second}");
}
