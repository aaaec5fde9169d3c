//! The tour: every source program, run on our loop and judged.
//!
//! ```text
//!   options ──► for each program: play ──► display ──► judge
//!                                  │                     │
//!                                  └── timeline ─────────┴──► table, page
//! ```
//!
//! Invariants
//! 1. Programs run one after another, in the order of the documents, each on a
//!    stage and a loop of its own.
//! 2. The tour checks that the page can be written before it runs the first program.
//! 3. The exit code is 1 if, and only if, a verdict is "wrong"; it is 2 if the output
//!    could not be printed.
//!
//! Read next: `tour/options.rs`.

pub mod display;
pub mod options;
pub mod output;
pub mod plain;

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

use groundup_view::{LEGEND, Timeline};
use lexopt::Parser;

use crate::page::{self, Page};
use crate::programs::{DOCUMENTS, Program};
use crate::stage::{Clock, Performance, Settings, play};
use crate::verdict::{Verdict, judge};
use crate::{golden, timeline};
use display::{Display, seconds};
use options::{Options, Request};
use output::{Missing, Out};
use plain::Plain;

/// A program with its run and the verdict on it.
#[derive(Debug)]
pub struct Visit {
    /// The program.
    pub program: &'static Program,
    /// The run of the program.
    pub seen: Performance,
    /// The run as a timeline.
    pub timeline: Timeline,
    /// The verdict on the run.
    pub verdict: Verdict,
}

/// Runs the verb `cargo xtask tour`.
///
/// # Errors
/// A message that says what is wrong with the arguments, or why the page or a golden file
/// cannot be written.
pub fn main(words: &mut Parser) -> Result<ExitCode, String> {
    let missing = Missing::default();
    let out = missing.watch(io::stdout());
    let all_well = match options::parse(words)? {
        Request::Help => write(&out, options::HELP),
        Request::List => write(&out, &list()),
        Request::Check { programs, bless } => golden::check(&programs, bless, &out)?,
        Request::Show(options) if options.plain => plain_tour(&options, out),
        Request::Show(options) => full_tour(&options, out, Display::colours())?,
    };
    missing.complain()?;
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns the folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Returns the folder of the builds of the workspace, and of the page.
pub(crate) fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace().join(named)
}

fn write(out: &Out, text: &str) -> bool {
    let _ = out.borrow_mut().write_all(text.as_bytes());
    true
}

/// Returns a list of every document and its programs, one line each.
pub fn list() -> String {
    let mut text = String::new();
    for document in &DOCUMENTS {
        text.push_str(&format!("{}  {}\n", document.id, document.title));
        for program in document.programs() {
            let id = format!("{}.{}", document.id, program.number());
            let title = match document.same_as {
                Some(_) => format!("the same as {}", program.id),
                None => program.title.to_owned(),
            };
            text.push_str(&format!("    {id:<15} {title}\n"));
        }
    }
    text
}

/// Runs one program without output.
pub fn visit(program: &'static Program, settings: Settings) -> Visit {
    let nobody = Rc::new(RefCell::new(crate::stage::Nobody));
    look_back(program, settings, play(program.main, settings, nobody))
}

/// Makes the visit of a program that has ended: its timeline and its verdict.
fn look_back(program: &'static Program, settings: Settings, seen: Performance) -> Visit {
    Visit {
        program,
        timeline: timeline::of(program, &settings, &seen),
        verdict: judge(program, &settings, &seen),
        seen,
    }
}

/// Runs `--plain`, and returns true if no verdict is "wrong".
pub fn plain_tour(options: &Options, out: Out) -> bool {
    let mut all_well = true;
    for program in &options.programs {
        let audience = Rc::new(RefCell::new(Plain::new(out.clone(), options.trace)));
        let seen = play(program.main, options.settings, audience.clone());
        let verdict = judge(program, &options.settings, &seen);
        if verdict.is_wrong() {
            eprintln!("xtask: {}: {verdict}", program.id);
            all_well = false;
        }
        if audience.borrow().is_closed() {
            break;
        }
    }
    all_well
}

/// Runs and shows the programs, sums up, and writes the page; returns true if no verdict
/// is "wrong".
///
/// # Errors
/// If the page cannot be written.
pub fn full_tour(options: &Options, out: Out, colours: bool) -> Result<bool, String> {
    // The page of a part of the tour does not replace the page of the whole one.
    let file = match options.programs.len() == crate::programs::all().len() {
        true => "tour/index.html",
        false => "tour/chosen.html",
    };
    let usual = || target().join(file);
    let path: PathBuf = options.page.clone().unwrap_or_else(usual);
    page::prepare(&path)?;
    let settings = options.settings;
    let display = Rc::new(RefCell::new(Display::new(out, colours, options.trace)));
    display.borrow_mut().print(&opening(options));
    let mut visits = Vec::new();
    let mut document = "";
    for (number, program) in options.programs.iter().enumerate() {
        let of = program.document();
        if std::mem::replace(&mut document, of.id) != of.id {
            display.borrow_mut().print(&format!("\n{}\n", of.credit()));
        }
        display
            .borrow_mut()
            .begin(program, progress(options, number));
        let seen = play(program.main, settings, display.clone());
        let visit = look_back(program, settings, seen);
        display.borrow_mut().end(
            program,
            &settings,
            &visit.seen,
            &visit.timeline,
            &visit.verdict,
        );
        visits.push(visit);
        if display.borrow().is_closed() {
            break;
        }
    }
    let all_well = !visits.iter().any(|visit| visit.verdict.is_wrong());
    if visits.len() < options.programs.len() {
        return Ok(all_well); // the reader of the output has gone, and the page would not be whole
    }
    let in_place = options.page.is_none();
    let page = Page {
        settings,
        visits: &visits,
        in_place,
    };
    page::write(&path, &page.html())?;
    if in_place {
        page::write_neighbours(&path, &visits)?;
    }
    let mut display = display.borrow_mut();
    display.print("\n");
    display.heading("All programs");
    display.print(&table(&visits, &settings));
    display.print(&format!("\npage: {}\n", path.display()));
    Ok(all_well)
}

fn opening(options: &Options) -> String {
    let Settings { clock, scale, seed } = options.settings;
    let clock = match clock {
        Clock::Real => "the real clock",
        Clock::Virtual => "virtual time",
    };
    let order = match seed {
        None => "first in, first out".to_owned(),
        Some(seed) => format!("order from seed {seed}"),
    };
    let programs = match options.programs.len() {
        1 => "1 program".to_owned(),
        many => format!("{many} programs"),
    };
    let remarks = options.settings.remarks().replace(". ", ".\n");
    let remarks = match remarks.trim_start() {
        "" => String::new(),
        remarks => format!("{remarks}\n"),
    };
    format!(
        "The tour: {programs}, on {clock}, delays times {scale}, {order}.\n{remarks}\n  {}\n",
        LEGEND
    )
}

/// Returns how far the tour is, and how long it still takes.
fn progress(options: &Options, number: usize) -> String {
    let left = options.programs[number..]
        .iter()
        .map(|program| program.exact);
    let left = match options.settings.clock {
        Clock::Real => left.sum::<f64>() * options.settings.scale,
        Clock::Virtual => 0.0,
    };
    let (program, count) = (&options.programs[number], options.programs.len());
    format!(
        "[{} of {count}] {} {} ... about {left:.1} s to go",
        number + 1,
        program.id,
        program.title
    )
}

/// Returns a table: one line for each program, and one for all.
pub fn table(visits: &[Visit], settings: &Settings) -> String {
    let source = match settings.scale {
        1.0 => "source".to_owned(),
        scale => format!("source*{scale}"),
    };
    let mut text = format!(
        "  {:<15} {:<44} {:>9} {:>9} {source:>11}  {}\n",
        "program", "", "elapsed", "expected", "verdict"
    );
    let mut elapsed = 0;
    for visit in visits {
        let program = visit.program;
        let expected = crate::stage::scaled(program.exact, settings.scale).as_nanos();
        let claim = program
            .claim
            .map(|claim| format!("{:.3}", claim * settings.scale));
        text.push_str(&format!(
            "  {:<15} {:<44} {:>9} {:>9} {:>11}  {}\n",
            program.id,
            program.title,
            seconds(visit.seen.elapsed),
            seconds(expected as u64),
            claim.as_deref().unwrap_or("-"),
            visit.verdict.word()
        ));
        elapsed += visit.seen.elapsed;
    }
    let count = |word| {
        let worded = visits.iter().filter(|visit| visit.verdict.word() == word);
        worded.count()
    };
    let (wrong, unjudged) = (count("WRONG"), count("not judged"));
    text.push_str(&format!(
        "\n{} of {} programs as expected",
        visits.len() - wrong - unjudged,
        visits.len()
    ));
    if unjudged > 0 {
        text.push_str(&format!(", {unjudged} not judged"));
    }
    text.push_str(&format!(", {} s\n", seconds(elapsed)));
    text
}
