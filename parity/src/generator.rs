//! Random programs: every construct beside and inside every other.
//!
//! A random program that hangs finds no difference, and one that ends at
//! once finds few. So the programs of this module follow three rules:
//!
//! ```text
//!   main ──► b1 ──► b2 ──► b3      a body runs and awaits only later bodies:
//!     └──────────────┴──► b3       no cycle of awaits, no endless recursion
//!
//!   weight(b2) = 1 + what it runs  a body that would start too many tasks
//!                                  yields where it would have started one
//!
//!   10 10 20 30 10                 spans of time come from a short list, so
//!                                  that deadlines often fall together
//! ```
//!
//! There is no such rule for cancels: each task may cancel each task, its
//! ancestors and itself included. Each program leaves out about half of the
//! constructs, so that the others meet more often.
//!
//! Invariants
//! 1. A seed gives the same program each time.
//! 2. Every program passes `Scenario::check`, and every run of it ends.
//!
//! Read next: `phrases.rs` (the statements), then `shrinker.rs`.

use crate::dice::Dice;
use crate::kinds::{KINDS, Kind};
use crate::objects::Object;
use crate::program::{Block, Body, Name, Plain, Scenario, Statement, Us, When};

/// Greatest number of tasks that one run of a body may start, with those of its bodies.
const HEAVIEST: u64 = 30;

pub use crate::vocabulary::Vocabulary;

/// Returns the program of a seed.
pub fn program(seed: u64) -> Scenario {
    program_of(seed, &Vocabulary::default())
}

/// Returns the program of a seed, without the constructs that a vocabulary leaves out.
pub fn program_of(seed: u64, vocabulary: &Vocabulary) -> Scenario {
    let mut dice = Dice::new(seed);
    let bodies = dice.between(2, 6) as usize;
    let on = KINDS.iter().map(|&(kind, weight, always, of)| {
        let wanted = always || dice.percent(50);
        let known = vocabulary.has(kind);
        if wanted && known && of <= vocabulary.floor {
            weight
        } else {
            0
        }
    });
    let on = on.collect();
    let times = match dice.below(4) {
        0 => vec![10_000, 20_000],
        1 => vec![0, 5_000, 10_000, 15_000, 20_000, 30_000],
        2 => vec![0, 250, 500, 999, 1_000, 1_250],
        _ => (0..6).map(|_| 1000 * dice.between(0, 60)).collect(),
    };
    let promises = dice.below(3) as usize;
    let mut opened: Vec<usize> = (1..=bodies).collect();
    opened.retain(|_| dice.percent(65));
    let sheltered = dice.pick(&[0, 25, 60]);
    let reasons = dice.percent(40) && vocabulary.allows("reasons");
    let mut maker = Maker {
        dice,
        on,
        times,
        bodies,
        promises,
        opened,
        reasons,
        weights: vec![0; bodies + 1],
        panics: vec![false; bodies + 1],
        sheltered,
        stormy: false,
        movers: Vec::new(),
        deadlines: Vec::new(),
        context: false,
        objects: Vec::new(),
        vocabulary,
        said: 0,
    };
    maker.objects = maker.choose_objects();
    let mut made: Vec<Body> = (0..=bodies).rev().map(|body| maker.body(body)).collect();
    made.reverse();
    if maker.stormy {
        made.extend(maker.failing());
    }
    made.append(&mut maker.movers);
    Scenario {
        name: format!("seed_{seed}"),
        bodies: made,
    }
}

/// The state of the generator while it makes a program.
pub(crate) struct Maker<'a> {
    pub(crate) dice: Dice,
    pub(crate) vocabulary: &'a Vocabulary,
    /// Weight of each of `KINDS` in this program; 0 leaves it out.
    on: Vec<u64>,
    times: Vec<Us>,
    /// Number of bodies besides `main`.
    pub(crate) bodies: usize,
    promises: usize,
    /// The bodies that `main` spawns before anything else.
    opened: Vec<usize>,
    reasons: bool,
    /// Greatest number of tasks that a run of each body starts.
    weights: Vec<u64>,
    /// True for each body that may panic where it runs inline.
    pub(crate) panics: Vec<bool>,
    /// True if a group spawns the bodies that fail.
    pub(crate) stormy: bool,
    /// Bodies that move the deadline of another task.
    pub(crate) movers: Vec<Body>,
    /// The deadlines of all bodies so far.
    pub(crate) deadlines: Vec<Name>,
    /// True if `main` begins with a context.
    pub(crate) context: bool,
    /// The objects that the tasks share, made at the beginning of `main`.
    pub(crate) objects: Vec<(Name, Object)>,
    /// Percentage of the statements that have a handler of their own, so that the body goes on.
    sheltered: u64,
    said: usize,
}

/// The place of the next statement in the program.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The number of the body; 0 is `main`.
    pub(crate) body: usize,
    /// Number of blocks around it.
    pub(crate) depth: usize,
    /// Number of times that the loops around it repeat it.
    pub(crate) times: u64,
    /// True inside a handler, which has something to rethrow.
    pub(crate) handler: bool,
    /// Tasks and promises that have a name by now.
    pub(crate) known: Vec<Name>,
    /// Children of groups that have a name by now.
    pub(crate) children: Vec<Name>,
    /// Timeouts, groups and callbacks that have a name by now.
    pub(crate) timeouts: Vec<Name>,
    pub(crate) groups: Vec<Name>,
    pub(crate) callbacks: Vec<Name>,
    /// True if this body has a context.
    pub(crate) context: bool,
    /// True if this body has a list of pending members.
    pub(crate) listed: bool,
    /// True if this body has a kept set.
    pub(crate) kept: bool,
    /// True inside a group. There no panic is made: it would not wait for the children.
    pub(crate) grouped: bool,
}

/// Returns the name of the body with a number.
pub(crate) fn body_name(body: usize) -> Name {
    if body == 0 {
        "main".into()
    } else {
        format!("b{body}")
    }
}

/// Returns true if a statement ends its block.
fn ends(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Return(_)
            | Statement::Rethrow
            | Statement::RaiseCancelled(_)
            | Statement::Plain(Plain::Raise(_) | Plain::Panic(_))
    )
}

impl Maker<'_> {
    fn body(&mut self, body: usize) -> Body {
        let promises = (1..=self.promises).map(|number| format!("p{number}"));
        let opened = self.opened.iter().filter(|&&opened| opened > body);
        let known = promises
            .chain(opened.map(|&opened| body_name(opened)))
            .collect();
        let mut place = Place {
            body,
            depth: 0,
            times: 1,
            handler: false,
            known,
            children: Vec::new(),
            timeouts: Vec::new(),
            groups: Vec::new(),
            callbacks: Vec::new(),
            context: false,
            listed: false,
            kept: false,
            grouped: false,
        };
        self.weights[body] = 1;
        let mut block = if body == 0 {
            self.opening(&mut place)
        } else {
            Block::new()
        };
        let length = if body == 0 {
            self.dice.between(4, 9)
        } else {
            self.dice.between(2, 6)
        };
        block.extend(self.block(&mut place, length));
        Body {
            name: body_name(body),
            block,
        }
    }

    /// Makes the beginning of `main`: the promises, most of which a callback
    /// sets, and tasks that every body can name.
    fn opening(&mut self, place: &mut Place) -> Block {
        let mut block = Block::new();
        if self.uses(Kind::Context) && self.dice.percent(60) {
            block.extend(self.phrase(place, Kind::Put));
            block.extend(self.phrase(place, Kind::Context));
            self.context = true;
        }
        block.extend(self.objects.iter().map(|(into, object)| {
            Statement::Plain(Plain::New {
                into: into.clone(),
                object: object.clone(),
            })
        }));
        for number in 1..=self.promises {
            let promise = format!("p{number}");
            block.push(Statement::Plain(Plain::Promise {
                into: promise.clone(),
            }));
            if self.dice.percent(60) {
                let action = Box::new(Plain::Set {
                    promise,
                    value: format!("kept{number}"),
                });
                let when = When::Later(self.time());
                block.push(Statement::Plain(Plain::Callback {
                    into: None,
                    when,
                    action,
                }));
            }
        }
        for body in self.opened.clone() {
            self.weights[0] += self.weights[body];
            block.push(Statement::Plain(Plain::Spawn {
                into: None,
                body: body_name(body),
                group: None,
                context: (self.context && self.dice.percent(50)).then(|| "e0".into()),
            }));
        }
        block
    }

    /// Makes a block of about `length` statements.
    pub(crate) fn block(&mut self, place: &mut Place, length: u64) -> Block {
        let mut block = Block::new();
        while (block.len() as u64) < length {
            let kind = self.kind();
            let made = self.phrase(place, kind);
            if made.last().is_some_and(ends) {
                block.extend(made);
                break;
            }
            let sheltered = self.vocabulary.has(Kind::Try) && self.dice.percent(self.sheltered);
            match sheltered {
                true => block.push(Statement::Try {
                    block: made,
                    cancelled: None,
                    failed: Some(Block::new()),
                }),
                false => block.extend(made),
            }
        }
        block
    }

    /// Makes a block inside the statement at `place`.
    pub(crate) fn nested(&mut self, place: &mut Place) -> Block {
        let length = self.dice.between(1, 3);
        place.depth += 1;
        let block = self.block(place, length);
        place.depth -= 1;
        block
    }

    /// Adds the tasks that a statement at `place` starts; returns false if they are too many.
    pub(crate) fn starts(&mut self, place: &Place, tasks: u64) -> bool {
        let weight = self.weights[place.body] + place.times * tasks;
        let few = weight <= HEAVIEST;
        if few {
            self.weights[place.body] = weight;
        }
        few
    }

    /// Returns true if this program may have a construct.
    pub(crate) fn uses(&self, kind: Kind) -> bool {
        let mut known = KINDS.iter().zip(&self.on);
        known.any(|(&(known, ..), &weight)| known == kind && weight > 0)
    }

    fn kind(&mut self) -> Kind {
        let total = self.on.iter().sum();
        let mut left = self.dice.below(total);
        for (&(kind, ..), &weight) in KINDS.iter().zip(&self.on) {
            if left < weight {
                return kind;
            }
            left -= weight;
        }
        Kind::Yield
    }

    /// Chooses a later body to be run inline at `place`.
    pub(crate) fn inline_body(&mut self, place: &Place) -> Option<usize> {
        let body = self.later_body(place)?;
        if self.panics[body] && place.grouped {
            return None;
        }
        self.panics[place.body] |= self.panics[body];
        Some(body)
    }

    /// Chooses a later body that `place` may still start; `None` if its weight is too great.
    pub(crate) fn later_body(&mut self, place: &Place) -> Option<usize> {
        if place.body >= self.bodies {
            return None;
        }
        let chosen = self.dice.between(place.body as u64 + 1, self.bodies as u64) as usize;
        let weight = self.weights[place.body] + place.times * self.weights[chosen];
        (weight <= HEAVIEST).then(|| {
            self.weights[place.body] = weight;
            chosen
        })
    }

    /// Chooses a task or promise that `place` may await; it cannot await the body at `place`.
    pub(crate) fn awaitable(&mut self, place: &Place) -> Option<Name> {
        let rare = ["q", "d"];
        let rare = |name: &&Name| rare.iter().any(|kind| name.starts_with(kind));
        let mut rare: Vec<Name> = place.known.iter().filter(rare).cloned().collect();
        rare.extend(place.children.iter().cloned());
        if !rare.is_empty() && self.dice.percent(30) {
            return Some(self.dice.pick(&rare));
        }
        if place.body < self.bodies && (place.known.is_empty() || self.dice.percent(5)) {
            let later = self.dice.between(place.body as u64 + 1, self.bodies as u64) as usize;
            return Some(body_name(later));
        }
        (!place.known.is_empty()).then(|| self.dice.pick(&place.known))
    }

    /// Chooses a timeout: of this body, or one that another body may have opened.
    pub(crate) fn timeout_name(&mut self, place: &Place) -> Option<Name> {
        if !self.deadlines.is_empty() && self.dice.percent(50) {
            return Some(self.dice.pick(&self.deadlines.clone()));
        }
        place.timeouts.last().cloned()
    }

    /// Chooses any task or promise, to be cancelled or asked for its state.
    pub(crate) fn anybody(&mut self, place: &Place) -> Name {
        match self.dice.below(20) {
            0..10 if !place.known.is_empty() => self.dice.pick(&place.known),
            10 => "me".into(),
            11 => "main".into(),
            12..16 if !self.opened.is_empty() => body_name(self.dice.pick(&self.opened.clone())),
            _ => body_name(self.dice.between(1, self.bodies as u64) as usize),
        }
    }

    pub(crate) fn time(&mut self) -> Us {
        self.dice.pick(&self.times)
    }

    pub(crate) fn reason(&mut self) -> Option<String> {
        let given = self.reasons && self.dice.percent(50);
        given.then(|| self.dice.pick(&["why", "stop"]).into())
    }

    /// Makes a word that no other statement prints.
    pub(crate) fn saying(&mut self) -> String {
        self.said += 1;
        format!("s{}", self.said)
    }
}
