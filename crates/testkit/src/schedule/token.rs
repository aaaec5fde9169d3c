//! A schedule in a few characters, for another process.
//!
//! The problem: a failing schedule is found on one machine and repeated on another, after a
//! day of changes. The token must be short enough to copy, and a token that no longer fits must
//! say so, because a run that passes by accident proves nothing.
//!
//! ```text
//!   gu1:  4zk   0 1   4 0
//!         │     │ │   └─┴─ the same for the next deviation
//!         │     │ └─ the answer, less 1
//!         │     └─ questions since the last deviation
//!         └─ hash of the questions up to the last deviation
//! ```
//!
//! Each number is written in groups of four bits, the lowest first; a character has one group,
//! and a bit that says whether another one follows.
//!
//! Invariants:
//! 1. A token that is written and read back is the same schedule.
//! 2. The hash covers the kinds and the options of the questions, not the answers.
//!
//! Read next: `schedule/story.rs`.

use crate::schedule::{Deviation, Question};

const BEGIN: &str = "gu1:";

/// The characters of a token. None of them looks like another one.
const CHARACTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A schedule as a token names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) schedule: Vec<Deviation>,
    hash: u16,
}

impl Token {
    /// Makes the token of a schedule, from the questions of a run under it.
    pub(crate) fn new(schedule: &[Deviation], record: &[Question]) -> Self {
        Token {
            schedule: schedule.to_vec(),
            hash: hash(schedule, record),
        }
    }

    /// Returns true if a run under the schedule asked the questions that the token knows.
    pub(crate) fn fits(&self, record: &[Question]) -> bool {
        let asked = |deviation: &Deviation| {
            let question = record.get(deviation.at as usize);
            question.is_some_and(|question| question.picked == deviation.pick)
        };
        self.schedule.iter().all(asked) && self.hash == hash(&self.schedule, record)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::from(BEGIN);
        for shift in [10, 5, 0] {
            text.push(character(u32::from(self.hash >> shift)));
        }
        let mut next = 0;
        for deviation in &self.schedule {
            for mut number in [deviation.at - next, deviation.pick - 1] {
                while number > 15 {
                    text.push(character(number % 16 + 16));
                    number /= 16;
                }
                text.push(character(number));
            }
            next = deviation.at + 1;
        }
        text
    }

    /// Reads a token, or returns a sentence about its fault.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("{text:?} is no token of a schedule: {what}"));
        let Some(body) = text.trim().strip_prefix(BEGIN) else {
            return wrong("one of this version begins with `gu1:`");
        };
        let value = |c: char| CHARACTERS.iter().position(|&known| char::from(known) == c);
        let Some(values) = body.chars().map(value).collect::<Option<Vec<_>>>() else {
            return wrong("it has a character that no token has");
        };
        let Some((head, rest)) = values.split_first_chunk::<3>() else {
            return wrong("it is too short");
        };
        let hash = head.iter().fold(0, |hash, &value| hash << 5 | value as u16);
        let (mut numbers, mut number, mut shift) = (Vec::new(), 0_u32, 0);
        for &value in rest {
            let Some(group) = (value as u32 % 16)
                .checked_shl(shift)
                .filter(|_| shift < 29)
            else {
                return wrong("it has a number that is too large");
            };
            (number, shift) = (number | group, shift + 4);
            if value < 16 {
                numbers.push(std::mem::take(&mut number));
                shift = 0;
            }
        }
        if shift > 0 || numbers.len() % 2 > 0 {
            return wrong("its end is missing");
        }
        let (mut schedule, mut next) = (Vec::new(), 0_u32);
        for pair in numbers.chunks_exact(2) {
            let (Some(at), Some(pick)) = (next.checked_add(pair[0]), pair[1].checked_add(1)) else {
                return wrong("it has a number that is too large");
            };
            schedule.push(Deviation { at, pick });
            next = at.saturating_add(1);
        }
        Ok(Token { schedule, hash })
    }
}

fn character(value: u32) -> char {
    char::from(CHARACTERS[value as usize % 32])
}

/// Returns 15 bits that depend on the questions up to the last deviation.
fn hash(schedule: &[Deviation], record: &[Question]) -> u16 {
    let asked = schedule.last().map_or(0, |last| last.at as usize + 1);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a
    for question in &record[..asked.min(record.len())] {
        for part in [question.kind as u64, u64::from(question.options)] {
            hash = (hash ^ part).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    ((hash >> 32 ^ hash) & 0x7fff) as u16
}
