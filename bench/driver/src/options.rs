//! The command line of the driver.
//!
//! Invariants: an invalid command line costs one line and exit code 2. An error about
//! a row or a system that does not exist lists those that do.
//!
//! Read next: `rows.rs`.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::grid::Form;
use crate::malloc::Malloc;
use crate::measure::RUNS;
use crate::rows::{ROWS, Row};
use crate::systems::{Role, SYSTEMS, System};

/// The help text.
pub(crate) const USAGE: &str = include_str!("help.txt");

/// The options of a command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rows: Vec<&'static Row>,
    pub(crate) systems: Vec<&'static System>,
    pub(crate) runs: u32,
    pub(crate) malloc: Malloc,
    pub(crate) counted: bool,
    pub(crate) form: Form,
    pub(crate) readme: bool,
    pub(crate) strict: bool,
    pub(crate) python: Option<PathBuf>,
    pub(crate) task: Task,
}

/// The action of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Measure the rows, and print their tables.
    Table,
    /// Measure some rows at growing sizes.
    Scaling,
    /// Count the instructions of our system against the budgets.
    Counts,
    List,
    Help,
}

/// Parses the command line.
pub(crate) fn parse(mut args: lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut runs = None;
    let mut quick = false;
    let mut options = Options {
        rows: vec![],
        systems: vec![],
        runs: 0,
        malloc: Malloc::Kept,
        counted: true,
        form: Form::Aligned,
        readme: false,
        strict: false,
        python: None,
        task: Task::Table,
    };
    while let Some(arg) = args.next()? {
        match arg {
            Value(name) => options.rows.push(row(&name.string()?)?),
            Long("systems") => options.systems = systems(&args.value()?.string()?)?,
            Long("runs") => runs = Some(positive(args.value()?.parse()?)?),
            Long("quick") => quick = true,
            Long("default-malloc") => options.malloc = Malloc::Defaults,
            Long("no-counts") => options.counted = false,
            Long("markdown") => options.form = Form::Markdown,
            Long("readme") => (options.readme, options.form) = (true, Form::Markdown),
            Long("strict") => options.strict = true,
            Long("scaling") => options.task = Task::Scaling,
            Long("python") => options.python = Some(args.value()?.into()),
            Long("list") => options.task = Task::List,
            Long("counts") => options.task = Task::Counts,
            Long("help") | Short('h') => options.task = Task::Help,
            other => return Err(other.unexpected()),
        }
    }
    // The tables have the rows in one order, whichever order they were named in.
    let named = std::mem::take(&mut options.rows);
    let chosen = |row: &&Row| named.is_empty() || named.iter().any(|named| named.name == row.name);
    options.rows = ROWS.iter().filter(chosen).collect();
    if options.systems.is_empty() {
        options.systems = SYSTEMS
            .iter()
            .filter(|system| !quick || system.role != Role::Python)
            .collect();
    }
    options.counted &= !quick;
    options.runs = runs.unwrap_or(if quick { 3 } else { RUNS });
    Ok(options)
}

fn positive(runs: u32) -> Result<u32, String> {
    if runs == 0 {
        return Err("--runs needs a whole number above 0".to_owned());
    }
    Ok(runs)
}

fn row(name: &str) -> Result<&'static Row, String> {
    Row::named(name).ok_or_else(|| {
        let known: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        format!("no row is called {name:?}; there are: {}", known.join(", "))
    })
}

fn systems(names: &str) -> Result<Vec<&'static System>, String> {
    let system = |name: &str| {
        System::named(name).ok_or_else(|| {
            let known: Vec<_> = SYSTEMS.iter().map(|system| system.name).collect();
            format!(
                "no system is called {name:?}; there are: {}",
                known.join(", ")
            )
        })
    };
    names.split(',').map(|name| system(name.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, lexopt::Error> {
        parse(lexopt::Parser::from_args(line.split_ascii_whitespace()))
    }

    #[test]
    fn everything_is_the_default() {
        let options = parsed("").expect("an empty command line is good");
        assert_eq!(options.rows.len(), ROWS.len());
        assert_eq!(options.systems.len(), SYSTEMS.len());
        assert_eq!((options.runs, options.task), (5, Task::Table));
    }

    #[test]
    fn rows_and_systems_can_be_chosen() {
        let options = parsed("hand_off yield_one --systems ours,tokio --runs 7").expect("good");
        let names: Vec<_> = options.rows.iter().map(|row| row.name).collect();
        assert_eq!(names, ["yield_one", "hand_off"]);
        assert_eq!(options.systems[1].name, "tokio");
        assert_eq!(options.runs, 7);
    }

    #[test]
    fn the_help_lists_every_option() {
        let listed = USAGE.lines().filter_map(|line| line.strip_prefix("  --"));
        let names: Vec<&str> = listed.filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(names.len(), 12);
        for name in names {
            let value = match name {
                "systems" => "ours",
                "runs" => "3",
                "python" => "python3",
                _ => "",
            };
            assert!(parsed(&format!("--{name} {value}")).is_ok(), "{name}");
        }
        for system in SYSTEMS {
            assert!(USAGE.contains(system.name), "{}", system.name);
        }
    }

    #[test]
    fn a_look_has_fewer_runs_and_no_counts() {
        let look = parsed("--quick").expect("good");
        assert_eq!((look.runs, look.counted), (3, false));
        assert!(
            look.systems
                .iter()
                .all(|system| system.role != Role::Python)
        );
    }

    #[test]
    fn mistakes_are_named_in_one_line() {
        for (line, part) in [
            ("no_such_row", "no row is called"),
            ("--systems ours,tokyo", "no system is called \"tokyo\""),
            ("--runs 0", "above 0"),
            ("--runs many", "many"),
            ("--no-such-option", "--no-such-option"),
        ] {
            let wrong = parsed(line).expect_err(line).to_string();
            assert!(wrong.contains(part), "{wrong:?} for {line:?}");
            assert!(!wrong.contains('\n'), "{wrong:?}");
        }
    }
}
