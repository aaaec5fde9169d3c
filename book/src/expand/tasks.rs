//! Work for the reader: quizzes, sabotages, exercises.
//!
//! The problem: an answer beside its question is read at once. So each is folded, by an element that
//! needs no script and opens on paper.
//!
//! Invariant: the answer in the fold is right: the check has computed it.
//!
//! Read next: `../check.rs`.

use serde::Deserialize;

use super::code::{escape, rust};
use super::{Expander, fence};
use crate::programs::source;
use crate::work::quiz::{Answer, Quiz};
use crate::work::sabotage::Sabotage;

/// The file of the exercises of a floor: the part that the book shows.
#[derive(Debug, Deserialize)]
struct Exercises {
    exercise: Vec<Exercise>,
}

#[derive(Debug, Deserialize)]
struct Exercise {
    number: String,
    title: String,
    minutes: u32,
}

impl Expander<'_> {
    /// `{{quiz NAME}}`
    pub(super) fn quiz(&mut self, name: &str) -> Result<String, String> {
        self.uses(Quiz::path(name));
        let quiz = Quiz::read(self.tree, name)?;
        let (right, faults) = quiz.judged(self.tree, self.cast, name);
        self.done.faults.extend(faults);
        let program = match (&quiz.program, quiz.answer) {
            (_, Answer::Compiles) => {
                let path = format!("book/quiz/{name}.rs");
                self.uses(&path);
                source::listing(&self.tree.read(&path)?)
            }
            (Some(program), _) => {
                self.uses(source::path(program));
                source::listing(&self.tree.read(&source::path(program))?)
            }
            (None, _) => String::new(),
        };
        for under in quiz
            .choices
            .iter()
            .filter_map(|choice| choice.under.as_deref())
        {
            if let Some(program) = under.strip_prefix("program ") {
                self.uses(source::path(program));
            }
        }
        let text = rendered(name, &quiz, right, &program);
        self.generate(format!("book/text/quiz/{name}.md"), text.clone());
        Ok(text)
    }

    /// `{{sabotage NAME}}`
    pub(super) fn sabotage(&mut self, name: &str) -> Result<String, String> {
        self.uses(Sabotage::patch(name));
        self.uses(format!("book/sabotage/{name}.toml"));
        let sabotage = Sabotage::read(self.tree, name)?;
        self.done.faults.extend(sabotage.faults(self.tree, name));
        let patch = self.tree.read(&Sabotage::patch(name))?;
        let lines = patch.lines().skip_while(|line| !line.starts_with("--- "));
        let lines = lines.filter(|line| !line.starts_with("index ") && !line.starts_with("diff "));
        let diff = lines.collect::<Vec<_>>().join("\n");
        Ok(format!(
            "<div class=\"sabotage\">\n\n{}\nSave it as `{name}.patch`, or take `{}`, and apply it with \
             `git apply`. Which test goes red?\n\n<details>\n<summary>Answer</summary>\n\n`{}`\n\n{}\n\n\
             </details>\n</div>\n",
            fence("diff", &diff),
            Sabotage::patch(name),
            sabotage.test,
            sabotage.why.trim()
        ))
    }

    /// `{{exercises N}}`
    pub(super) fn exercises(&mut self, floor: &str) -> Result<String, String> {
        let path = format!("exercises/floor-{floor}.toml");
        let text = self.tree.read(&path)?;
        let exercises: Exercises = toml::from_str(&text).map_err(|why| format!("{path}: {why}"))?;
        let mut list = String::from("| exercise | minutes |\n|---|--:|\n");
        for exercise in &exercises.exercise {
            let Exercise {
                number,
                title,
                minutes,
            } = exercise;
            list.push_str(&format!("| **{number}** {title} | {minutes} |\n"));
        }
        let first = exercises
            .exercise
            .first()
            .map_or_else(String::new, |first| first.number.clone());
        Ok(format!(
            "{list}\n`cargo xtask exercise start {first}` begins, and `cargo xtask exercise check {first}` \
             says in one line what is missing.\n"
        ))
    }
}

fn rendered(name: &str, quiz: &Quiz, right: Option<usize>, program: &str) -> String {
    let mut text = format!(
        "<div class=\"quiz\" id=\"quiz-{name}\">\n\n**Quiz.** {}\n\n",
        quiz.question.trim()
    );
    if !program.is_empty() {
        text.push_str(&rust(program));
        text.push('\n');
    }
    for (at, choice) in quiz.choices.iter().enumerate() {
        let unit = match quiz.answer {
            Answer::Elapsed if !choice.says.trim().ends_with('s') => " s",
            _ => "",
        };
        let lines = choice
            .says
            .trim()
            .lines()
            .flat_map(|line| line.split(" / "));
        let lines: Vec<String> = lines.map(|line| escape(line.trim_end())).collect();
        let (class, verdict) = match right == Some(at) {
            true => ("yes", "Right."),
            false => ("no", "Wrong."),
        };
        text.push_str(&format!(
            "<details class=\"choice {class}\">\n<summary><code>{}{unit}</code></summary>\n\n**{verdict}** {}\n\n</details>\n",
            lines.join("<br>"),
            choice.why.trim()
        ));
    }
    text + "</div>\n"
}
