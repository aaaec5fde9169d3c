//! The options of the tour.
//!
//! Invariants
//! 1. An option that is not given has the default for a first visit: the real clock, a
//!    tenth of the source's delays, all programs, a page of pictures.
//! 2. Plain output is made to be compared, so it is the same every time: it runs on
//!    virtual time unless a clock is named.
//! 3. Options that contradict each other are refused; none of them takes precedence.
//!
//! Read next: `display.rs`.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Error, Parser};

use crate::command::{mistake, number, value};
use crate::programs::{self, Program};
use crate::stage::{Clock, Settings};

/// The output of `cargo xtask tour --help`.
pub const HELP: &str = "\
cargo xtask tour [ID...] [OPTIONS]

Runs the programs of the source documents and shows what they do and when: all of them, or
those with these ids. An id is a program's, as S0.P7, or a document's, as S3.

  --list                list the programs and run none
  --only ID[,ID...]     run only these, as if the ids stood alone
  --clock real|virtual  on which time; real if not said, with --plain virtual
  --scale NUMBER        what the source's delays are multiplied by;
                        0.1 on the real clock, 1 on the virtual one
  --seed NUMBER         let a seed choose the order of what is ready together
  --trace               print every event of the loop
  --plain               print what the programs print, and nothing else
  --page FILE           where to write the page; if not said, target/tour/index.html,
                        or target/tour/chosen.html if only some programs run
  --check               compare everything with the golden files, on virtual time
  --bless               write the golden files anew, and the programs of the page
";

/// The largest scale: no program of the tour takes six seconds of its own.
const LARGEST_SCALE: f64 = 1000.0;

/// The request of a command line.
#[derive(Debug)]
pub enum Request {
    /// Print the help text.
    Help,
    /// List the programs.
    List,
    /// Compare or write golden files.
    Check {
        /// The programs whose files are compared.
        programs: Vec<&'static Program>,
        /// Whether to write the files anew.
        bless: bool,
    },
    /// Run and show.
    Show(Options),
}

/// Options of a tour that runs and shows programs.
#[derive(Debug)]
pub struct Options {
    /// The programs to run.
    pub programs: Vec<&'static Program>,
    /// The clock, the scale and the seed.
    pub settings: Settings,
    /// Whether to print the events.
    pub trace: bool,
    /// Whether to print only the lines of the programs.
    pub plain: bool,
    /// The path of the page, if it is not the usual one.
    pub page: Option<PathBuf>,
}

/// Reads the words after `tour`.
///
/// # Errors
/// A message that says what is wrong.
pub fn parse(words: &mut Parser) -> Result<Request, String> {
    let mut said = Said::default();
    said.read(words).map_err(|why| mistake("tour", &why))?;
    said.request()
}

/// The options as the command line gives them.
#[derive(Default)]
struct Said {
    help: bool,
    list: bool,
    check: bool,
    bless: bool,
    trace: bool,
    plain: bool,
    only: Vec<&'static Program>,
    clock: Option<Clock>,
    scale: Option<f64>,
    seed: Option<u64>,
    page: Option<PathBuf>,
}

impl Said {
    fn read(&mut self, words: &mut Parser) -> Result<(), Error> {
        while let Some(word) = words.next()? {
            match word {
                Long("help") | Short('h') => self.help = true,
                Long("list") => self.list = true,
                Long("check") => self.check = true,
                Long("bless") => self.bless = true,
                Long("trace") => self.trace = true,
                Long("plain") => self.plain = true,
                Long("only") => {
                    let ids = "the id of a program, as S0.P7";
                    let ids = value(words, "--only", ids, |ids| Some(ids.to_owned()))?;
                    ids.split(',').try_for_each(|id| self.choose(id))?;
                }
                Long("clock") => {
                    self.clock = Some(value(words, "--clock", "real or virtual", clock)?);
                }
                Long("scale") => {
                    let what = "a number above 0 and at most 1000";
                    self.scale = Some(value(words, "--scale", what, scale)?);
                }
                Long("seed") => {
                    self.seed = Some(number(words, "--seed", "a whole number from 0 on")?);
                }
                Long("page") => {
                    let file = value(words, "--page", "a file name", |file| Some(file.into()))?;
                    self.page = Some(file);
                }
                Value(id) => self.choose(&id.string()?)?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(())
    }

    /// Adds the programs with this id to those that run.
    fn choose(&mut self, id: &str) -> Result<(), Error> {
        for program in programs::find(id)? {
            if self.only.iter().all(|chosen| chosen.id != program.id) {
                self.only.push(program);
            }
        }
        Ok(())
    }

    fn request(self) -> Result<Request, String> {
        if self.help {
            return Ok(Request::Help);
        }
        if self.list {
            return Ok(Request::List);
        }
        self.contradiction()?;
        let programs = if self.only.is_empty() {
            programs::all()
        } else {
            self.only
        };
        if self.check || self.bless {
            let bless = self.bless;
            return Ok(Request::Check { programs, bless });
        }
        let clock = self.clock.unwrap_or(match self.plain {
            true => Clock::Virtual,
            false => Clock::Real,
        });
        let usual = match clock {
            Clock::Real => 0.1,
            Clock::Virtual => 1.0,
        };
        let settings = Settings {
            clock,
            scale: self.scale.unwrap_or(usual),
            seed: self.seed,
        };
        Ok(Request::Show(Options {
            programs,
            settings,
            trace: self.trace,
            plain: self.plain,
            page: self.page,
        }))
    }

    fn contradiction(&self) -> Result<(), String> {
        let exact = self.check || self.bless;
        let beside = [
            (self.clock.is_some(), "--clock"),
            (self.scale.is_some(), "--scale"),
            (self.seed.is_some(), "--seed"),
            (self.trace, "--trace"),
            (self.plain, "--plain"),
            (self.page.is_some(), "--page"),
        ];
        let given = beside.iter().find(|(given, _)| *given);
        match given {
            Some((_, option)) if exact => Err(format!(
                "{option} has no place beside --check: golden files are of the virtual clock, full scale, no seed"
            )),
            _ if self.plain && self.page.is_some() => {
                Err("--page has no place beside --plain, which makes no page".into())
            }
            _ => Ok(()),
        }
    }
}

fn clock(name: &str) -> Option<Clock> {
    match name {
        "real" => Some(Clock::Real),
        "virtual" => Some(Clock::Virtual),
        _ => None,
    }
}

fn scale(text: &str) -> Option<f64> {
    let scale: f64 = text.parse().ok()?;
    (scale > 0.0 && scale <= LARGEST_SCALE).then_some(scale)
}
