//! The tables that the kit prints of this project, as a page.
//!
//! The problem: a reader who chooses a verb asks whether it is safe to cancel, and a table that is
//! written by hand is out of date. So the page `TABLES.md` of this crate is printed by the kit, and
//! this test compares it. `BLESS=1 cargo test -p groundup-testkit --test it tables` writes it again.
//!
//! Invariants:
//! 1. Each figure of the page, and each result of a run, comes from the runs of this test.
//! 2. No page is written if a row is broken.
//!
//! Read next: nothing, the path ends here.

use std::fmt::Write;
use std::path::Path;

use groundup_testkit::{Disturbance, cancel_everywhere};

use crate::{cancels, examples};

#[path = "../../../../tests/src/blessing.rs"]
mod blessing;

const HEAD: &str = "# Tables of the kit

`groundup-testkit` prints these tables of the project in which it lives. A test compares this page with them
(`crates/testkit/tests/it/tables.rs`), and `BLESS=1 cargo test -p groundup-testkit --test it tables` writes it again.

## Cancelled, dropped, closed everywhere

Each row is a small program around one tool of floor 5 or one object: `crates/testkit/tests/it/cancels.rs` has it. `cancel_everywhere` has made
one run for each point. *Cancelled* counts the runs in which a task was cancelled before an iteration, *dropped* those in which
the future was dropped after a poll, and *closed* those in which the loop was closed before an iteration. A run is fine if the program comes to
rest: no task, timer, callback, promise, group, scope or unread error is left. The last column has the law that must hold as well, of a
run in which nothing was closed. `Fleet` and `run_in_process` have no row: their work is in loops and processes of their own. Signals,
pipes and processes have none: virtual time has no such thing.
";

const EXAMPLES: &str = "
## The examples under their schedules

Each row is an example of the folder `examples` that is one async program. An outcome is the lines that it prints. A census runs it under all schedules, or under
the first ones of them. With one outcome under all schedules, the order of the tasks changes nothing that a reader sees.

| example | schedules | all of them | outcomes |
|---|--:|---|--:|
";

/// Writes the page.
fn page(rows: &[examples::Row]) -> String {
    let mut page = String::from(HEAD);
    let (mut runs, mut broken) = (0, 0);
    for (title, scenes) in cancels::chapters() {
        let _ = write!(
            page,
            "\n### {title}\n\n| | cancelled | dropped | closed | law |\n|---|--:|--:|--:|---|\n"
        );
        for (name, law, make) in scenes {
            let report = cancel_everywhere(make);
            let _ = write!(page, "| {name} ");
            for form in [Disturbance::Cancel, Disturbance::Drop, Disturbance::Close] {
                let of_form = report.points().iter().filter(|it| it.disturbance == form);
                let faults = of_form.clone().filter(|it| it.fault.is_some()).count();
                let _ = match faults {
                    0 => write!(page, "| {} ", of_form.count()),
                    faults => write!(page, "| **{faults} of {} broken** ", of_form.count()),
                };
            }
            let _ = writeln!(page, "| {law} |");
            runs += report.runs();
            broken += report.broken().count();
        }
    }
    assert_eq!(broken, 0, "{page}");
    let _ = writeln!(page, "\n{runs} runs, {broken} broken.");
    page.push_str(EXAMPLES);
    for examples::Row { name, census } in rows {
        let (schedules, count) = (census.schedules(), census.outcomes().len());
        let all = if census.complete() { "yes" } else { "no" };
        let _ = writeln!(page, "| {name} | {schedules} | {all} | {count} |");
    }
    let _ = writeln!(
        page,
        "\n`25_philosophers`, each with the left fork first, and `14_deadlock` have ended in a deadlock under each of \
         {} schedules, of which all but one are random.",
        examples::deadlocks()
    );
    page
}

#[test]
fn the_page_of_tables_is_what_the_kit_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("TABLES.md");
    let rows = examples::rows();
    examples::check(&rows);
    let page = page(&rows);
    if blessing::blessing() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "TABLES.md is out of date: BLESS=1 cargo test -p groundup-testkit --test it tables\n{page}"
    );
}
