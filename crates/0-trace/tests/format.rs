//! The written form: columns, times, names, refusals.

use core::fmt;

use groundup_trace::{
    Cause, Choice, Chooser, Event, Lines, Off, Outcome, ParseError, Recorder, Seeded, Sink, Verb,
    Wait,
};

const SECOND: u64 = 1_000_000_000;

fn event(time: u64, iteration: u64, task: &str, verb: Verb) -> Event {
    let task = (!task.is_empty()).then(|| task.into());
    Event {
        time,
        iteration,
        task,
        verb,
    }
}

/// One event of each verb, and the lines they make.
#[test]
fn every_verb_has_its_line() {
    let recorder = Recorder::new();
    let mut sink = recorder.clone();
    for (time, iteration, task, verb) in [
        (0, 0, "main", Verb::Spawn { by: None }),
        (0, 1, "", Verb::Iteration),
        (0, 1, "main", Verb::Step),
        (
            0,
            1,
            "kettle",
            Verb::Spawn {
                by: Some("main".into()),
            },
        ),
        (
            0,
            1,
            "kettle",
            Verb::Arm {
                timer: 1,
                at: 3 * SECOND,
            },
        ),
        (
            0,
            1,
            "kettle",
            Verb::Yield {
                on: Wait::Timer { at: 3 * SECOND },
            },
        ),
        (
            0,
            1,
            "main",
            Verb::Yield {
                on: Wait::Task("kettle".into()),
            },
        ),
        (
            0,
            1,
            "",
            Verb::Park {
                until: Some(3 * SECOND),
            },
        ),
        (3 * SECOND, 2, "", Verb::Fire { timer: 1 }),
        (
            3 * SECOND,
            2,
            "kettle",
            Verb::Wake {
                by: Cause::Timer(1),
            },
        ),
        (3 * SECOND, 2, "kettle", Verb::Cancel { by: None }),
        (3 * SECOND, 2, "kettle", Verb::Disarm { timer: 2 }),
        (
            3 * SECOND,
            2,
            "kettle",
            Verb::Done {
                how: Outcome::Cancelled,
            },
        ),
        (
            3 * SECOND,
            2,
            "kettle",
            Verb::Raise {
                what: "the lid is stuck".into(),
            },
        ),
        (
            3 * SECOND,
            3,
            "main",
            Verb::Cancel {
                by: Some("kettle".into()),
            },
        ),
        (3 * SECOND, 3, "", Verb::Park { until: None }),
    ] {
        sink.event(&event(time, iteration, task, verb));
    }
    let expected = "
       0.000      0  spawn      main
       0.000      1  iteration  -
       0.000      1  step       main
       0.000      1  spawn      kettle        by main
       0.000      1  arm        kettle        timer#1 at 3.000
       0.000      1  yield      kettle        on timer at 3.000
       0.000      1  yield      main          on task kettle
       0.000      1  park       -             until 3.000
       3.000      2  fire       -             timer#1
       3.000      2  wake       kettle        by timer#1
       3.000      2  cancel     kettle
       3.000      2  disarm     kettle        timer#2
       3.000      2  done       kettle        cancelled
       3.000      2  raise      kettle        \"the lid is stuck\"
       3.000      3  cancel     main          by kettle
       3.000      3  park       -
";
    assert_eq!(recorder.text(), expected[1..]);
}

/// Times are exact: three decimals, or as many as it takes.
#[test]
fn times_are_exact() {
    let time = |time| {
        event(time, 1, "", Verb::Iteration)
            .to_string()
            .split_whitespace()
            .next()
            .map(String::from)
    };
    for (nanoseconds, written) in [
        (0, "0.000"),
        (1, "0.000000001"),
        (1_000, "0.000001"),
        (100_000, "0.0001"),
        (1_000_000, "0.001"),
        (250_000_000, "0.250"),
        (SECOND + 1_500_000, "1.0015"),
        (u64::MAX, "18446744073.709551615"),
    ] {
        assert_eq!(time(nanoseconds).as_deref(), Some(written));
    }
}

/// A field that is too long for its column pushes the rest; nothing is cut.
#[test]
fn long_fields_push() {
    let wide = event(
        u64::MAX,
        1_000_000_000,
        "a-very-long-task-name",
        Verb::Spawn {
            by: Some("b".into()),
        },
    );
    assert_eq!(
        wide.to_string(),
        "18446744073.709551615 1000000000  spawn  a-very-long-task-name  by b"
    );
}

/// Names stand bare unless they could be mistaken for something else.
#[test]
fn names_are_quoted_when_they_must_be() {
    for (name, written) in [
        ("Task-1", "Task-1"),
        ("größe", "größe"),
        ("C:\\dir", "C:\\dir"),
        ("-", "\"-\""),
        ("two words", "\"two words\""),
        ("say \"hi\"", "\"say \\\"hi\\\"\""),
        ("line\nbreak", "\"line\\nbreak\""),
        ("bell\u{7}", "\"bell\\u{7}\""),
    ] {
        let line = event(0, 1, name, Verb::Step).to_string();
        assert_eq!(line, format!("       0.000      1  step       {written}"));
    }
    let on = |what: &str| Wait::Other(what.into()).to_string();
    assert_eq!(
        [on("queue#1"), on("task"), on("promise#1")],
        ["queue#1", "\"task\"", "\"promise#1\""]
    );
    assert_eq!(
        Wait::Held {
            what: "timer".into(),
            by: None
        }
        .to_string(),
        "\"timer\" held"
    );
}

/// What is not an event is refused with the word at fault and a cure.
#[test]
fn refusals_say_what_to_write() {
    for (line, message) in [
        (
            "",
            "the line ends too early: write a time in seconds, such as 0.250 next",
        ),
        (
            "soon 1 step a",
            "found `soon`: write a time in seconds, such as 0.250 there instead",
        ),
        (
            "-1 1 step a",
            "found `-1`: write a time in seconds, such as 0.250 there instead",
        ),
        (
            "0.0000000001 1 step a",
            "found `0.0000000001`: write a time in seconds, such as 0.250 there instead",
        ),
        (
            "18446744073.709551616 1 step a",
            "found `18446744073.709551616`: write a time in seconds, such as 0.250 there instead",
        ),
        (
            "0 +1 step a",
            "found `+1`: write the number of an iteration there instead",
        ),
        ("0 1", "the line ends too early: write a verb next"),
        (
            "0 1 \"step\" a",
            "found `step`: write a verb (spawn step yield wake done cancel arm fire disarm iteration park raise) there instead",
        ),
        (
            "0 1 step",
            "the line ends too early: write a task's name, or - next",
        ),
        (
            "0 1 step a b",
            "found `b`: write nothing: the event is complete there instead",
        ),
        (
            "0 1 arm a timer#x at 1",
            "found `timer#x`: write a timer, such as timer#1 there instead",
        ),
        (
            "0 1 done a badly",
            "found `badly`: write returned, cancelled or panicked there instead",
        ),
        (
            "0 1 yield a on lock taken",
            "found `taken`: write `held`, or nothing there instead",
        ),
        (
            "0 1 step \"a",
            "a quoted name goes wrong in `\"a`: end it with a quote, and use no escapes but \\\" \\\\ \\n \\t \\u{hex}",
        ),
    ] {
        let error = Event::parse(line).expect_err(line);
        assert_eq!(error.to_string(), message);
    }
    assert!(matches!(
        Event::parse("0 1 step \"\\u{110000}\""),
        Err(ParseError::Quote { .. })
    ));
}

/// A writer that refuses is not asked again, and nothing panics.
#[test]
fn a_full_writer_stops_the_lines_only() {
    struct Full(usize);
    impl fmt::Write for Full {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            self.0 += 1;
            Err(fmt::Error)
        }
    }
    let mut lines = Lines::new(Full(0));
    lines.event(&event(0, 1, "a", Verb::Step));
    lines.event(&event(0, 1, "a", Verb::Step));
    assert!(lines.failed());
    assert_eq!(lines.into_inner().0, 1);
}

/// Sinks behind one pointer: nothing, a list, a closure.
#[test]
fn sinks_are_interchangeable() {
    let recorder = Recorder::new();
    let sinks: [Box<dyn Sink>; 3] = [
        Box::new(Off),
        Box::new(recorder.clone()),
        Box::new(|_: &Event| ()),
    ];
    for mut sink in sinks {
        sink.event(&event(0, 1, "a", Verb::Step));
    }
    assert_eq!(recorder.events(), [event(0, 1, "a", Verb::Step)]);
}

/// The stream of a seed never changes: recorded seeds stay good for ever.
///
/// Seed 0 of SplitMix64 begins e220a839.., 6e789e6a.., 06c45d18.., f88bb8a8..;
/// with 2^32 options the answer is the upper half of each.
#[cfg(target_pointer_width = "64")]
#[test]
fn a_seed_is_for_ever() {
    let mut chooser = Seeded::new(0);
    let answers: [usize; 4] = core::array::from_fn(|_| chooser.choose(Choice::Ready, 1 << 32));
    assert_eq!(
        answers,
        [0xe220_a839, 0x6e78_9e6a, 0x06c4_5d18, 0xf88b_b8a8]
    );
}

/// Draws that would favour some options are drawn again: of the first seven
/// with just over 2^63 options, three are.
#[cfg(target_pointer_width = "64")]
#[test]
fn no_option_is_favoured() {
    let mut chooser = Seeded::new(0);
    let answers: [usize; 4] = core::array::from_fn(|_| chooser.choose(Choice::Pick, (1 << 63) + 1));
    let kept = [
        0x0362_2e8c_4004_a2a7,
        0x7c45_dc54_3926_40f6,
        0x0d9c_c4b5_28d4_3a4d,
        0x1641_4d5f_0fa2_9970,
    ];
    assert_eq!(answers, kept);
}
