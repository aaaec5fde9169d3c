//! Tests properties of floor 0: the written form, the choosers.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use groundup_trace::{
    Access, Candidate, Cause, Choice, Chooser, Event, Fifo, Footprints, Name, Outcome,
    PromiseOutcome, Recorder, Recording, Replay, Seeded, Sink, TaskId, TextSink, Touched, Verb,
    Visible, Wait, read_trace,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Characters that hide a part of a text, or change its order.
fn hidden() -> impl Strategy<Value = char> {
    proptest::sample::select(HIDDEN)
        .prop_flat_map(|(first, last)| proptest::char::range(first, last))
}

const HIDDEN: &[(char, char)] = &[
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{e0000}', '\u{e007f}'),
];

fn is_hidden(c: char) -> bool {
    (HIDDEN.iter()).any(|(first, last)| (*first..=*last).contains(&c))
}

/// Names that could be mistaken for a part of the format, and names of any characters.
fn name() -> impl Strategy<Value = Name> {
    const WORDS: &[&str] = &[
        "main",
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
        "order \u{202e}31",
        "\u{feff}",
    ];
    prop_oneof![
        proptest::sample::select(WORDS).prop_map(Name::from),
        "[a-z]{1,8}(-[0-9])?".prop_map(Name::from),
        vec(prop_oneof![any::<char>(), hidden()], 0..8)
            .prop_map(|chars| chars.into_iter().collect::<String>().into()),
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

/// Times with few decimals, and times of any size.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![(0_u64..100_000).prop_map(|ms| ms * 1_000_000), any::<u64>()]
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        Just(Wait::Nothing),
        task().prop_map(Wait::Task),
        any::<u64>().prop_map(Wait::Promise),
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
        any::<u64>().prop_map(Cause::Promise),
        any::<u64>().prop_map(Cause::Timer),
        any::<u64>().prop_map(Cause::Callback),
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
        any::<u64>().prop_map(|promise| Verb::Unpolled { promise }),
        any::<u64>().prop_map(|promise| Verb::Make { promise }),
        (any::<u64>(), promise_outcome()).prop_map(|(promise, how)| Verb::Set { promise, how }),
        any::<u64>().prop_map(|callback| Verb::Call { callback }),
        any::<u64>().prop_map(|callback| Verb::Run { callback }),
        any::<u64>().prop_map(|callback| Verb::Drop { callback }),
        (any::<u64>(), time()).prop_map(|(timer, at)| Verb::Arm { timer, at }),
        any::<u64>().prop_map(|timer| Verb::Fire { timer }),
        any::<u64>().prop_map(|timer| Verb::Disarm { timer }),
        Just(Verb::Iteration),
        option::of(time()).prop_map(|until| Verb::Park { until }),
        name().prop_map(|what| Verb::Raise { what }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (time(), any::<u64>(), option::of(task()), verb()).prop_map(|(time, iteration, task, verb)| {
        Event {
            time,
            iteration,
            task,
            verb,
        }
    })
}

/// A chooser with arbitrary answers, in range or not.
struct Any(Vec<usize>);

impl Chooser for Any {
    fn choose(&mut self, _: Choice, _: usize) -> usize {
        self.0.pop().unwrap_or(0)
    }
}

fn ask(chooser: &mut dyn Chooser, questions: &[usize]) -> Vec<usize> {
    questions
        .iter()
        .map(|&options| chooser.choose(Choice::Ready, options))
        .collect()
}

/// Questions as a scheduler asks them: at least two options, sometimes very many.
fn questions() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![2_usize..10, 2_usize..=usize::MAX], 0..100)
}

/// Picks the task with the highest number, and counts the answers that made no difference.
struct Highest(Rc<Cell<u32>>);

impl Chooser for Highest {
    fn choose(&mut self, _: Choice, _: usize) -> usize {
        0
    }

    fn choose_among(
        &mut self,
        _: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        (0..options).max_by_key(|at| candidate(*at)).unwrap_or(0)
    }

    fn moot(&mut self) {
        self.0.set(self.0.get() + 1);
    }

    fn footprints(&self) -> Option<Footprints> {
        let footprints = Footprints::new();
        footprints.note(Candidate::Task(1), Touched::Loop, Access::Read);
        Some(footprints)
    }
}

#[test]
fn pointers_and_recordings_pass_the_names_on() {
    let moot = Rc::new(Cell::new(0));
    let (mut lent, names) = (Highest(moot.clone()), [2, 9, 4].map(Candidate::Task));
    let recording = Recording::new(Highest(moot.clone()));
    let mut choosers: [Box<dyn Chooser>; 3] = [
        Box::new(&mut lent),
        Box::new(Box::new(Highest(moot.clone()))),
        Box::new(recording.clone()),
    ];
    for chooser in &mut choosers {
        let picked = chooser.choose_among(Choice::Ready, 3, &|at| names[at]);
        assert_eq!(picked, 1);
        chooser.moot();
        let footprint = chooser.footprints().unwrap().of(Candidate::Task(1));
        assert_eq!(footprint, [(Touched::Loop, Access::Read)]);
    }
    assert_eq!((recording.choices(), moot.get()), (vec![1], 3));
}

#[test]
fn footprints_that_touch_everything_conflict_with_all() {
    let footprints = Footprints::new();
    let [one, other, third] = [1, 2, 3].map(Candidate::Task);
    footprints.note(one, Touched::Object(1), Access::Read);
    footprints.note(other, Touched::Object(1), Access::Read);
    footprints.note(third, Touched::Wakers, Access::Add);
    assert_eq!(footprints.conflicts(), []);
    footprints.note(other, Touched::Everything, Access::Write);
    assert_eq!(footprints.conflicts(), [(one, other), (other, third)]);
    footprints.note(one, Touched::Object(1), Access::Add); // a look, and an addition to it
    footprints.note(third, Touched::Object(1), Access::Add);
    assert!(footprints.conflicts().contains(&(one, third)));
}

#[test]
fn a_chooser_without_names_ignores_them() {
    let names = [2, 9, 4].map(Candidate::Task);
    let picked = Replay::new([2]).choose_among(Choice::Ready, 3, &|at| names[at]);
    assert_eq!(picked, 2);
}

/// A touch of a few things by a few entries.
fn touch() -> impl Strategy<Value = (Candidate, Touched, Access)> {
    let thing = prop_oneof![
        6 => (0u64..4).prop_map(Touched::Object),
        3 => (0u64..4).prop_map(Touched::Cell),
        1 => Just(Touched::Everything),
    ];
    let access = prop_oneof![Just(Access::Read), Just(Access::Add), Just(Access::Write)];
    ((0u64..6).prop_map(Candidate::Task), thing, access)
}

proptest! {
    /// Two entries conflict if their touches of a thing do not commute, or one has touched everything.
    #[test]
    fn conflicts_are_those_of_a_map(rounds in vec(vec(touch(), 0..60), 0..12)) {
        let (footprints, mut model) = (Footprints::new(), BTreeMap::new());
        for touches in rounds {
            footprints.begin_round();
            let round = footprints.round();
            for (by, thing, access) in touches {
                footprints.note(by, thing, access);
                let of = (!thing.lasts()).then_some(round);
                let known = model.entry((thing, of, by)).or_insert(access);
                *known = if *known == access { access } else { Access::Write };
            }
        }
        let mut conflicts = BTreeSet::new();
        for ((thing, round, one), access) in &model {
            for ((of, when, other), with) in &model {
                let meets = (of, when) == (thing, round) && !access.commutes(*with);
                let pair = (*one.min(other), *one.max(other));
                if one != other && meets {
                    conflicts.insert((*round, pair));
                }
                if one != other && *thing == Touched::Everything {
                    conflicts.insert((None, pair));
                }
            }
        }
        let pairs: BTreeSet<_> = conflicts.iter().map(|(_, pair)| *pair).collect();
        prop_assert_eq!(footprints.conflicts(), Vec::from_iter(pairs));
        prop_assert_eq!(footprints.conflicts_by_round(), Vec::from_iter(conflicts));
    }

    /// Reading the written form of an event gives the event.
    #[test]
    fn text_round_trip(event in event()) {
        prop_assert_eq!(Event::parse(&event.to_string()), Ok(event));
    }

    /// An event is one line, without a blank at its end and without a character that hides or turns
    /// a part of it.
    #[test]
    fn one_line_each(event in event()) {
        let line = event.to_string();
        prop_assert_eq!(line.lines().count(), 1);
        prop_assert_eq!(line.trim_end(), &line);
        prop_assert!(!line.chars().any(is_hidden));
    }

    /// A text for people has no hidden character; all other characters stay, in their order.
    #[test]
    fn a_visible_text_hides_nothing(text in vec(prop_oneof![any::<char>(), hidden()], 0..20)) {
        let text: String = text.into_iter().collect();
        let visible = Visible(&text).to_string();
        prop_assert!(!visible.chars().any(is_hidden), "{visible:?}");
        prop_assert_eq!(Visible(&visible).to_string(), &visible[..], "it has nothing more to escape");
        let mut rest = &visible[..];
        for c in text.chars() {
            let escapes = [c.to_string(), format!("\\u{{{:x}}}", u32::from(c)), c.escape_default().to_string()];
            let after = escapes.iter().find_map(|escape| rest.strip_prefix(&escape[..]));
            rest = after.unwrap_or_else(|| panic!("{c:?} is missing in {visible:?}"));
        }
        prop_assert_eq!(rest, "");
    }

    /// The number of blanks between the words of a line does not matter.
    #[test]
    fn blanks_do_not_matter(event in event().prop_filter("no blanks in names", |e| !e.to_string().contains('"'))) {
        let words: Vec<String> = event.to_string().split_whitespace().map(String::from).collect();
        prop_assert_eq!(Event::parse(&words.join(" ")), Ok(event.clone()));
        prop_assert_eq!(Event::parse(&format!("  {}\t\n", words.join("\t  "))), Ok(event));
    }

    /// No input makes the reader panic; each event it accepts can be written and read
    /// again.
    #[test]
    fn any_input_is_read_or_refused(
        event in event(), cut in any::<prop::sample::Index>(), noise in "[ \"#.0-9a-z\\\\{}-]{0,6}",
    ) {
        let line = event.to_string();
        let at = line.char_indices().map(|(at, _)| at).nth(cut.index(line.chars().count())).unwrap_or(0);
        let spoiled = format!("{}{noise}{}", &line[..at], &line[at..]);
        match Event::parse(&spoiled) {
            Ok(event) => prop_assert_eq!(Event::parse(&event.to_string()), Ok(event)),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// A recorder keeps every event in order, and its text is what `TextSink` writes.
    #[test]
    fn a_recorder_keeps_what_it_is_given(events in vec(event(), 0..20)) {
        let recorder = Recorder::new();
        let (mut given_away, mut lines) = (recorder.clone(), TextSink::new(String::new()));
        for event in &events {
            given_away.event(event);
            lines.event(event);
        }
        prop_assert_eq!(recorder.text(), lines.into_inner());
        prop_assert_eq!(read_trace(&recorder.text()), Ok(recorder.events()));
        prop_assert_eq!(recorder.take(), events);
        prop_assert!(recorder.events().is_empty());
    }

    /// A ring keeps the last events, and their text is a trace of them.
    #[test]
    fn a_ring_keeps_the_last(events in vec(event(), 0..20), most in 0_usize..8) {
        let ring = Recorder::ring(most);
        for event in &events {
            ring.clone().event(event);
        }
        let left_out = events.len().saturating_sub(most);
        prop_assert_eq!(ring.left_out(), left_out as u64);
        prop_assert_eq!(&ring.events(), &events[left_out..]);
        prop_assert_eq!(read_trace(&ring.text()), Ok(events[left_out..].to_vec()));
    }

    /// No text makes the reader of a trace panic; each trace it accepts can be written
    /// and read again.
    #[test]
    fn any_trace_is_read_or_refused(
        events in vec(event(), 0..6), cut in any::<prop::sample::Index>(), noise in "[ \"#.0-9a-z\\\\{}\n-]{0,6}",
    ) {
        let mut lines = TextSink::new(String::new());
        events.iter().for_each(|event| lines.event(event));
        let text = lines.into_inner();
        let at = text.char_indices().map(|(at, _)| at).nth(cut.index(text.chars().count())).unwrap_or(0);
        match read_trace(&format!("{}{noise}{}", &text[..at], &text[at..])) {
            Ok(events) => {
                let mut lines = TextSink::new(String::new());
                events.iter().for_each(|event| lines.event(event));
                prop_assert_eq!(read_trace(&lines.into_inner()), Ok(events));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// Every chooser of this floor answers below the number of options.
    #[test]
    fn answers_are_in_range(questions in questions(), seed: u64, list in vec(any::<usize>(), 0..50)) {
        let mut choosers: [Box<dyn Chooser>; 4] = [
            Box::new(Fifo),
            Box::new(Seeded::new(seed)),
            Box::new(Replay::new(list)),
            Box::new(Recording::new(Seeded::new(seed))),
        ];
        for chooser in &mut choosers {
            for (answer, options) in ask(chooser, &questions).into_iter().zip(&questions) {
                prop_assert!(answer < *options);
            }
        }
    }

    /// Equal seeds give equal answers to equal questions.
    #[test]
    fn same_seed_same_choices(questions in questions(), seed: u64) {
        prop_assert_eq!(ask(&mut Seeded::new(seed), &questions), ask(&mut Seeded::new(seed), &questions));
    }

    /// Replaying a recording gives the recorded answers, for any recorded chooser.
    #[test]
    fn replaying_a_recording_repeats_it(questions in questions(), seed: u64) {
        let recording = Recording::new(Seeded::new(seed));
        let first = ask(&mut recording.clone(), &questions);
        prop_assert_eq!(&recording.choices(), &first);
        prop_assert_eq!(ask(&mut Replay::new(recording.choices()), &questions), first);
        let asked: Vec<usize> = recording.record().iter().map(|chosen| chosen.options).collect();
        prop_assert_eq!(asked, questions);
    }

    /// An empty list and a list of zeros choose first in, first out.
    #[test]
    fn a_replay_ends_in_fifo(questions in questions(), zeros in 0_usize..10) {
        prop_assert_eq!(ask(&mut Replay::new(vec![0; zeros]), &questions), ask(&mut Fifo, &questions));
    }

    /// An entry that is out of range means the last option.
    #[test]
    fn a_replay_clamps(list in vec(any::<usize>(), 1..50), options in 2_usize..20) {
        let wanted: Vec<usize> = list.iter().map(|&entry| entry.min(options - 1)).collect();
        prop_assert_eq!(ask(&mut Replay::new(list.clone()), &vec![options; list.len()]), wanted);
    }

    /// A recording passes the answers of its chooser on unchanged.
    #[test]
    fn a_recording_changes_nothing(answers in vec(any::<usize>(), 1..20)) {
        let recording = Recording::new(Any(answers.clone()));
        let given = ask(&mut recording.clone(), &vec![2; answers.len()]);
        prop_assert_eq!(&given, &ask(&mut Any(answers), &vec![2; given.len()]));
        prop_assert_eq!(recording.choices(), given);
    }

    /// For every seed, every option is chosen about equally often.
    #[test]
    fn a_seed_is_roughly_uniform(seed: u64, options in 2_usize..12) {
        let (mut chooser, mut counts) = (Seeded::new(seed), vec![0_i64; options]);
        let each: i64 = 500;
        for _ in 0..each * options as i64 {
            counts[chooser.choose(Choice::Pick, options)] += 1;
        }
        // The standard deviation of a count is about 22, so a deviation of eight times
        // that does not happen by chance.
        for count in counts {
            prop_assert!((count - each).abs() < 180, "{count} times instead of about {each}");
        }
    }
}
