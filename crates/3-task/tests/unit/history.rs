//! Compares the history of a wait word with the list of all its words.
//!
//! Invariant: a mark restores the word of its moment, or NOTHING if the word was NOTHING since.
//!
//! Read next: `src/core/history.rs`.

use std::future::pending;

use proptest::prelude::*;

use super::moment;
use crate::run::Scheduler;
use crate::store::ticket::WaitWord;

/// A change in a step, by the code of a task.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// A wait for one of three things.
    Add(u64),
    /// The wait is over, if it is the only one.
    End,
    /// A part that keeps its own waits begins.
    Aside,
    /// The last such part ends, or suspends.
    Back { suspended: bool },
    /// A combinator marks the moment.
    Mark,
    /// The last combinator has its result.
    Restore,
    /// A running task of another loop of the thread adds a wait.
    Elsewhere,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..3_u64).prop_map(Change::Add),
        1 => Just(Change::End),
        1 => Just(Change::Aside),
        1 => any::<bool>().prop_map(|suspended| Change::Back { suspended }),
        2 => Just(Change::Mark),
        2 => Just(Change::Restore),
        1 => Just(Change::Elsewhere),
    ]
}

/// All words of a part, and the marks in it.
struct Part {
    words: Vec<WaitWord>,
    marks: Vec<usize>,
}

impl Part {
    fn new() -> Self {
        Part {
            words: vec![WaitWord::NOTHING],
            marks: Vec::new(),
        }
    }

    fn word(&self) -> WaitWord {
        self.words[self.words.len() - 1]
    }

    fn add(&mut self, word: WaitWord) {
        self.words.push(match (self.word(), word) {
            (before, WaitWord::NOTHING) => before,
            (WaitWord::NOTHING, word) => word,
            (before, word) if before == word => word,
            _ => WaitWord::SEVERAL,
        });
    }
}

mod props {
    use super::*;

    proptest! {
        #[test]
        fn a_mark_restores_the_word_of_its_moment(changes in prop::collection::vec(change(), 0..60)) {
            let [scheduler, elsewhere] = [(); 2].map(|()| Scheduler::new().unwrap());
            let [here, there] = [&scheduler, &elsewhere].map(|it| it.spawn(pending::<()>()).ticket());
            let (core, other) = (&scheduler.core, &elsewhere.core);
            let (slot, slot_there) = (core.slot_of(here).unwrap(), other.slot_of(there).unwrap());
            let (mut parts, mut asides, mut moments) = (vec![Part::new()], Vec::new(), Vec::new());
            for change in changes {
                let depth = parts.len();
                let part = &mut parts[depth - 1];
                match change {
                    Change::Add(thing) => {
                        let word = WaitWord::from_bits(1 << 50 | thing);
                        core.add_wait(slot, word);
                        part.add(word);
                    }
                    Change::End if part.word() != WaitWord::SEVERAL => {
                        slot.set_wait(WaitWord::NOTHING);
                        part.words.push(WaitWord::NOTHING);
                    }
                    Change::End => {}
                    Change::Aside => {
                        asides.push(core.put_waits_aside(slot));
                        parts.push(Part::new());
                    }
                    Change::Back { suspended } => if let Some(aside) = asides.pop() {
                        let inside = parts.pop().unwrap();
                        moments.truncate(moments.len() - inside.marks.len());
                        match suspended {
                            true => core.join_waits(slot, aside),
                            false => core.put_waits_back(slot, aside),
                        }
                        if suspended {
                            parts[depth - 2].add(inside.word());
                        }
                    },
                    Change::Mark => {
                        part.marks.push(part.words.len() - 1);
                        moments.push(moment());
                    }
                    Change::Restore => if let Some(at) = part.marks.pop() {
                        core.wait_as_at(slot, moments.pop().unwrap());
                        let since = &part.words[at..];
                        let over = since.contains(&WaitWord::NOTHING);
                        let word = if over { WaitWord::NOTHING } else { since[0] };
                        part.words.push(word);
                    },
                    Change::Elsewhere => {
                        other.add_wait(slot_there, WaitWord::OUTSIDE);
                        slot_there.set_wait(WaitWord::NOTHING);
                    }
                }
                prop_assert_eq!(slot.wait(), parts[parts.len() - 1].word(), "{:?}", change);
            }
        }
    }
}
