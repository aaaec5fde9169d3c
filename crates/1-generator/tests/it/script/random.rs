//! Random programs in the language of `program.rs`, and requests to them.
//!
//! Read next: `tests/it/props.rs` and `tests/it/panics.rs`, which run them.

use proptest::collection::vec;
use proptest::prelude::*;

/// Generates the text of a random program without panics.
pub(crate) fn program() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => (1..10).prop_map(|n| format!("y{n}")),
        1 => (0..3).prop_map(|n| format!("i{n}")),
        1 => (1..10).prop_map(|n| format!("r{n}")),
        1 => (1..10).prop_map(|n| format!("e{n}")),
    ];
    let statement = leaf.prop_recursive(5, 24, 3, |inner| {
        let block = vec(inner, 1..4).prop_map(|parts| parts.concat());
        prop_oneof![
            block.clone().prop_map(|body| format!("c{{{body}}}")),
            (block.clone(), "[eexxa]", block)
                .prop_map(|(body, catch, handler)| format!("t{{{body}}}{catch}{{{handler}}}")),
        ]
    });
    vec(statement, 1..4).prop_map(|parts| parts.concat())
}

/// Generates the words of some requests; the first one usually starts the program.
pub(crate) fn requests() -> impl Strategy<Value = String> {
    "(n|s[1-9]|t[1-9]|T|c)( (n|n|n|s[1-9]|t[1-9]|T|c)){0,13}"
}
