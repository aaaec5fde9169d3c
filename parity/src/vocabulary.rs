//! The vocabulary of random programs: which constructs they may use.
//!
//! Invariants
//! 1. A construct that is left out is in no program.
//!
//! Read next: `generator.rs`.

use crate::kinds::Kind;

/// The constructs that random programs may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// The highest floor of groundup they may need: 5 leaves out the objects that
    /// tasks share; 4 also groups, deadlines and every construct that waits for several things.
    pub floor: u32,
    /// Constructs to leave out, in small letters. Reasons of cancels are left out by
    /// default: in CPython the first look decides which of several reasons survives.
    /// The recorded scenarios alone check the reasons.
    pub without: Vec<String>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Vocabulary {
            floor: 6,
            without: vec!["reasons".to_string()],
        }
    }
}

impl Vocabulary {
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.allows(&format!("{kind:?}").to_lowercase())
    }

    pub(crate) fn allows(&self, construct: &str) -> bool {
        !self.without.iter().any(|left_out| left_out == construct)
    }
}
