//! Writes the data that have no moment: remarks, blame, ledger.
//!
//! ```text
//!   marks   [[3,"1.000","b1"],..]        a printed line, after three events
//!   heat    [5,1000000000,..]            the delays that the step of event 5 caused
//!   bill    [["hog","main","1.000",..]]  who delayed whom
//!   ledger  [["timers 2 armed: ..",true]]
//! ```
//!
//! Invariant: the lists are as long as the run has such things, but the bill has its 200
//! largest charges.
//!
//! Read next: `page/script.rs`.

use std::fmt::Write;

use super::columns::{field, field_end, list, numbers};
use crate::ledger::Account;
use crate::timeline::Timeline;
use crate::words::{self, seconds};

/// Writes the remarks: after how many events, at which time, and the text.
pub(super) fn marks(run: &Timeline, out: &mut String) {
    field(out, "marks");
    list(out, &run.marks, |out, mark| {
        let _ = write!(out, "[{},\"{}\",", mark.moment, seconds(mark.time));
        words::json(&mark.text, out);
        out.push(']');
    });
    out.push(']');
}

/// Writes the blame and the ledger.
pub(super) fn reports(run: &Timeline, out: &mut String) {
    let blame = run.blame();
    let heat = blame.heat.iter().enumerate().filter(|(_, heat)| **heat > 0);
    field_end(
        out,
        "heat",
        numbers(heat.map(|(event, heat)| format!("{event},{heat}"))),
    );
    field(out, "bill");
    list(out, blame.charges().iter().take(200), |out, charge| {
        out.push('[');
        words::json(&charge.by.to_string(), out);
        out.push(',');
        words::json(&charge.to.to_string(), out);
        let ns = charge.delay.as_nanos();
        let _ = write!(out, ",\"{}\",{ns}]", seconds(ns));
    });
    out.push(']');
    field(out, "ledger");
    let ledger = run.ledger();
    let begun = |account: &&Account| account.begun > 0 || !account.is_balanced();
    list(
        out,
        ledger.accounts().iter().filter(begun),
        |out, account| {
            out.push('[');
            let text = account.to_string();
            let words: Vec<&str> = text.split_whitespace().collect();
            words::json(&words::clipped(&words.join(" "), 2_000), out);
            let _ = write!(out, ",{}]", account.is_balanced());
        },
    );
    out.push(']');
}
