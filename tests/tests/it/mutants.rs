//! The mutants of floor 5 fit the code.
//!
//! The problem: an edit that no longer applies breaks nothing, and `cargo xtask mutants`, which would
//! say so, takes minutes. Whether an edit applies is a search in a text.
//!
//! Read next: `documents.rs`.

use checks::repository::root;

#[path = "../../../xtask/src/mutants/list.rs"]
#[expect(unreachable_pub, reason = "the file is a public module of xtask")]
mod list;

#[test]
fn each_mutant_applies_to_floor_5_exactly_once() {
    let mut seen = Vec::new();
    for mutant in list::MUTANTS {
        let (tool, file) = (mutant.tool, mutant.file);
        let path = root().join("crates/5-combinators/src").join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let fits = mutant.planted(&text, "MUTANT").is_some();
        assert!(
            fits,
            "{tool}: its lines do not stand in {file} exactly once"
        );
        assert_ne!(mutant.before, mutant.after, "{tool}");
        assert!(mutant.law.ends_with('.'), "{tool}: {}", mutant.law);
        assert!(!seen.contains(&tool), "{tool} is there twice");
        seen.push(tool);
    }
    assert!(seen.len() >= 10, "{seen:?}");
}
