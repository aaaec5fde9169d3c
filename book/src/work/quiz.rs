//! A quiz, whose right answer is computed.
//!
//! The problem: an answer that an author writes down is an opinion, and it grows old. Here the author
//! writes the choices, and the program behind the question decides which one is right.
//!
//! | `answer` | computed |
//! |---|---|
//! | `prints` | the printed lines, with ` / ` between them |
//! | `elapsed` | the seconds on virtual time |
//! | `iterations` | the iterations of the loop |
//! | `compiles` | `yes` or `no`, for `book/quiz/NAME.rs`; with `no`, the quiz names the `error`: `E0277` |
//!
//! A wrong choice can name by `under` where it would be right: the seed of another order, or
//! another program, such as one that blocks. That is computed, too.
//!
//! Invariants
//! 1. Of three or four choices, exactly one is right.
//! 2. A choice with `under` is the answer there.
//!
//! Read next: `compiles.rs`.

use serde::Deserialize;

use crate::programs::cast::{Cast, Shown};
use crate::programs::stage::Order;
use crate::tree::{Fault, Tree};
use crate::work::compiles::first_error;

/// The file of a quiz.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiz {
    /// The question.
    pub question: String,
    /// The program that is shown, and runs.
    pub program: Option<String>,
    /// The kind of the answer.
    pub answer: Answer,
    /// The compiler's error, such as `E0277`, if the answer is `no`.
    pub error: Option<String>,
    /// The choices.
    #[serde(rename = "choice")]
    pub choices: Vec<Choice>,
}

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Its lines.
    Prints,
    /// Its time.
    Elapsed,
    /// The iterations of its loop.
    Iterations,
    /// Whether it compiles.
    Compiles,
}

/// A choice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The choice itself.
    pub says: String,
    /// Why it is right, or the mistake behind it.
    pub why: String,
    /// Where it would be right: `seed 3`, or `program NAME`.
    pub under: Option<String>,
}

impl Quiz {
    /// Returns the path of a quiz.
    pub fn path(name: &str) -> String {
        format!("book/quiz/{name}.toml")
    }

    /// Reads a quiz.
    ///
    /// # Errors
    /// If it is not there, or is not as a quiz should be.
    pub fn read(tree: &Tree, name: &str) -> Result<Self, String> {
        let path = Self::path(name);
        toml::from_str(&tree.read(&path)?).map_err(|why| format!("{path}: {why}"))
    }

    /// Computes the answer.
    ///
    /// # Errors
    /// If the program cannot be run.
    pub fn computed(&self, tree: &Tree, cast: &Cast<'_>, name: &str) -> Result<String, String> {
        if self.answer == Answer::Compiles {
            let error = first_error(tree, name)?;
            if error != self.error {
                let [found, named] =
                    [&error, &self.error].map(|error| error.as_deref().unwrap_or("none"));
                return Err(format!(
                    "the compiler's error is {found}, and the quiz has `error`: {named}"
                ));
            }
            return Ok(if error.is_none() { "yes" } else { "no" }.into());
        }
        let program = self
            .program
            .as_deref()
            .ok_or("this question needs a program")?;
        Ok(self.of(&*cast.show(program)?))
    }

    fn of(&self, shown: &Shown) -> String {
        match self.answer {
            Answer::Prints => normal(&shown.text),
            Answer::Iterations => shown.iterations.to_string(),
            Answer::Elapsed => {
                let ms = (shown.elapsed + 500_000) / 1_000_000;
                format!("{}.{:03}", ms / 1000, ms % 1000)
            }
            Answer::Compiles => String::new(),
        }
    }

    /// Returns true if a choice says this.
    fn says(&self, choice: &Choice, computed: &str) -> bool {
        let said = choice.says.trim();
        match self.answer {
            Answer::Elapsed => {
                let said = said.trim_end_matches(" s").parse::<f64>();
                said.is_ok_and(|said| format!("{said:.3}") == computed)
            }
            _ => normal(said) == computed,
        }
    }

    /// Returns the right choice, and the faults of the quiz.
    pub fn judged(&self, tree: &Tree, cast: &Cast<'_>, name: &str) -> (Option<usize>, Vec<Fault>) {
        let path = Self::path(name);
        let mut faults = Vec::new();
        let answer = match self.computed(tree, cast, name) {
            Ok(answer) => answer,
            Err(why) => return (None, vec![Fault::new(path, 0, why)]),
        };
        let right: Vec<usize> = (0..self.choices.len())
            .filter(|&at| self.says(&self.choices[at], &answer))
            .collect();
        if right.len() != 1 {
            let what = format!(
                "{} choices are right; the answer is {answer:?}",
                right.len()
            );
            faults.push(Fault::new(path.clone(), 0, what));
        }
        let two =
            self.choices.len() == 2 && ["yes", "no", "true", "false"].contains(&answer.as_str());
        if !two && !(3..=4).contains(&self.choices.len()) {
            let what = format!("{} choices; a quiz has 3 or 4", self.choices.len());
            faults.push(Fault::new(path.clone(), 0, what));
        }
        let lines = lines_of(tree, &path);
        for (at, choice) in self.choices.iter().enumerate() {
            let Some(under) = &choice.under else { continue };
            let line = lines.get(at).copied().unwrap_or(0);
            match self.under(cast, under) {
                Ok(other) if !self.says(choice, &other) => {
                    let what = format!("under {under:?} the answer is {other:?}");
                    faults.push(Fault::new(path.clone(), line, what));
                }
                Ok(_) => {}
                Err(why) => faults.push(Fault::new(path.clone(), line, why)),
            }
        }
        (right.first().copied(), faults)
    }

    fn under(&self, cast: &Cast<'_>, under: &str) -> Result<String, String> {
        let shown = match under.split_once(' ') {
            Some(("seed", seed)) => {
                let seed = seed.parse().map_err(|_| format!("{under:?} is no seed"))?;
                let program = self.program.as_deref().ok_or("a seed needs a program")?;
                cast.show_in(program, Order::Seed(seed))?
            }
            Some(("program", name)) => cast.show(name)?,
            _ => {
                return Err(format!(
                    "`under` is \"seed N\" or \"program NAME\", not {under:?}"
                ));
            }
        };
        Ok(self.of(&shown))
    }
}

/// Returns lines in one line.
fn normal(text: &str) -> String {
    let lines = text.trim().lines().map(str::trim_end);
    lines.collect::<Vec<_>>().join(" / ")
}

/// Returns the lines of the choices in the file.
fn lines_of(tree: &Tree, path: &str) -> Vec<usize> {
    let text = tree.read(path).unwrap_or_default();
    let lines = text.lines().enumerate();
    let says = lines.filter(|(_, line)| line.trim_start().starts_with("says"));
    says.map(|(at, _)| at + 1).collect()
}
