//! Floor 3: the oracle of groups: which ends are notified, from plain lists.
//!
//! The model of `oracle/groups.rs` says which ends of its children a group notifies its listener
//! of, and in which round. Here it says so of five children, for each kind of group:
//!
//! ```text
//!   child    0         1         2        3         4
//!   round 0  returns   returns
//!   round 1                      panics   returns
//!   round 2                                         returns
//! ```

#[path = "oracle/groups.rs"]
mod groups;

use groups::{Child, Kind, Line, expect};

fn main() {
    let children = [
        Child::Returns(0),
        Child::Returns(0),
        Child::Panics(1),
        Child::Returns(1),
        Child::Returns(2),
    ];
    for kind in [Kind::Plain, Kind::Coalesced, Kind::Filtered] {
        println!("{kind:?}");
        for (round, line) in expect(kind, &children, 0).lines {
            if let Line::Notified(child, exit) = line {
                println!("  round {round}: child {child}: {exit:?}");
            }
        }
    }
    println!(
        "{:?}",
        expect(Kind::Coalesced, &[Child::Cancelled(2)], 1).lines
    );
}
