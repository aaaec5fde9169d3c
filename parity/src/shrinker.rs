//! Shrinks a program that shows a difference to the smallest one.
//!
//! A random program that shows a difference has forty statements, and three
//! of them matter. The shrinker tries smaller programs, the smallest first.
//! It goes on from the first one that still shows a difference:
//!
//! ```text
//!   leave out a body ─► half a block ─► a statement ─► its block instead of it
//!        ─► one item of several ─► a handler, a reason, a name ─► smaller numbers
//!        ─► two of these at once
//! ```
//!
//! Two parts may matter only to each other, such as a cancel and the handler that catches it. Then
//! neither can go alone, and both can. So a program that no single edit makes smaller is tried with pairs
//! of edits.
//!
//! Invariants
//! 1. Every candidate is smaller than its original, so the search ends.
//! 2. The returned program shows a difference, and no candidate made from it by one edit or two
//!    does (unless the tries ran out).
//!
//! Read next: `edits.rs`, where the candidates come from.

use crate::edits::smaller_block;
use crate::mentions::runs;
use crate::program::{Body, Scenario};

/// Shrinks a program as long as `differs` returns true, in at most `tries` tries.
pub fn shrink(
    scenario: &Scenario,
    mut tries: usize,
    differs: &mut dyn FnMut(&Scenario) -> bool,
) -> Scenario {
    let mut best = scenario.clone();
    'again: loop {
        let once = smaller(&best);
        let twice = once.clone().into_iter().flat_map(|edited| smaller(&edited));
        for candidate in once.into_iter().chain(twice) {
            if tries == 0 {
                return best;
            }
            if candidate.check().is_err() {
                continue;
            }
            tries -= 1;
            if differs(&candidate) {
                best = candidate;
                continue 'again;
            }
        }
        return best;
    }
}

/// Returns programs a little smaller than this one, the greatest changes first.
/// Some are no valid scenarios; `Scenario::check` finds them.
pub fn smaller(scenario: &Scenario) -> Vec<Scenario> {
    let with = |bodies: Vec<Body>| Scenario {
        name: scenario.name.clone(),
        bodies,
    };
    let mut candidates = Vec::new();
    let mut used = vec!["main".to_owned()];
    for body in &scenario.bodies {
        runs(&body.block, &mut |run| used.push(run.to_owned()));
    }
    let unused = |body: &&Body| !used.contains(&body.name);
    let mut leave_out: Vec<Vec<&Body>> = vec![scenario.bodies.iter().filter(unused).collect()];
    leave_out.extend(scenario.bodies.iter().filter(unused).map(|body| vec![body]));
    leave_out.retain(|left| !left.is_empty());
    for left in leave_out {
        let mut kept = scenario.bodies.clone();
        kept.retain(|body| !left.contains(&body));
        candidates.push(with(kept));
    }
    let replaced = |at: usize, block| {
        let mut bodies = scenario.bodies.clone();
        bodies[at].block = block;
        with(bodies)
    };
    for (at, body) in scenario.bodies.iter().enumerate() {
        if !body.block.is_empty() {
            candidates.push(replaced(at, Vec::new()));
        }
    }
    for (at, body) in scenario.bodies.iter().enumerate() {
        candidates.extend(
            smaller_block(&body.block)
                .into_iter()
                .map(|block| replaced(at, block)),
        );
    }
    candidates
}
