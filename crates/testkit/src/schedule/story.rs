//! A schedule in one sentence, with the names of the tasks.
//!
//! The problem: "question 7 was answered with 2" does not help. A reader wants the iteration,
//! and which task ran before which. The loop names the options of each question by numbers of tasks;
//! the trace of the same run knows their names. So the kit runs the schedule once more with a
//! recorder, and puts both together.
//!
//! ```text
//!   the question   in iteration 2: one of task#2, timer of task#4, task#3
//!   the answers    2 0
//!   the trace      2 is w1, 3 is w2, 4 is clock
//!   the story      in iteration 2: w2, w1, the timer of clock instead of w1, the timer of clock, w2
//! ```
//!
//! Invariants:
//! 1. A story names the entries by what they were when the loop asked, whether they leave a step in
//!    the trace or not.
//! 2. A story has one part for each round with a deviation, and one for each other deviation.
//!
//! Read next: `schedule/pick.rs`.

use std::collections::BTreeMap;

use groundup::trace::{Candidate, Event, Verb, Visible};

use crate::schedule::guide::Guide;
use crate::schedule::{Kind, Question};

/// The most names of a round that a story shows.
const SHOWN: usize = 6;

/// Tells the run that `guide` has guided, whose questions are `record`, and whose trace has these
/// events. The guide must have kept the names of the options.
pub(crate) fn story(record: &[Question], guide: &Guide, events: &[Event]) -> String {
    let (iterations, notes) = (guide.iterations(), guide.notes());
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < record.len() {
        let length = match record[at].kind {
            Kind::Ready => round_at(&record[at..]),
            _ => 1,
        };
        let questions = &record[at..at + length];
        if questions.iter().any(|question| question.picked > 0) {
            let note = notes.iter().find(|note| note.at == at);
            let tell = || {
                let people = People::of(events, iterations[at]);
                people.part(questions, &guide.names(at))
            };
            parts.push(note.map_or_else(tell, |note| note.text.clone()));
        }
        at += length;
    }
    match parts.is_empty() {
        true => String::from("first in, first out everywhere"),
        false => format!("first in, first out, except: {}", parts.join("; ")),
    }
}

/// Returns the number of questions about the round that begins here: n - 1 for n entries.
fn round_at(record: &[Question]) -> usize {
    let most = record[0].options as usize - 1;
    let is_next =
        |pair: &[Question]| pair[1].kind == Kind::Ready && pair[1].options + 1 == pair[0].options;
    let more = record.windows(2).take_while(|pair| is_next(pair));
    (1 + more.count()).min(most)
}

/// The names of the tasks and the callbacks of one iteration.
struct People {
    iteration: u64,
    /// The names of the tasks, by their numbers. A name that several tasks have has the number behind it.
    tasks: BTreeMap<u64, String>,
    /// The numbers of the callbacks that ran in the iteration, in the order in which they did.
    callbacks: Vec<u64>,
}

impl People {
    fn of(events: &[Event], iteration: u64) -> Self {
        let so_far = || events.iter().filter(|event| event.iteration <= iteration);
        let mut tasks = BTreeMap::new();
        for event in so_far() {
            let Some(task) = &event.task else { continue };
            let name = match &event.verb {
                Verb::Name { name } => Visible(name).to_string(),
                _ => Visible(&task.name).to_string(),
            };
            tasks.insert(task.number, name);
        }
        let mut times = BTreeMap::new();
        for name in tasks.values() {
            *times.entry(name.clone()).or_insert(0) += 1;
        }
        for (number, name) in &mut tasks {
            if times[name] > 1 {
                name.push_str(&format!("#{number}"));
            }
        }
        let ran = |event: &Event| match event.verb {
            Verb::Run { callback } if event.iteration == iteration => Some(callback),
            _ => None,
        };
        People {
            iteration,
            tasks,
            callbacks: so_far().filter_map(ran).collect(),
        }
    }

    /// Tells one round, or one other choice, among candidates.
    fn part(&self, questions: &[Question], names: &[Candidate]) -> String {
        let Question { kind, picked, .. } = questions[0];
        let iteration = self.iteration;
        let chosen = names.get(picked as usize).copied();
        match (kind, chosen.unwrap_or(Candidate::Unnamed)) {
            (Kind::Seed, _) => format!("random numbers of seed {picked}"),
            (Kind::Ready, _) => {
                format!("in iteration {iteration}: {}", self.order(questions, names))
            }
            (Kind::Branch, branch) => {
                let place = match branch {
                    Candidate::Branch(place) => place + 1,
                    _ => picked as usize + 1,
                };
                format!("in iteration {iteration}: a race polls branch {place} first")
            }
            (_, Candidate::Job(job)) => {
                let others = (names.iter()).filter(|other| **other != Candidate::Job(job));
                let others: Vec<String> = others.map(ToString::to_string).collect();
                let others = others.join(", ");
                format!("in iteration {iteration}: job#{job} ends before {others}")
            }
            _ => {
                let options = questions[0].options;
                format!("in iteration {iteration}: pick {picked} of {options}")
            }
        }
    }

    /// Tells the order of a round.
    fn order(&self, questions: &[Question], names: &[Candidate]) -> String {
        if names.len() != questions[0].options as usize {
            return format!("its {} entries in another order", questions[0].options);
        }
        let mut left: Vec<usize> = (0..names.len()).collect();
        let picks = questions.iter().map(|question| question.picked as usize);
        let mut taken: Vec<usize> = picks.map(|pick| left.remove(pick)).collect();
        taken.extend(left);
        let mut callbacks = self.callbacks.iter();
        let ran = taken.iter().map(|place| match names[*place] {
            Candidate::Callback(_) => match callbacks.next() {
                Some(number) => format!("callback#{number}"),
                None => String::from("a callback"),
            },
            candidate => self.name(candidate),
        });
        let ran: Vec<String> = ran.collect();
        let mut usual = vec![String::new(); names.len()];
        for (name, &place) in ran.iter().zip(&taken) {
            usual[place].clone_from(name);
        }
        format!(
            "{} instead of {}",
            shortened(&ran, &taken),
            shortened(&usual, &taken)
        )
    }

    fn name(&self, candidate: Candidate) -> String {
        let name = candidate.task().and_then(|task| self.tasks.get(&task));
        match (name, candidate) {
            (Some(name), Candidate::Task(_)) => name.clone(),
            (Some(name), Candidate::Timer(_)) => format!("the timer of {name}"),
            (Some(name), Candidate::Ended(_)) => format!("the end of {name}"),
            (Some(name), Candidate::Cancel(_)) => format!("the deadline of {name}"),
            _ => candidate.to_string(),
        }
    }
}

/// Joins the names up to the last entry that is not at its usual place.
fn shortened(names: &[String], taken: &[usize]) -> String {
    let moved = (0..taken.len()).rfind(|&at| taken[at] != at);
    let shown = moved.map_or(0, |last| last + 1).min(SHOWN);
    let dots = if shown < names.len() { ", .." } else { "" };
    format!("{}{dots}", names[..shown].join(", "))
}
