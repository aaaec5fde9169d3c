//! The programs that the book can show, each run once.
//!
//! The problem: one program stands behind a listing, an output, a picture and two quizzes, and all of
//! them must show one run. And the programs of the source texts, which `cargo xtask tour` shows, have
//! their own stage.
//!
//! | name | program |
//! |---|---|
//! | `floor_4_late` | `book/programs/floor_4_late.rs` |
//! | `tour:S2.P8` | a program of the tour |
//! | `example:01_hello` | the expected output of an example, and nothing else of it |
//!
//! Invariants
//! 1. A program runs once for each order.
//! 2. A place in a program is shown as the line of the listing that a reader copies.
//!
//! Read next: `stage.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use groundup::trace::{Event, Sink, TextSink};
use groundup_view::Timeline;

use crate::programs::Program;
use crate::programs::source;
use crate::programs::stage::{Order, Run, play};
use crate::tree::Tree;

/// The parts of a run that the book can show.
#[derive(Debug)]
pub struct Shown {
    /// The printed text.
    pub text: String,
    /// The trace, a line for each event, without its head.
    pub trace: String,
    /// The picture and the page of the run.
    pub timeline: Timeline,
    /// The time that it took, in ns.
    pub elapsed: u64,
    /// The number of iterations of its loop.
    pub iterations: u64,
    /// The places in the program, as the reader's copy has them.
    places: Option<source::Places>,
}

impl Shown {
    /// Returns the picture.
    pub fn svg(&self) -> String {
        self.tidied(&self.timeline.svg())
    }

    /// Returns the page to step through.
    pub fn page(&self) -> String {
        self.tidied(&self.timeline.page())
    }

    fn tidied(&self, text: &str) -> String {
        self.places
            .as_ref()
            .map_or_else(|| text.to_owned(), |places| places.tidied(text))
    }
}

/// All programs.
pub struct Cast<'a> {
    tree: &'a Tree,
    programs: &'a [Program],
    shown: RefCell<BTreeMap<(String, Order), Rc<Shown>>>,
}

impl<'a> Cast<'a> {
    /// Returns the programs of a tree.
    pub fn new(tree: &'a Tree, programs: &'a [Program]) -> Self {
        Cast {
            tree,
            programs,
            shown: RefCell::default(),
        }
    }

    /// Runs a program, first in, first out.
    ///
    /// # Errors
    /// If there is no such program, or its run cannot be shown.
    pub fn show(&self, name: &str) -> Result<Rc<Shown>, String> {
        self.show_in(name, Order::Fifo)
    }

    /// Runs a program in an order.
    ///
    /// # Errors
    /// As [`show`](Cast::show); also if no loop of the stage runs the program, and so no seed reaches it.
    pub fn show_in(&self, name: &str, order: Order) -> Result<Rc<Shown>, String> {
        let key = (name.to_owned(), order);
        if let Some(shown) = self.shown.borrow().get(&key) {
            return Ok(shown.clone());
        }
        let shown = Rc::new(match name.strip_prefix("tour:") {
            Some(id) => tour(id, order)?,
            None => self.program(name, order)?,
        });
        self.shown.borrow_mut().insert(key, shown.clone());
        Ok(shown)
    }

    fn program(&self, name: &str, order: Order) -> Result<Shown, String> {
        let program = self.programs.iter().find(|program| program.name == name);
        let program = program.ok_or_else(|| self.missing(name))?;
        let text = self.tree.read(&source::path(name))?;
        let run: Run = play(program, order)?;
        let places = source::Places::of(name, &text);
        Ok(Shown {
            text: places.tidied(&run.text()),
            trace: places.tidied(&trace(&run.events)),
            timeline: run.timeline(source::title(&text)),
            elapsed: run.elapsed,
            iterations: run.iterations(),
            places: Some(places),
        })
    }

    fn missing(&self, name: &str) -> String {
        if self.tree.has(&source::path(name)) {
            return format!(
                "{} has no `pub fn main` or `pub async fn main`, or is not built",
                source::path(name)
            );
        }
        let begin = |parts: usize| {
            let start = name.split('_').take(parts).collect::<Vec<_>>().join("_");
            let names = self.programs.iter().map(|program| program.name);
            names
                .filter(|name| name.starts_with(&start))
                .collect::<Vec<_>>()
        };
        let near = [begin(2), begin(1), begin(0)];
        let near = near.into_iter().find(|near| !near.is_empty());
        format!(
            "there is no program {name}; there are {}",
            near.unwrap_or_default().join(", ")
        )
    }

    /// Returns the printed text of a program, or the expected output of an example.
    ///
    /// # Errors
    /// If there is none.
    pub fn output(&self, name: &str) -> Result<String, String> {
        let Some(example) = name.strip_prefix("example:") else {
            return Ok(self.show(name)?.text.clone());
        };
        let mut folders = self.tree.example_folders();
        let path = folders.find_map(|folder| {
            let path = format!("{folder}/expected/{example}.txt");
            self.tree.has(&path).then_some(path)
        });
        self.tree
            .read(&path.ok_or_else(|| format!("there is no example {example} with an output"))?)
    }
}

fn tour(id: &str, order: Order) -> Result<Shown, String> {
    let programs = xtask::programs::all();
    let program = programs.iter().find(|program| program.id == id);
    let program = program.ok_or_else(|| format!("the tour has no program {id}"))?;
    let seed = match order {
        Order::Fifo => None,
        Order::Seed(seed) => Some(seed),
    };
    let settings = xtask::stage::Settings {
        seed,
        ..xtask::stage::Settings::EXACT
    };
    let visit = xtask::tour::visit(program, settings);
    let lines = visit.seen.said.iter().map(|said| said.line.clone() + "\n");
    let events = visit.timeline.events();
    Ok(Shown {
        text: lines.collect(),
        trace: trace(events),
        elapsed: visit.seen.elapsed,
        iterations: events.last().map_or(0, |event| event.iteration),
        timeline: visit.timeline,
        places: None,
    })
}

fn trace(events: &[Event]) -> String {
    let mut sink = TextSink::new(String::new());
    events.iter().for_each(|event| sink.event(event));
    let text = sink.into_inner();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}
