//! Random programs bring every construct together with every other.

use std::collections::HashSet;

use groundup_parity::generator::program;

const CONSTRUCTS: [&str; 46] = [
    "new",
    "on",
    "holding",
    "panic",
    "gathering",
    "shielding",
    "put",
    "get",
    "stop",
    "keep",
    "kept",
    "say",
    "yield",
    "sleep",
    "block",
    "spawn",
    "promise",
    "set",
    "fail",
    "await",
    "call",
    "cancel",
    "state",
    "cancelling",
    "uncancel",
    "gather",
    "outcomes",
    "wait",
    "wait_for",
    "shield",
    "each",
    "timeout",
    "reschedule",
    "expired",
    "group",
    "try",
    "cancelled",
    "failed",
    "rethrow",
    "raise",
    "return",
    "repeat",
    "while",
    "soon",
    "later",
    "done",
];

const BLOCKS: [&str; 9] = [
    "holding",
    "try",
    "cancelled",
    "failed",
    "timeout",
    "group",
    "each",
    "repeat",
    "task",
];

/// The construct of a line: its first word, or the one after `X =`.
fn construct(line: &str) -> &str {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or("");
    if words.next() == Some("=") {
        words.next().unwrap_or("")
    } else {
        first
    }
}

#[test]
fn every_construct_meets_every_other_in_one_program() {
    let mut met = HashSet::new();
    for seed in 0..4000 {
        let text = program(seed).to_string();
        let here: HashSet<&str> = text.lines().map(construct).collect();
        for (at, one) in CONSTRUCTS.iter().enumerate() {
            if here.contains(one) {
                let others = CONSTRUCTS[at + 1..]
                    .iter()
                    .filter(|other| here.contains(*other));
                met.extend(others.map(|other| (*one, *other)));
            }
        }
    }
    for (at, one) in CONSTRUCTS.iter().enumerate() {
        for other in &CONSTRUCTS[at + 1..] {
            assert!(met.contains(&(*one, *other)), "{one} never meets {other}");
        }
    }
}

#[test]
fn every_construct_stands_in_every_block() {
    let mut seen = HashSet::new();
    for seed in 0..4000 {
        let text = program(seed).to_string();
        let mut around = Vec::new();
        for line in text.lines() {
            let found = construct(line);
            if matches!(found, "end" | "cancelled" | "failed") {
                around.pop();
            }
            if let Some(&block) = around.last() {
                seen.insert((
                    block,
                    CONSTRUCTS.iter().copied().find(|word| *word == found),
                ));
            }
            if BLOCKS.contains(&found) || found == "while" {
                around.push(
                    BLOCKS
                        .iter()
                        .copied()
                        .find(|word| *word == found)
                        .unwrap_or("while"),
                );
            }
        }
    }
    // Handlers close a block, and a timeout is rescheduled where it has a name.
    let words = [
        "sleep", "await", "gather", "outcomes", "wait", "wait_for", "shield", "each",
    ];
    let more = [
        "timeout", "group", "try", "spawn", "cancel", "later", "rethrow", "return",
    ];
    for block in BLOCKS {
        for word in words.iter().chain(&more) {
            let rethrown = *word == "rethrow";
            if rethrown && !matches!(block, "cancelled" | "failed") {
                continue;
            }
            assert!(seen.contains(&(block, Some(*word))), "no {word} in {block}");
        }
    }
}
