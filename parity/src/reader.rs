//! Reads scenarios: text into programs.
//!
//! A line is one statement. A statement with a block ends at its `end`. A word
//! that starts with `#` begins a comment. `script.py` reads the language on the
//! referee's side. The table in README.md defines it for both.
//!
//! Invariants
//! 1. Nothing depends on indentation.
//! 2. A program that was read passes `Scenario::check`.
//!
//! Read next: `statements.rs` (one line), `printer.rs` (the way back).

use crate::program::{Block, Body, Scenario, Statement};
use crate::statements::simple;
pub use crate::words::Mistake;
use crate::words::Words;

/// Reads all scenarios of a text, in order.
pub fn read(text: &str) -> Result<Vec<Scenario>, Mistake> {
    let lines = text.lines().enumerate();
    let lines = lines.map(|(at, line)| Words::new(at + 1, line));
    let mut reader = Reader {
        lines: lines.filter(|words| words.peek().is_some()).peekable(),
    };
    let mut scenarios = Vec::new();
    while reader.lines.peek().is_some() {
        scenarios.push(reader.scenario()?);
    }
    Ok(scenarios)
}

type Read<T> = Result<T, Mistake>;

struct Reader<'a, L: Iterator<Item = Words<'a>>> {
    lines: std::iter::Peekable<L>,
}

/// The word that closes a block.
type Closer = &'static str;

impl<'a, L: Iterator<Item = Words<'a>>> Reader<'a, L> {
    fn next(&mut self, inside: &str) -> Read<Words<'a>> {
        let what = || format!("the text ends inside {inside}: an `end` is missing");
        self.lines.next().ok_or_else(|| Mistake {
            line: 0,
            what: what(),
        })
    }

    fn scenario(&mut self) -> Read<Scenario> {
        let mut words = self.next("a scenario")?;
        if !words.accept("scenario") {
            return words.mistake("scenario NAME");
        }
        let name = words.name("the scenario's name")?;
        words.done()?;
        let line = words.line;
        let mut bodies = Vec::new();
        while self
            .lines
            .peek()
            .is_some_and(|words| words.peek() == Some("task"))
        {
            bodies.push(self.body()?);
        }
        let scenario = Scenario { name, bodies };
        scenario.check().map_err(|what| Mistake { line, what })?;
        Ok(scenario)
    }

    fn body(&mut self) -> Read<Body> {
        let mut words = self.next("a scenario")?;
        words.accept("task");
        let name = words.name("the body's name")?;
        words.done()?;
        let (block, _) = self.block("a task", &["end"])?;
        Ok(Body { name, block })
    }

    /// Reads statements up to a closing word; returns both.
    fn block(&mut self, inside: &str, closers: &[Closer]) -> Read<(Block, Closer)> {
        let mut block = Block::new();
        loop {
            let mut words = self.next(inside)?;
            if let Some(closer) = closers.iter().find(|closer| words.is_only(closer)) {
                return Ok((block, closer));
            }
            block.push(self.statement(&mut words)?);
        }
    }

    fn inner(&mut self, inside: &str, words: &Words<'_>) -> Read<Block> {
        words.done()?;
        self.block(inside, &["end"]).map(|(block, _)| block)
    }

    fn statement(&mut self, words: &mut Words<'_>) -> Read<Statement> {
        let kind = words.peek().unwrap_or("");
        if !matches!(
            kind,
            "try" | "timeout" | "group" | "each" | "repeat" | "while" | "holding"
        ) {
            let statement = simple(words)?;
            words.done()?;
            return Ok(statement);
        }
        words.take(kind)?;
        match kind {
            "try" => self.guarded(words),
            "timeout" => {
                let within = words.us_or_none()?;
                let name = if words.accept("as") {
                    Some(words.name("a name")?)
                } else {
                    None
                };
                Ok(Statement::Timeout {
                    within,
                    name,
                    block: self.inner(kind, words)?,
                })
            }
            "group" => {
                let name = words.name("a name")?;
                Ok(Statement::Group {
                    name,
                    block: self.inner(kind, words)?,
                })
            }
            "each" => {
                let name = words.name("a name")?;
                if !(words.accept("in") && words.accept("completed")) {
                    return words.mistake("in completed");
                }
                let (within, items) = (words.within()?, words.items()?);
                Ok(Statement::Each {
                    name,
                    within,
                    items,
                    block: self.inner(kind, words)?,
                })
            }
            "holding" => {
                let object = words.name("a lock or a semaphore")?;
                Ok(Statement::Holding {
                    object,
                    block: self.inner(kind, words)?,
                })
            }
            "repeat" => {
                let times = words.number("how many times")?;
                Ok(Statement::Repeat {
                    times,
                    block: self.inner(kind, words)?,
                })
            }
            _ => {
                let list = words.name("a list")?;
                Ok(Statement::While {
                    list,
                    block: self.inner(kind, words)?,
                })
            }
        }
    }

    fn guarded(&mut self, words: &Words<'_>) -> Read<Statement> {
        words.done()?;
        let (block, mut closer) = self.block("try", &["cancelled", "failed"])?;
        let (mut cancelled, mut failed) = (None, None);
        if closer == "cancelled" {
            let (handler, next) = self.block("try", &["failed", "end"])?;
            (cancelled, closer) = (Some(handler), next);
        }
        if closer == "failed" {
            failed = Some(self.block("try", &["end"])?.0);
        }
        Ok(Statement::Try {
            block,
            cancelled,
            failed,
        })
    }
}
