//! The command `cargo xtask book`: reads the command line.
//!
//! Read next: `check.rs`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use book::check::{Checked, Wish, check};
use book::html;
use book::programs::ALL;
use book::programs::cast::Cast;
use book::programs::stage::Order;
use book::tree::Tree;
use book::work::red;
use book::work::watch::watched;
use lexopt::prelude::*;

const HELP: &str = include_str!("../help.txt");

/// The wishes of a command line.
#[derive(Default)]
struct Asked {
    wish: Wish,
    check: bool,
    open: bool,
    red: bool,
    run: bool,
    trace: bool,
    seed: Option<u64>,
    /// The words without a dash.
    names: Vec<String>,
}

fn main() -> ExitCode {
    watched(&Tree::here().target().join("book"), command)
}

/// Runs the command; in a process that may be ended by a program of the book.
fn command() -> ExitCode {
    let done = read().and_then(|asked| match asked {
        Some(asked) => act(&asked),
        None => {
            print!("{HELP}");
            Ok(true)
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("book: {why}");
            ExitCode::from(2)
        }
    }
}

/// Reads the command line; `None` asks for the help.
fn read() -> Result<Option<Asked>, String> {
    let mut words = lexopt::Parser::from_env();
    let mut asked = Asked::default();
    let told = |why: lexopt::Error| format!("{why}; `cargo xtask book --help` lists the options");
    while let Some(word) = words.next().map_err(told)? {
        match word {
            Short('h') | Long("help") => return Ok(None),
            Long("check") => asked.check = true,
            Long("bless") => asked.wish.bless = true,
            Long("open") => asked.open = true,
            Long("red") => asked.red = true,
            Long("trace") => asked.trace = true,
            Long("chapter") => {
                let name = words
                    .value()
                    .and_then(|value| value.string())
                    .map_err(told)?;
                asked.wish.chapter = Some(name);
            }
            Long("seed") => {
                let seed = words
                    .value()
                    .and_then(|value| value.parse())
                    .map_err(told)?;
                asked.seed = Some(seed);
            }
            Value(word) if word == "run" && asked.names.is_empty() && !asked.red => {
                asked.run = true
            }
            Value(name) if asked.run || asked.red => {
                asked.names.push(name.to_string_lossy().into())
            }
            other => return Err(told(other.unexpected())),
        }
    }
    asked
        .contradiction()
        .map_or(Ok(Some(asked)), |why| Err(why.into()))
}

impl Asked {
    /// Returns why two words of the command line do not go together.
    fn contradiction(&self) -> Option<&'static str> {
        let Wish { chapter, bless, .. } = &self.wish;
        let kinds = [self.check, *bless, self.open, self.red, self.run];
        if kinds.iter().filter(|asked| **asked).count() > 1 {
            return Some("--check, --bless, --open, --red and run are for one at a time");
        }
        if !self.run && (self.trace || self.seed.is_some()) {
            return Some("--trace and --seed are for run");
        }
        if chapter.is_some() && !self.check && !bless {
            return Some("--chapter is for --check and --bless");
        }
        None
    }
}

fn act(asked: &Asked) -> Result<bool, String> {
    let tree = Tree::here();
    if asked.run {
        return run(&tree, asked);
    }
    if asked.red {
        return red::prove(&tree, &asked.names);
    }
    let build = !asked.check && !asked.wish.bless;
    if build {
        html::mdbook()?; // before the work
        eprintln!("book: runs the programs of all chapters, and compares them with the text");
    }
    let wish = Wish {
        players: build,
        ..asked.wish.clone()
    };
    let checked = check(&tree, ALL, &wish);
    let well = told(&checked);
    if !build {
        return Ok(well);
    }
    let index = html::build(&tree, &checked)?;
    println!("book: {}", index.display());
    if asked.open {
        html::open(&index)?;
    }
    Ok(well)
}

fn told(checked: &Checked) -> bool {
    for path in &checked.written {
        println!("written: {path}");
    }
    for path in &checked.removed {
        println!("removed: {path}");
    }
    for fault in &checked.faults {
        println!("{fault}");
    }
    let chapters = checked.chapters.len();
    match checked.faults.len() {
        0 => println!("{chapters} chapters agree with the code"),
        1 => println!("1 fault in {chapters} chapters"),
        faults => println!("{faults} faults in {chapters} chapters"),
    }
    checked.faults.is_empty()
}

fn run(tree: &Tree, asked: &Asked) -> Result<bool, String> {
    let cast = Cast::new(tree, ALL);
    let order = asked.seed.map_or(Order::Fifo, Order::Seed);
    if asked.names.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|program| program.name).collect();
        return Err(format!(
            "run needs the name of a program; there are {}",
            names.join(", ")
        ));
    }
    for name in &asked.names {
        let shown = cast.show_in(name, order)?;
        print!("{}", shown.text);
        if asked.trace {
            let ms = shown.elapsed / 1_000_000;
            let (seconds, ms) = (ms / 1000, ms % 1000);
            print!(
                "\n{}\n{seconds}.{ms:03} s, {} iterations\n",
                shown.trace, shown.iterations
            );
        }
    }
    Ok(true)
}
