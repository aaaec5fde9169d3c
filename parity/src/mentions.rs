//! Finds the bodies that a program runs, and the floor that it needs.
//!
//! Invariants
//! 1. The search visits every statement in every block and every callback.
//!
//! Read next: `reader.rs`.

use crate::program::{Block, Item, Plain, Statement};

/// Returns the floor of groundup that a block needs: 6 if it has an object that tasks share; 5 if
/// it has a deadline, a group, or a statement that waits for several things; else 4.
pub(crate) fn floor_of(block: &Block) -> u32 {
    let floors = block.iter().map(|statement| {
        let inner = statement.blocks().into_iter().map(floor_of).max();
        own_floor(statement).max(inner.unwrap_or(4))
    });
    floors.max().unwrap_or(4)
}

fn own_floor(statement: &Statement) -> u32 {
    match statement {
        Statement::On { .. } | Statement::Holding { .. } => 6,
        Statement::Plain(plain) => plain_floor(plain),
        Statement::Gather { .. }
        | Statement::Outcomes { .. }
        | Statement::Wait { .. }
        | Statement::WaitFor { .. }
        | Statement::Shield { .. }
        | Statement::Timeout { .. }
        | Statement::Group { .. }
        | Statement::Each { .. }
        | Statement::While { .. }
        | Statement::Kept { .. } => 5,
        _ => 4,
    }
}

fn plain_floor(plain: &Plain) -> u32 {
    match plain {
        Plain::New { .. } | Plain::On { .. } => 6,
        Plain::Reschedule { .. }
        | Plain::Expired { .. }
        | Plain::Add { .. }
        | Plain::Gathering { .. }
        | Plain::Shielding { .. }
        | Plain::Keep { .. }
        | Plain::Spawn { group: Some(_), .. } => 5,
        Plain::Callback { action, .. } => plain_floor(action),
        _ => 4,
    }
}

/// Calls `see` with every body that a block runs.
pub fn runs(block: &Block, see: &mut dyn FnMut(&str)) {
    for statement in block {
        match statement {
            Statement::Plain(plain) => plain_runs(plain, see),
            Statement::Call { body, .. } => see(body),
            Statement::Gather { items, .. }
            | Statement::Outcomes { items, .. }
            | Statement::Wait { items, .. }
            | Statement::Each { items, .. } => items.iter().for_each(|item| item_runs(item, see)),
            Statement::WaitFor { item, .. } | Statement::Shield { item, .. } => {
                item_runs(item, see);
            }
            _ => {}
        }
        for inner in statement.blocks() {
            runs(inner, see);
        }
    }
}

fn item_runs(item: &Item, see: &mut dyn FnMut(&str)) {
    if let Item::Fresh(body) = item {
        see(body);
    }
}

fn plain_runs(plain: &Plain, see: &mut dyn FnMut(&str)) {
    match plain {
        Plain::Spawn { body, .. } => see(body),
        Plain::Add { item, .. } | Plain::Shielding { item, .. } => item_runs(item, see),
        Plain::Gathering { items, .. } | Plain::Keep { items, .. } => {
            items.iter().for_each(|item| item_runs(item, see));
        }
        Plain::Callback { action, .. } => plain_runs(action, see),
        _ => {}
    }
}
