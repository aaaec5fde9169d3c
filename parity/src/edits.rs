//! Small edits that make a block smaller.
//!
//! Invariants
//! 1. An edit removes a part, lowers a number, or replaces a statement by a
//!    shorter one. It adds nothing.
//!
//! Read next: `live.rs`, where programs to shrink are found.

use crate::objects::Object;
use crate::program::{Block, Item, Plain, Statement, Us, When};

/// Returns every block that is one part smaller than this one.
pub(crate) fn smaller_block(block: &Block) -> Vec<Block> {
    let mut found = Vec::new();
    if block.len() > 3 {
        let half = block.len() / 2;
        found.push(block[..half].to_vec());
        found.push(block[half..].to_vec());
    }
    let with = |at: usize, instead: Block| {
        let mut edited = block.clone();
        edited.splice(at..=at, instead);
        edited
    };
    found.extend((0..block.len()).map(|at| with(at, Block::new())));
    for (at, statement) in block.iter().enumerate() {
        let blocks: Vec<_> = statement.blocks().into_iter().cloned().collect();
        found.extend(blocks.iter().map(|inner| with(at, inner.clone())));
        if blocks.len() > 1 {
            found.push(with(at, blocks.concat()));
        }
    }
    for (at, statement) in block.iter().enumerate() {
        let smaller = smaller_statement(statement);
        found.extend(
            smaller
                .into_iter()
                .map(|statement| with(at, vec![statement])),
        );
    }
    found
}

/// Returns smaller numbers, the smallest first.
fn lower(number: u64) -> Vec<u64> {
    let mut found = vec![0, 1, number / 2, number.saturating_sub(1)];
    found.dedup();
    found.retain(|&candidate| candidate < number);
    found
}

/// Returns shorter spans: zero, a millisecond, half of it, whole milliseconds.
fn lower_span(us: Us) -> Vec<Us> {
    let whole = us - us % 1000;
    let half = us / 2 - us / 2 % 1000;
    let mut found = vec![0, 1000, half, whole.saturating_sub(1000), whole];
    found.dedup();
    found.retain(|&candidate| candidate < us);
    found
}

fn without<T: Clone>(word: &Option<T>) -> Option<Option<T>> {
    word.as_ref().map(|_| None)
}

/// Returns smaller values of a span that may be `None`: first `None`, then shorter spans.
fn shorter(within: &Option<Us>) -> Vec<Option<Us>> {
    let lowered = within.iter().flat_map(|&us| lower_span(us)).map(Some);
    without(within).into_iter().chain(lowered).collect()
}

fn fewer(items: &[Item]) -> Vec<Vec<Item>> {
    let less = |at| items.iter().enumerate().filter(move |&(i, _)| i != at);
    (0..items.len())
        .map(|at| less(at).map(|(_, item)| item.clone()).collect())
        .collect()
}

/// Returns every statement that is one part smaller than this one; those with smaller blocks
/// come last.
fn smaller_statement(statement: &Statement) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut edit = |change: &mut dyn FnMut(&mut Statement)| {
        let mut copy = statement.clone();
        change(&mut copy);
        if copy != *statement {
            found.push(copy);
        }
    };
    match statement {
        Statement::Plain(plain) => {
            if let Plain::Callback { action, .. } = plain {
                edit(&mut |s| *s = Statement::Plain((**action).clone()));
            }
            for smaller in smaller_plain(plain) {
                edit(&mut |s| *s = Statement::Plain(smaller.clone()));
            }
        }
        Statement::Sleep(ms) => {
            lower_span(*ms)
                .into_iter()
                .for_each(|ms| edit(&mut |s| *s = Statement::Sleep(ms)));
        }
        Statement::On { method, .. } => {
            for fewer in method.number().map(lower).unwrap_or_default() {
                edit(&mut |s| {
                    if let Statement::On { method, .. } = s {
                        *method = method.with(fewer)
                    }
                });
            }
        }
        Statement::Return(value) => {
            edit(&mut |s| *s = Statement::Return(without(value).flatten()));
        }
        Statement::RaiseCancelled(_) => edit(&mut |s| *s = Statement::RaiseCancelled(None)),
        Statement::Try {
            cancelled: Some(_),
            failed: Some(_),
            ..
        } => {
            edit(&mut |s| {
                if let Statement::Try { cancelled, .. } = s {
                    *cancelled = None
                }
            });
            edit(&mut |s| {
                if let Statement::Try { failed, .. } = s {
                    *failed = None
                }
            });
        }
        Statement::Repeat { times, .. } => {
            for fewer in lower(*times) {
                edit(&mut |s| {
                    if let Statement::Repeat { times, .. } = s {
                        *times = fewer
                    }
                });
            }
        }
        _ => {}
    }
    edit(&mut |s| drop(into_of(s).map(Option::take)));
    if let Some(items) = items_of(&mut statement.clone()) {
        for fewer in fewer(items) {
            edit(&mut |s| {
                if let Some(items) = items_of(s) {
                    items.clone_from(&fewer)
                }
            });
        }
    }
    if let Some(within) = within_of(&mut statement.clone()) {
        for shorter in shorter(within) {
            edit(&mut |s| {
                if let Some(within) = within_of(s) {
                    *within = shorter
                }
            });
        }
    }
    for at in 0..statement.blocks().len() {
        for smaller in smaller_block(statement.blocks()[at]) {
            edit(&mut |s| {
                if let Some(block) = block_of(s, at) {
                    block.clone_from(&smaller)
                }
            });
        }
    }
    found
}

fn smaller_plain(plain: &Plain) -> Vec<Plain> {
    let mut found = Vec::new();
    match plain {
        Plain::Block(us) => found.extend(lower_span(*us).into_iter().map(Plain::Block)),
        Plain::Spawn {
            into,
            body,
            group,
            context,
        } => {
            let spawn = |into: &Option<_>, group: &Option<_>, context: &Option<_>| Plain::Spawn {
                into: into.clone(),
                body: body.clone(),
                group: group.clone(),
                context: context.clone(),
            };
            found.extend(without(context).map(|context| spawn(into, group, &context)));
            found.extend(without(group).map(|group| spawn(into, &group, context)));
            found.extend(without(into).map(|into| spawn(&into, group, context)));
        }
        Plain::On { object, method } => {
            let lowered = method.number().map(lower).unwrap_or_default();
            found.extend(lowered.into_iter().map(|number| Plain::On {
                object: object.clone(),
                method: method.with(number),
            }));
        }
        Plain::New {
            into,
            object: Object::Sized(kind, size),
        } => {
            let lowered = lower(*size).into_iter().filter(|&size| size > 0);
            found.extend(lowered.map(|size| Plain::New {
                into: into.clone(),
                object: Object::Sized(*kind, size),
            }));
        }
        Plain::Cancel {
            handle,
            reason: Some(_),
        } => {
            found.push(Plain::Cancel {
                handle: handle.clone(),
                reason: None,
            });
        }
        Plain::Reschedule { timeout, after } => {
            let to = |after| Plain::Reschedule {
                timeout: timeout.clone(),
                after,
            };
            found.extend(shorter(after).into_iter().map(to));
        }
        Plain::Callback { into, when, action } => {
            let callback = |into: &Option<_>, when: &When, action: Plain| Plain::Callback {
                into: into.clone(),
                when: when.clone(),
                action: Box::new(action),
            };
            found.extend(without(into).map(|into| callback(&into, when, (**action).clone())));
            let sooner: Vec<When> = match when {
                When::Soon | When::Done(_) => Vec::new(),
                When::Later(us) => lower_span(*us).into_iter().map(When::Later).collect(),
                When::At(us) => lower_span(*us).into_iter().map(When::At).collect(),
            };
            found.extend(
                sooner
                    .iter()
                    .map(|when| callback(into, when, (**action).clone())),
            );
            let actions = smaller_plain(action).into_iter();
            found.extend(actions.map(|action| callback(into, when, action)));
        }
        _ => {}
    }
    found
}

fn into_of(statement: &mut Statement) -> Option<&mut Option<String>> {
    match statement {
        Statement::Await { into, .. }
        | Statement::Call { into, .. }
        | Statement::Gather { into, .. }
        | Statement::Outcomes { into, .. }
        | Statement::Wait { into, .. }
        | Statement::WaitFor { into, .. }
        | Statement::Shield { into, .. } => Some(into),
        Statement::Timeout { name, .. } => Some(name),
        _ => None,
    }
}

fn items_of(statement: &mut Statement) -> Option<&mut Vec<Item>> {
    match statement {
        Statement::Gather { items, .. }
        | Statement::Outcomes { items, .. }
        | Statement::Wait { items, .. }
        | Statement::Each { items, .. }
        | Statement::Plain(Plain::Gathering { items, .. } | Plain::Keep { items, .. }) => {
            Some(items)
        }
        _ => None,
    }
}

fn within_of(statement: &mut Statement) -> Option<&mut Option<Us>> {
    match statement {
        Statement::Wait { within, .. }
        | Statement::WaitFor { within, .. }
        | Statement::Kept { within, .. }
        | Statement::Timeout { within, .. }
        | Statement::Each { within, .. } => Some(within),
        _ => None,
    }
}

fn block_of(statement: &mut Statement, at: usize) -> Option<&mut Block> {
    match statement {
        Statement::Try {
            block,
            cancelled,
            failed,
        } => [Some(block), cancelled.as_mut(), failed.as_mut()]
            .into_iter()
            .flatten()
            .nth(at),
        Statement::Timeout { block, .. }
        | Statement::Group { block, .. }
        | Statement::Each { block, .. }
        | Statement::Repeat { block, .. }
        | Statement::Holding { block, .. }
        | Statement::While { block, .. } => Some(block),
        _ => None,
    }
}
