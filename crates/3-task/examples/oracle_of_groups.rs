//! Floor 3: the oracle of groups: a model of groups in plain lists.
//!
//! The model of `oracle/groups.rs` says which ends of its children a group notifies its listener
//! of, and in which round. Here it says so of five children, for each kind of group:
//!
//! ```text
//!   child    0         1         2         3        4
//!   round 0  returns   returns   returns   yields   yields
//!   round 1                                panics   returns
//! ```
//!
//! A coalesced group does not want the end of child 0. The filter wants even numbers, and so not
//! the end of child 3. But when these two ends come, nothing is queued for the next round, so they
//! are notified, too.
//!
//! Read next: `examples/oracle/groups.rs`.

#[allow(dead_code)] // the tests use the rest
#[path = "oracle/groups.rs"]
mod groups;

use groups::{Child, Kind, Line, expect};

fn main() {
    let children = [
        Child::Returns(0),
        Child::Returns(0),
        Child::Returns(0),
        Child::Panics(1),
        Child::Returns(1),
    ];
    for kind in [Kind::Plain, Kind::Coalesced, Kind::Filtered] {
        println!("{kind:?}");
        for (round, line) in expect(kind, &children, 0).lines {
            if let Line::Notified(child, exit) = line {
                println!("  round {round}: child {child}: {exit:?}");
            }
        }
    }
}
