//! A schedule in one sentence, with the names of the tasks.
//!
//! The problem: "question 7 was answered with 2" does not help. A reader wants the iteration,
//! and which task ran before which. The chooser knows numbers only; the trace of the same run
//! knows the names. So the kit runs the schedule once more with a recorder, and puts both
//! together.
//!
//! ```text
//!   questions of iteration 2   3 options: 2    2 options: 0
//!   steps of iteration 2       w3  w1  w2
//!   the story                  in iteration 2: w3, w1, w2 instead of w1, w2, w3
//! ```
//!
//! Invariants:
//! 1. The orders of a story are those of the trace. Where an entry of a round leaves no step in
//!    the trace, the story says the places instead.
//! 2. A story has one part for each round with a deviation, and one for each other deviation.
//!
//! Read next: `schedule/pick.rs`.

use groundup::trace::{Event, Verb};

use crate::schedule::guide::Guide;
use crate::schedule::{Kind, Question};

/// The most names of a round that a story shows.
const SHOWN: usize = 6;

/// Tells the run that `guide` has guided, whose questions are `record`, and whose trace has these
/// events.
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
            parts.push(match note {
                Some(note) => note.text.clone(),
                None => part(questions, iterations[at], events),
            });
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

/// Tells one round, or one other choice.
fn part(questions: &[Question], iteration: u64, events: &[Event]) -> String {
    let Question {
        kind,
        options,
        picked,
    } = questions[0];
    match kind {
        Kind::Ready => format!(
            "in iteration {iteration}: {}",
            order(questions, iteration, events)
        ),
        Kind::Branch => format!(
            "in iteration {iteration}: a race polls branch {} of {options} first",
            picked + 1
        ),
        Kind::Seed => format!("random numbers of seed {picked}"),
        _ => format!("in iteration {iteration}: pick {picked} of {options}"),
    }
}

/// Tells the order of a round, by names if the trace has one step for each entry.
fn order(questions: &[Question], iteration: u64, events: &[Event]) -> String {
    let size = questions[0].options as usize;
    let mut left: Vec<usize> = (0..size).collect();
    let picks = questions.iter().map(|question| question.picked as usize);
    let mut taken: Vec<usize> = picks.map(|pick| left.remove(pick)).collect();
    taken.extend(left);
    let ran: Vec<String> = (events.iter().filter(|event| event.iteration == iteration))
        .filter_map(name_of_step)
        .collect();
    if ran.len() != size {
        let places = taken.iter().map(|place| format!("#{}", place + 1));
        let places: Vec<String> = places.collect();
        return format!(
            "the {size} entries run in the order {}",
            shortened(&places, &taken)
        );
    }
    let mut usual = vec![String::new(); size];
    for (name, &place) in ran.iter().zip(&taken) {
        usual[place].clone_from(name);
    }
    format!(
        "{} instead of {}",
        shortened(&ran, &taken),
        shortened(&usual, &taken)
    )
}

/// Joins the names up to the last entry that is not at its usual place.
fn shortened(names: &[String], taken: &[usize]) -> String {
    let moved = (0..taken.len()).rfind(|&at| taken[at] != at);
    let shown = moved.map_or(0, |last| last + 1).min(SHOWN);
    let dots = if shown < names.len() { ", .." } else { "" };
    format!("{}{dots}", names[..shown].join(", "))
}

/// Returns the name of the task or the callback that an event runs.
fn name_of_step(event: &Event) -> Option<String> {
    match &event.verb {
        Verb::Step => Some(event.task.as_ref()?.name.to_string()),
        Verb::Run { callback } => Some(format!("callback#{callback}")),
        _ => None,
    }
}
