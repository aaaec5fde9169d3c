//! Tests the written form: columns, times, names, refusals.

use core::fmt;

use groundup_trace::{
    Cause, Choice, Chooser, Event, NullSink, Outcome, ParseError, PromiseOutcome, Recorder, Seeded,
    Sink, TaskId, TextSink, Verb, Wait, read_trace,
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

fn by(task: &str) -> Option<TaskId> {
    Some(task.into())
}

/// The events of a kettle on a stove, each with its line: one of each verb, and of each form.
fn kettle() -> Vec<(u64, u64, &'static str, Verb, &'static str)> {
    let at = 3 * SECOND;
    let wake = Cause::Timer(1);
    let how = Outcome::Cancelled;
    let what = "the lid is stuck".into();
    let on_timer = Wait::Timer { at };
    let on_task = Wait::Task("kettle".into());
    vec![
        (0, 0, "main", Verb::Spawn { by: None }, "spawn      main"),
        (0, 1, "", Verb::Iteration, "iteration  -"),
        (0, 1, "main", Verb::Step, "step       main"),
        (
            0,
            1,
            "kettle",
            Verb::Spawn { by: by("main") },
            "spawn      kettle        by main",
        ),
        (
            0,
            1,
            "kettle",
            Verb::Arm { timer: 1, at },
            "arm        kettle        timer#1 at 3.000",
        ),
        (
            0,
            1,
            "kettle",
            Verb::Yield { on: on_timer },
            "yield      kettle        on timer at 3.000",
        ),
        (
            0,
            1,
            "main",
            Verb::Yield { on: on_task },
            "yield      main          on task kettle",
        ),
        (
            0,
            1,
            "",
            Verb::Park { until: Some(at) },
            "park       -             until 3.000",
        ),
        (
            at,
            2,
            "",
            Verb::Fire { timer: 1 },
            "fire       -             timer#1",
        ),
        (
            at,
            2,
            "kettle",
            Verb::Wake { by: wake },
            "wake       kettle        by timer#1",
        ),
        (
            at,
            2,
            "kettle",
            Verb::Cancel { by: None },
            "cancel     kettle",
        ),
        (
            at,
            2,
            "kettle",
            Verb::Disarm { timer: 2 },
            "disarm     kettle        timer#2",
        ),
        (
            at,
            2,
            "kettle",
            Verb::Done { how },
            "done       kettle        cancelled",
        ),
        (
            at,
            2,
            "kettle",
            Verb::Raise { what },
            "raise      kettle        \"the lid is stuck\"",
        ),
        (
            at,
            3,
            "main",
            Verb::Cancel { by: by("kettle") },
            "cancel     main          by kettle",
        ),
        (at, 3, "", Verb::Park { until: None }, "park       -"),
    ]
}

/// The events of a promise and of callbacks, which follow those of the kettle.
fn promise() -> Vec<(u64, u64, &'static str, Verb, &'static str)> {
    let at = 3 * SECOND;
    let name = "lid".into();
    let how = PromiseOutcome::Failed;
    vec![
        (
            at,
            3,
            "Task-7",
            Verb::Name { name },
            "name       Task-7        lid",
        ),
        (
            at,
            3,
            "lid",
            Verb::Make { promise: 1 },
            "make       lid#0         promise#1",
        ),
        (
            at,
            3,
            "",
            Verb::Set { promise: 1, how },
            "set        -             promise#1 failed",
        ),
        (
            at,
            3,
            "lid",
            Verb::Call { callback: 4 },
            "call       lid#0         callback#4",
        ),
        (
            at,
            4,
            "",
            Verb::Run { callback: 4 },
            "run        -             callback#4",
        ),
        (
            at,
            4,
            "",
            Verb::Drop { callback: 5 },
            "drop       -             callback#5",
        ),
    ]
}

/// Each verb has its written line.
#[test]
fn every_verb_has_its_line() {
    let recorder = Recorder::new();
    let mut sink = recorder.clone();
    let mut expected = String::from("# groundup-trace 1\n");
    for (time, iteration, task, verb, line) in kettle().into_iter().chain(promise()) {
        sink.event(&event(time, iteration, task, verb));
        let seconds = time / SECOND;
        expected += &format!("       {seconds}.000      {iteration}  {line}\n");
    }
    assert_eq!(recorder.text(), expected);
}

/// Times are exact: they have three decimals, or as many as they need.
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
        ("order-\u{202e}31", "\"order-\\u{202e}31\""),
        ("ann\u{200b}", "\"ann\\u{200b}\""),
        ("lane#2", "\"lane#2\""),
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

/// An event by itself gives the number of its task, unless the name contains it.
#[test]
fn a_task_is_its_number() {
    for (task, written) in [
        (TaskId::unnamed(3), "Task-3"),
        (TaskId::new(3, "Task-4"), "Task-4#3"),
        (TaskId::new(0, "Task-4"), "Task-4#0"),
        (TaskId::new(3, "Task-04"), "Task-04#3"),
        (TaskId::new(3, "kettle"), "kettle#3"),
        (TaskId::new(0, "kettle"), "kettle"),
        (TaskId::new(3, "tea kettle"), "\"tea kettle\"#3"),
        (TaskId::new(3, "lane#2"), "\"lane#2\"#3"),
        (TaskId::new(3, ""), "\"\"#3"),
    ] {
        assert_eq!(task.to_string(), written);
        let line = Event::parse(&format!("0.000 1 step {written}"));
        assert_eq!(line.unwrap().task, Some(task));
    }
}

/// A trace omits a number as long as the name alone identifies the task.
#[test]
fn a_name_is_said_once() {
    let recorder = Recorder::new();
    let spawn = |number, name: &str| {
        let by = Some(TaskId::unnamed(1));
        (TaskId::new(number, name), Verb::Spawn { by })
    };
    let step = |number, name: &str| (TaskId::new(number, name), Verb::Step);
    let name = |from: TaskId, name: &str| (from, Verb::Name { name: name.into() });
    for (task, verb) in [
        step(9, "early"),
        spawn(2, "worker"),
        step(2, "worker"),
        spawn(3, "worker"),
        step(2, "worker"),
        step(3, "worker"),
        spawn(4, "Task-4"),
        name(TaskId::unnamed(4), "tea kettle"),
        step(4, "tea kettle"),
        step(0, "tea kettle"),
        spawn(5, "Task-6"),
        name(TaskId::new(4, "tea kettle"), "worker"),
        step(4, "worker"),
    ] {
        recorder.clone().event(&Event {
            time: 0,
            iteration: 1,
            task: Some(task),
            verb,
        });
    }
    let expected = "
# groundup-trace 1
       0.000      1  step       early#9
       0.000      1  spawn      worker        #2 by Task-1
       0.000      1  step       worker
       0.000      1  spawn      worker#3      by Task-1
       0.000      1  step       worker#2
       0.000      1  step       worker#3
       0.000      1  spawn      Task-4        by Task-1
       0.000      1  name       Task-4        \"tea kettle\"
       0.000      1  step       \"tea kettle\"
       0.000      1  step       \"tea kettle\"#0
       0.000      1  spawn      Task-6#5      by Task-1
       0.000      1  name       \"tea kettle\"  worker
       0.000      1  step       worker#4
";
    assert_eq!(recorder.text(), expected[1..]);
    assert_eq!(read_trace(&recorder.text()), Ok(recorder.events()));
}

/// A text that is not a trace of this version or an earlier one is refused.
#[test]
fn a_trace_names_its_version() {
    let event = "0.000 1 step main";
    for (text, line) in [
        (String::new(), 1),
        (event.to_string(), 1),
        (format!("\n\n{event}"), 3),
        ("# groundup-trace".to_string(), 1),
        ("# groundup-trace 0".to_string(), 1),
        (format!("# groundup-trace 2\n{event}"), 1),
        (format!("# groundup-trace 1\n\n{event}\n{event} x"), 4),
    ] {
        let error = read_trace(&text).expect_err(&text);
        assert_eq!(error.line, line, "{text}");
        let version = matches!(error.error, ParseError::Version { .. });
        assert_eq!(version, line != 4, "{error}");
    }
    assert_eq!(read_trace("# groundup-trace 1"), Ok(Vec::new()));
}

/// A ring of size 0 keeps nothing, and counts every event.
#[test]
fn a_ring_of_none() {
    let mut ring = Recorder::ring(0);
    ring.event(&event(0, 1, "a", Verb::Step));
    assert_eq!((ring.events().len(), ring.left_out()), (0, 1));
}

/// A line that is not an event is refused; the error quotes the word at fault and a
/// correction.
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
            "found `step`: write a verb (spawn name step yield wake unpolled done cancel make set call run drop arm fire disarm iteration park raise) there instead",
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
            "found `badly`: write returned, cancelled, panicked or dropped there instead",
        ),
        (
            "0 1 yield a on lock taken",
            "found `taken`: write `held`, or nothing there instead",
        ),
        (
            "0 1 wake a by io",
            "the line ends too early: write the name of a socket or another source next",
        ),
        (
            "0 1 yield a on io",
            "the line ends too early: write the name of a socket or another source next",
        ),
        (
            "0 1 step kettle#two",
            "found `kettle#two`: write a task's name and its number, such as kettle#2 there instead",
        ),
        (
            "0 1 spawn kettle#2 #3",
            "found `#3`: write `by` and a task's name, or nothing there instead",
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

/// After a write error the sink does not call the writer again, and nothing panics.
#[test]
fn a_full_writer_stops_the_lines_only() {
    struct Full(usize);
    impl fmt::Write for Full {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            self.0 += 1;
            Err(fmt::Error)
        }
    }
    let mut lines = TextSink::new(Full(0));
    lines.event(&event(0, 1, "a", Verb::Step));
    lines.event(&event(0, 1, "a", Verb::Step));
    assert!(lines.failed());
    assert_eq!(lines.into_inner().0, 1);
}

/// One pointer type holds any sink: `NullSink`, a recorder, a closure.
#[test]
fn sinks_are_interchangeable() {
    let recorder = Recorder::new();
    let sinks: [Box<dyn Sink>; 3] = [
        Box::new(NullSink),
        Box::new(recorder.clone()),
        Box::new(|_: &Event| ()),
    ];
    for mut sink in sinks {
        sink.event(&event(0, 1, "a", Verb::Step));
    }
    assert_eq!(recorder.events(), [event(0, 1, "a", Verb::Step)]);
}

/// The numbers of a seed never change, so recorded seeds stay valid.
///
/// Seed 0 of SplitMix64 begins e220a839.., 6e789e6a.., 06c45d18.., f88bb8a8..; with
/// 2^32 options the answer is the upper half of each.
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

/// A draw that would favour some options is repeated: with just over 2^63 options, this
/// happens to three of the first seven draws.
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

#[test]
fn a_socket_and_an_unpolled_await_have_their_written_form() {
    let what = || "data from server (10.0.0.2:80)".into();
    for (verb, details) in [
        (
            Verb::Yield {
                on: Wait::Io(what()),
            },
            "yield      cook          on io \"data from server (10.0.0.2:80)\"",
        ),
        (
            Verb::Wake {
                by: Cause::Io(what()),
            },
            "wake       cook          by io \"data from server (10.0.0.2:80)\"",
        ),
        (
            Verb::Unpolled { promise: 3 },
            "unpolled   cook          promise#3",
        ),
        (
            Verb::Yield {
                on: Wait::Other("io".into()),
            },
            "yield      cook          on \"io\"",
        ),
    ] {
        let event = Event {
            time: 0,
            iteration: 1,
            task: Some("cook".into()),
            verb,
        };
        let line = format!("       0.000      1  {details}");
        assert_eq!(event.to_string(), line);
        assert_eq!(line.parse(), Ok(event));
    }
}
